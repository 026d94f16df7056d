import { twinOf } from './twins.js'
import type { Schemas, Validator } from './twins.js'
import type { Report } from './validation.js'

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
 * its twin only where that has found a fault. The answer is the validator's faults and the twin's,
 * since the twin alone can differ (`removeAdditional` within `anyOf`). Everything is validated as a
 * copy: what the handler would get doesn't change.
 *
 * @param context the part that was rejected, as Fastify's `validationContext` names it
 * @param issues what its validator reported
 */
export function allFaults (context: unknown, issues: readonly unknown[], input: Input): Report[] {
  const failed = PARTS.indexOf(context as Part)
  if (failed < 0) return [{ context, issues }]
  const own = report(PARTS[failed]!, issues, input)
  if (!input.small) return [own]

  const later = PARTS.slice(failed + 1).map(part => report(part, faultsOf(input.validatorOf(part), input.dataOf(part)), input))
  return [own, ...later].filter(({ issues }) => issues.length > 0).flatMap(first => [first, twinReport(first, input)])
}

interface PartReport extends Report {
  readonly context: Part
}

function report (part: Part, issues: readonly unknown[], input: Input): PartReport {
  const schema = input.validatorOf(part)?.schema
  return { context: part, issues, source: schema === undefined ? undefined : { schema, data: input.dataOf(part) } }
}

function twinReport ({ context, source }: PartReport, input: Input): Report {
  const validator = input.validatorOf(context)
  const twin = validator && twinOf(validator, input.schemas)
  return { context, issues: faultsOf(twin, input.dataOf(context)), source }
}

/** What a validator says of a copy of the data; nothing where it can't be said at once, or not at all. */
function faultsOf (validator: Validator | undefined, data: unknown): readonly unknown[] {
  if (validator === undefined || validator.$async === true) return []
  try {
    // Ajv changes a root value (a number that was sent as text) only in its parent. No value is null to Fastify.
    const parent = { data: copyOf(data ?? null) }
    return toIssues(validator(parent.data, { parentData: parent, parentDataProperty: 'data' }), validator)
  } catch {
    return []
  }
}

/**
 * A copy, as deep as JSON goes; whatever else there is (a file, a date), no validator changes. For
 * small input several times as fast as `structuredClone`, which may be the dearest part of a 422.
 */
function copyOf (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value

  const copy = Object.create(prototype as object | null) as Record<string, unknown>
  for (const name of Object.keys(value)) copy[name] = copyOf((value as Record<string, unknown>)[name])
  return copy
}

/** The forms of a validator's answer that Fastify knows. */
function toIssues (answer: unknown, { errors }: Validator): readonly unknown[] {
  if (answer === false) return errors ?? []
  const { error } = (answer ?? {}) as { error?: unknown }
  return error == null ? [] : [error].flat()
}
