import { truncate } from '../error/scai-error.js'
import type { ErrorDetail } from '../error/options.js'
import { isRecord, pointerNames, toIssue } from './issue.js'
import type { Issue } from './issue.js'
import { foldUnions, follow, isMark } from './union-tree.js'
import type { Source } from './union-tree.js'
import { foreignMessage, messageFor, withoutValue } from './messages.js'

/** The parts of a request, by the names that Fastify gives them in `validationContext`. */
const BODY: Part = { whole: 'body', prefix: '', label: '' }
const PARTS: ReadonlyMap<unknown, Part> = new Map([
  ['body', BODY],
  ['querystring', { whole: 'query', prefix: 'query', label: 'query parameter' }],
  ['params', { whole: 'path', prefix: 'path', label: 'path parameter' }],
  ['headers', { whole: 'header', prefix: 'header', label: 'header' }]
])

interface Part {
  /** The field that stands for all of it. */
  whole: string
  /** What a field in it begins with. */
  prefix: string
  /** What the message of a field in it begins with. */
  label: string
}

/** The `maxDetails` of a service that doesn't set it. */
export const DEFAULT_MAX_DETAILS = 50
/** Of the faults of one part, no more than this are looked at: a hostile body can cause millions. */
const MAX_FAULTS = 1000
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

/** What a validator reported of one part of a request. */
export interface Report {
  /** The part, as Fastify's `validationContext` names it. */
  readonly context: unknown
  /** Ajv's errors, or the issues of another validator. */
  readonly issues: readonly unknown[]
  /** What was validated, if it is known. */
  readonly source?: Source | undefined
}

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
  for (const { context, issues, source } of reports) {
    const part = partOf(context)
    const taken = take(issues, source)
    if (source?.stopsAtFirst !== true) omitted += issues.length - taken.length
    for (const fault of foldUnions(taken.map(source?.quotesInput === true ? withoutInput(source) : toIssue), source)) {
      for (const name of namesOf(fault)) {
        if (++looked > MAX_FAULTS) {
          omitted++
          continue
        }
        const detail = toDetail(fault, name, part)
        if (isTold(details, detail, fault)) continue
        if (details.length < max) details.push(detail)
        else omitted++
      }
    }
  }
  return { details, omitted }
}

function take (issues: readonly unknown[], source: Source | undefined): readonly unknown[] {
  // A twin is asked of small input alone; and where its report is cut, unions would fall apart.
  if (source?.alternatives !== undefined || issues.length <= MAX_FAULTS) return issues
  return source?.stopsAtFirst === true ? issues.slice(-MAX_FAULTS) : issues.slice(0, MAX_FAULTS)
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

function partOf (context: unknown): Part {
  return PARTS.get(context) ?? BODY
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
function withoutInput ({ schema }: Source): (reported: unknown) => Issue {
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
