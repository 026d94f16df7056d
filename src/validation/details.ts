import { isDeepStrictEqual } from 'node:util'
import type { ErrorDetail } from '../error/options.js'
import type { Report } from './collect.js'
import { fieldOf } from './field.js'
import { toIssue, readIssues } from './foreign-issue.js'
import type { Issue } from './issue.js'
import { foreignMessage, messageFor, withoutValue } from './messages.js'
import { partOf } from './parts.js'
import type { Part } from './parts.js'
import { quotesOf } from './quotes.js'
import { follow } from './schema-shape.js'
import { chooseIssues } from './union-choice.js'
import { isMark, parseUnions } from './union-tree.js'
import type { Origin } from './union-tree.js'

/** The default of `maxDetails`. */
export const DEFAULT_MAX_DETAILS = 50
/** The most issues of one part that are looked at: a hostile body can cause millions. */
const MAX_ISSUES = 1000
/** By keyword, the param that names the properties that an issue is about. */
const NAMING_PARAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['additionalProperties', ['additionalProperty', 'additionalProperties']],
  ['dependencies', ['missingProperty']],
  ['dependentRequired', ['missingProperty']],
  ['propertyNames', ['propertyName']],
  ['required', ['missingProperty', 'requiredProperties']],
  ['unevaluatedProperties', ['unevaluatedProperty', 'unevaluatedProperties']]
])
const UNNAMED = [undefined]

/**
 * Turns what validators reported into details: one entry for each error, in the client's own names.
 *
 * @param max the most entries
 * @returns the entries, and the number of errors that were left out
 */
export function toDetails (reports: readonly Report[], max: number): { details: ErrorDetail[], omitted: number } {
  const details: ErrorDetail[] = []
  let omitted = 0
  let looked = 0
  for (const { context, issues, origin } of reports) {
    const part = partOf(context)
    const quotes = quotesOf(origin?.data)
    const taken = take(issues, origin)
    if (origin?.stopsAtFirst !== true) omitted += issues.length - taken.length
    for (const issue of toldIssues(taken, origin)) {
      for (const name of namesOf(issue)) {
        const field = fieldOf(issue.instancePath, name, part)
        // What isn't sent is only worded where it may have been told already.
        if (++looked > MAX_ISSUES || (details.length === max && !details.some(told => told.field === field))) {
          omitted++
          continue
        }
        const detail = { field, message: withLabel(part, messageFor(issue, quotes)) }
        if (isTold(details, detail, issue)) continue
        if (details.length < max) details.push(detail)
        else omitted++
      }
    }
  }
  return { details, omitted }
}

/** The issues of a report that become details: of unions, those of the alternative that was meant. */
function toldIssues (reported: readonly unknown[], origin: Origin | undefined): readonly Issue[] {
  const { quotesInput, schema, data } = origin ?? {}
  const issues = readIssues(reported, data).map(issue => quotesInput === true ? withoutInput(issue, schema) : issue)
  const told = toldByLength(chooseIssues(parseUnions(issues, origin), data))
  // The first error comes last, after the issues that caused it; behind references, not all of those are known.
  return origin?.stopsAtFirst === true ? told.slice(-1) : told
}

/** For a string that is too short or too long, it isn't also reported that it doesn't match. */
function toldByLength (issues: readonly Issue[]): readonly Issue[] {
  const places = new Set(issues.filter(({ keyword }) => LENGTHS.has(keyword)).map(({ instancePath }) => instancePath))
  return places.size === 0 ? issues : issues.filter(({ keyword, instancePath }) => !FORMS.has(keyword) || !places.has(instancePath))
}

const LENGTHS: ReadonlySet<string> = new Set(['length', 'maxLength', 'minLength'])
const FORMS: ReadonlySet<string> = new Set(['endsWith', 'format', 'includes', 'pattern', 'startsWith'])

function take (issues: readonly unknown[], origin: Origin | undefined): readonly unknown[] {
  // A collecting validator runs only for small input, and a report that is cut would break unions apart.
  if (origin?.marks !== undefined || issues.length <= MAX_ISSUES) return issues
  return origin?.stopsAtFirst === true ? issues.slice(-MAX_ISSUES) : issues.slice(0, MAX_ISSUES)
}

function isTold (details: readonly ErrorDetail[], { field, message }: ErrorDetail, { keyword }: Issue): boolean {
  for (const told of details) {
    // A validator that gives no keyword may report a missing property twice, the second time as one of
    // the wrong type.
    if (told.field === field && (told.message === message || keyword === '')) return true
  }
  return false
}

/**
 * The entry for a validator that only says what is wrong with a part as a whole.
 *
 * @param data what was validated: a message that quotes it isn't sent
 */
export function wholePart (context: unknown, message: unknown, data?: unknown): ErrorDetail {
  const part = partOf(context)
  return { field: part.whole, message: withLabel(part, foreignMessage(message, quotesOf(data))) }
}

/** The message of an error that has more details than it shows. */
export function withOmitted (message: string, omitted: number): string {
  return omitted === 0 ? message : `${message} … (${omitted} more)`
}

/**
 * The names below its place that an issue is about: a missing or an additional property is named itself, not its
 * parent. If the issue is about its place, there is one entry without a name.
 */
function namesOf ({ keyword, params }: Issue): ReadonlyArray<string | undefined> {
  // `ajv-errors` replaces issues by its own text.
  const { errors } = params
  if (keyword === 'errorMessage' && Array.isArray(errors) && errors.length === 1) return namesOf(toIssue(errors[0]))
  for (const param of NAMING_PARAMS.get(keyword) ?? []) {
    const names = [params[param]].flat().filter(name => typeof name === 'string')
    if (names.length > 0) return names
  }
  return UNNAMED
}

/** With Ajv's `$data`, what a value is compared with may itself be a value of the input. */
function withoutInput (issue: Issue, schema: unknown): Issue {
  const expected = follow(schema, issue.schemaPath)
  // Compared, since behind a reference the path begins again, and may lead elsewhere.
  const isOfSchema = Object.values(issue.params).some(param => isDeepStrictEqual(param, expected))
  return isOfSchema || isMark(issue) ? issue : withoutValue(issue)
}

function withLabel ({ label }: Part, message: string): string {
  return label === '' ? message : `${label} ${message}`
}
