import type { ErrorDetail } from '../error/options.js'
import type { Report } from './collect.js'
import { fieldOf } from './field.js'
import { toIssue } from './foreign-issue.js'
import { isRecord } from './issue.js'
import type { Issue } from './issue.js'
import { foreignMessage, messageFor, withoutValue } from './messages.js'
import { partOf } from './parts.js'
import type { Part } from './parts.js'
import { quotesOf } from './quotes.js'
import { follow } from './schema-shape.js'
import { chooseIssues } from './union-choice.js'
import { isMark, parseUnions } from './union-tree.js'
import type { Origin } from './union-tree.js'

/** The `maxDetails` of a service that doesn't set it. */
export const DEFAULT_MAX_DETAILS = 50
/** Of the faults of one part, no more than this are looked at: a hostile body can cause millions. */
const MAX_ISSUES = 1000
/** Where an issue names the properties that it is about, by its kind. */
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
 * What validators reported, as the wire wants it: one entry for one fault, in the caller's words.
 *
 * @param max how many entries at most
 * @returns the entries, and how many faults were left out for `max`
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

/** The issues that are told of a report: unions chosen among their alternatives. */
function toldIssues (reported: readonly unknown[], origin: Origin | undefined): readonly Issue[] {
  const { quotesInput, schema, data } = origin ?? {}
  const issues = reported.map(reported => {
    const issue = toIssue(reported, data)
    return quotesInput === true ? withoutInput(issue, schema) : issue
  })
  const told = toldByLength(chooseIssues(parseUnions(issues, origin), data))
  // The first error comes last, after what it was found by; behind references, not all of that may have been known.
  return origin?.stopsAtFirst === true ? told.slice(-1) : told
}

/** A text that is too short, or too long, need not be told that it doesn't match as well. */
function toldByLength (issues: readonly Issue[]): readonly Issue[] {
  const places = new Set(issues.filter(({ keyword }) => LENGTHS.has(keyword)).map(({ instancePath }) => instancePath))
  return places.size === 0 ? issues : issues.filter(({ keyword, instancePath }) => !FORMS.has(keyword) || !places.has(instancePath))
}

const LENGTHS: ReadonlySet<string> = new Set(['length', 'maxLength', 'minLength'])
const FORMS: ReadonlySet<string> = new Set(['endsWith', 'format', 'includes', 'pattern', 'startsWith'])

function take (issues: readonly unknown[], origin: Origin | undefined): readonly unknown[] {
  // A collecting validator is asked of small input alone; and where its report is cut, unions would fall apart.
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
 * The entry for a validator that tells no more than what is wrong with a part as a whole.
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
 * The names below its place that an issue is about: a property that is missing, or one too many, is
 * named itself, not its parent. Where the issue is about its place, that is one fault without a name.
 */
function namesOf ({ keyword, params }: Issue): ReadonlyArray<string | undefined> {
  // `ajv-errors` puts its own text in place of the issues it was given.
  const { errors } = params
  if (keyword === 'errorMessage' && Array.isArray(errors) && errors.length === 1) return namesOf(toIssue(errors[0]))
  for (const param of NAMING_PARAMS.get(keyword) ?? []) {
    const names = [params[param]].flat().filter(name => typeof name === 'string')
    if (names.length > 0) return names
  }
  return UNNAMED
}

/** Under Ajv's `$data`, what a value is compared with may itself be a value of the input. */
function withoutInput (issue: Issue, schema: unknown): Issue {
  const expected = follow(schema, issue.schemaPath)
  const isOfSchema = expected !== undefined && !(isRecord(expected) && '$data' in expected)
  return isOfSchema || isMark(issue) ? issue : withoutValue(issue)
}

function withLabel ({ label }: Part, message: string): string {
  return label === '' ? message : `${label} ${message}`
}
