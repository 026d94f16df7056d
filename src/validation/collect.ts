import { isRecord } from './issue.js'
import { originOf, twinOf } from './collecting-validator.js'
import type { Validator } from './collecting-validator.js'
import type { Schemas, Source } from './union-tree.js'
import type { Report } from './details.js'

/** The parts of a request, by Fastify's names, in the order in which it validates them. */
export const PARTS = ['params', 'body', 'querystring', 'headers'] as const
export type Part = typeof PARTS[number]

/** The input of a request, and how it is validated. */
export interface Input {
  /** Whether it is small enough to look for more than the first fault. */
  readonly small: boolean
  /** The shared schemas of the route's scope. */
  schemas (): Schemas
  validatorOf (part: Part): Validator | undefined
  dataOf (part: Part): unknown
}

/**
 * All faults of all parts, after one of them was rejected; of large input, the fault that is known.
 *
 * Only what Fastify has rejected, or would reject next, is looked at: the validator itself comes first,
 * its twin only where that has found a fault. Everything is validated as a copy: what the handler would
 * get doesn't change.
 *
 * @param context the part that was rejected, as Fastify's `validationContext` names it
 * @param issues what its validator reported
 */
export function allFaults (context: unknown, issues: readonly unknown[], input: Input): Report[] {
  const failed = PARTS.indexOf(context as Part)
  if (failed < 0) return [{ context, issues }]
  const reports = reportsOf(PARTS[failed]!, issues, input)
  if (!input.small) return reports

  for (const part of PARTS.slice(failed + 1)) {
    const validator = input.validatorOf(part)
    if (validator === undefined) continue
    const { issues } = run(validator, input.dataOf(part))
    if (issues.length > 0) reports.push(...reportsOf(part, issues, input))
  }
  return reports
}

/** What the validator of a part has reported, or its twin in its place. */
function reportsOf (part: Part, issues: readonly unknown[], input: Input): Report[] {
  const validator = input.validatorOf(part)
  if (validator === undefined) return [{ context: part, issues }]

  const data = input.dataOf(part)
  const first = { context: part, issues, source: sourceOf(validator, input, data) }
  const twin = input.small ? twinOf(validator, input.schemas) : undefined
  if (twin === undefined) return [first]

  const told = run(twin.validator, data)
  if (told.issues.length === 0) return [first]
  const all = { context: part, issues: told.issues, source: sourceOf(validator, input, told.data, twin.alternatives) }
  // The twin may go another way: `removeAdditional` within a union does more to what is left for the next alternative.
  return tells(told.issues, issues.at(-1)) ? [all] : [first, all]
}

function sourceOf (validator: Validator, { schemas }: Input, data: unknown, alternatives?: Source['alternatives']): Source {
  const { quotesInput, stopsAtFirst } = originOf(validator)
  return { schema: validator.schema, schemas, quotesInput, stopsAtFirst: stopsAtFirst && alternatives === undefined, data, alternatives }
}

/** Whether a report of all faults has this one, too. Where Ajv reports but the first, it comes last, after those of its alternatives. */
function tells (issues: readonly unknown[], fault: unknown): boolean {
  return isRecord(fault) && issues.some(issue => isRecord(issue) && issue['schemaPath'] === fault['schemaPath'] && issue['instancePath'] === fault['instancePath'])
}

/** What a validator says of a copy of the data; nothing where it can't be said at once, or not at all. */
function run (validator: Validator, data: unknown): { issues: readonly unknown[], data: unknown } {
  if (validator.$async === true) return { issues: [], data }
  try {
    // Ajv changes a root value (a number that was sent as text) only in its parent. No value is null to Fastify.
    const parent = { data: copyOf(data ?? null) }
    return { issues: toIssues(validator(parent.data, { parentData: parent, parentDataProperty: 'data' }), validator), data: parent.data }
  } catch {
    return { issues: [], data }
  }
}

/** How deep input may be nested: what Ajv does for each level of a recursive schema grows with the levels. */
const MAX_DEPTH = 100

/**
 * A copy, as deep as JSON goes; whatever else there is (a file, a date), no validator changes. For
 * small input several times as fast as `structuredClone`, which may be the dearest part of a 422.
 *
 * @throws {RangeError} where it is nested too deep
 */
function copyOf (value: unknown, depth = 0): unknown {
  if (!isRecord(value)) return value
  if (depth > MAX_DEPTH) throw new RangeError('Nested too deep')
  if (Array.isArray(value)) return value.map(item => copyOf(item, depth + 1))
  const copy = shallowCopyOf(value)
  if (copy === undefined) return value

  for (const name in copy) {
    const inner = copy[name]
    if (isRecord(inner)) copy[name] = copyOf(inner, depth + 1)
  }
  return copy
}

function shallowCopyOf (value: object): Record<string, unknown> | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype) return { ...value }
  // What Fastify reads off the URL inherits nothing.
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null
  return isBare ? Object.assign(Object.create(prototype) as object, value) as Record<string, unknown> : undefined
}

/** The forms of a validator's answer that Fastify knows. */
function toIssues (answer: unknown, { errors }: Validator): readonly unknown[] {
  if (answer === false) return errors ?? []
  const { error } = (answer ?? {}) as { error?: unknown }
  if (error == null) return []
  return Array.isArray(error) ? error : [error]
}
