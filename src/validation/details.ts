import { truncate } from '../error/scai-error.js'
import type { ErrorDetail } from '../error/options.js'
import type { Report } from './collect.js'
import { isRecord, pointerNames, toIssue } from './issue.js'
import type { Issue } from './issue.js'
import { foreignMessage, messageFor, withoutValue } from './messages.js'
import { partOf } from './parts.js'
import type { Part } from './parts.js'
import { follow } from './schema-shape.js'
import { chooseIssues } from './union-choice.js'
import { isMark, parseUnions } from './union-tree.js'
import type { Origin } from './union-tree.js'

/** The `maxDetails` of a service that doesn't set it. */
export const DEFAULT_MAX_DETAILS = 50
/** Of the faults of one part, no more than this are looked at: a hostile body can cause millions. */
const MAX_ISSUES = 1000
/** Of a JSON pointer, no more than this is read; the field that it becomes is cut anyway. */
const MAX_POINTER = 1024
/** A JSON pointer whose names can all stand in a field as they are. */
const PLAIN_POINTER = /^(?:\/[^/~.[\]]{1,256})+$/

/** Where the validators of Ajv, TypeBox and Zod name the properties that a fault is about, by its kind. */
const NAMING_PARAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['additionalProperties', ['additionalProperty']],
  ['dependencies', ['missingProperty']],
  ['dependentRequired', ['missingProperty']],
  ['propertyNames', ['propertyName']],
  ['required', ['missingProperty', 'requiredProperties']],
  ['unevaluatedProperties', ['unevaluatedProperty']],
  ['unrecognized_keys', ['keys']]
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
    const taken = take(issues, origin)
    if (origin?.stopsAtFirst !== true) omitted += issues.length - taken.length
    for (const issue of toldIssues(taken, origin)) {
      for (const name of namesOf(issue)) {
        if (++looked > MAX_ISSUES) {
          omitted++
          continue
        }
        const detail = toDetail(issue, name, part)
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
  const issues = reported.map(origin?.quotesInput === true ? withoutInput(origin) : toIssue)
  const told = chooseIssues(parseUnions(issues, origin), origin?.data)
  // The first error comes last, after what it was found by; behind references, not all of that may have been known.
  return origin?.stopsAtFirst === true ? told.slice(-1) : told
}

function take (issues: readonly unknown[], origin: Origin | undefined): readonly unknown[] {
  // A collecting validator is asked of small input alone; and where its report is cut, unions would fall apart.
  if (origin?.marks !== undefined || issues.length <= MAX_ISSUES) return issues
  return origin?.stopsAtFirst === true ? issues.slice(-MAX_ISSUES) : issues.slice(0, MAX_ISSUES)
}

function isTold (details: readonly ErrorDetail[], { field, message }: ErrorDetail, { keyword }: Issue): boolean {
  for (const told of details) {
    // A validator that gives no keyword (TypeBox's own) reports a missing property twice, the second
    // time as one of the wrong type.
    if (told.field === field && (told.message === message || keyword === '')) return true
  }
  return false
}

/** The entry for a validator that tells no more than what is wrong with a part as a whole. */
export function wholePart (context: unknown, message: unknown): ErrorDetail {
  const { whole, label } = partOf(context)
  return { field: whole, message: withLabel(label, foreignMessage(message)) }
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
function withoutInput ({ schema }: Origin): (reported: unknown) => Issue {
  return reported => {
    const issue = toIssue(reported)
    const expected = follow(schema, issue.schemaPath)
    const isOfSchema = expected !== undefined && !(isRecord(expected) && '$data' in expected)
    return isOfSchema || isMark(issue) ? issue : withoutValue(issue)
  }
}

function toDetail ({ keyword, instancePath, params, message }: Issue, name: string | undefined, { whole, prefix, label }: Part): ErrorDetail {
  const place = fieldOf(instancePath.slice(0, MAX_POINTER), prefix)
  const field = name === undefined ? place : below(place, name)
  return {
    field: field === prefix ? whole : field,
    message: withLabel(label, messageFor(keyword, params, message))
  }
}

function fieldOf (pointer: string, prefix: string): string {
  if (!PLAIN_POINTER.test(pointer)) return pointerNames(pointer).reduce(below, prefix)
  const path = pointer.indexOf('/', 1) < 0 ? pointer.slice(1) : pointer.slice(1).replaceAll('/', '.')
  return prefix === '' ? path : `${prefix}.${path}`
}

/** `messages.0.role`; a name that would not survive that is written `["a.b"]`. */
function below (path: string, name: string): string {
  const step = truncate(name)
  if (step === '' || /[.[\]]/.test(step)) return `${path}[${JSON.stringify(step)}]`
  return path === '' ? step : `${path}.${step}`
}

function withLabel (label: string, message: string): string {
  return label === '' ? message : `${label} ${message}`
}
