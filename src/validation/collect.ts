import { collectingValidatorOf, traitsOf } from './collecting-validator.js'
import type { Validator } from './collecting-validator.js'
import { copyOf } from './copy.js'
import { issuesIn } from './issue-list.js'
import { isRecord } from './issue.js'
import { PARTS } from './parts.js'
import type { Part } from './parts.js'
import type { Schemas } from './schema-shape.js'
import type { Origin } from './union-tree.js'

/** The input of a request, and how it is validated. */
export interface Input {
  /** Whether it is small enough to look for more than the first fault. */
  readonly small: boolean
  /** How many values a part may have for that: a parser may make more of a text than it has characters. */
  readonly limit: number
  /** The shared schemas of the route's scope. */
  schemas (): Schemas
  validatorOf (part: Part): Validator | undefined
  dataOf (part: Part): unknown
  /** The `schemaErrorFormatter` of the route, or its scope, if it is the service's own. */
  formatter (): Formatter | undefined
}

/** A `schemaErrorFormatter`. */
export type Formatter = (issues: unknown[], context: string) => unknown

/** What a validator reported of one part of a request. */
export interface Report {
  /** The part, as Fastify's `validationContext` names it. */
  readonly context: unknown
  /** Ajv's errors, or the issues of another validator. */
  readonly issues: readonly unknown[]
  /** How the validator came to them, if that is known. */
  readonly origin?: Origin | undefined
}

/**
 * Everything that is wrong with all parts, after one of them was rejected; of large input, only what is
 * known.
 *
 * Only what Fastify has rejected, or would reject next, is looked at: the validator itself comes first,
 * its collecting one only where that has reported something. Everything is validated as a copy: what the
 * handler would get doesn't change.
 *
 * @param context the part that was rejected, as Fastify's `validationContext` names it
 * @param issues what its validator reported
 */
export function collectReports (context: unknown, issues: readonly unknown[], input: Input): Report[] {
  const rejected = PARTS.findIndex(part => part.context === context)
  const [part, ...others] = rejected < 0 ? [] : PARTS.slice(rejected)
  if (part === undefined) return [{ context, issues }]
  const reports = reportsOf(part, issues, input)
  if (!input.small) return reports

  for (const part of others) {
    const validator = input.validatorOf(part)
    if (validator === undefined) continue
    const { issues } = run(validator, input.dataOf(part), input)
    if (issues.length > 0) reports.push(...reportsOf(part, issues, input))
  }
  return reports
}

/** What the validator of a part has reported, or its collecting validator in its place. */
function reportsOf (part: Part, issues: readonly unknown[], input: Input): Report[] {
  const { context } = part
  const validator = input.validatorOf(part)
  const data = input.dataOf(part) ?? null
  if (validator === undefined) return [{ context, issues, origin: { data } }]

  const first = { context, issues, origin: originOf(validator, input, data) }
  const collecting = input.small ? collectingValidatorOf(validator, input.schemas) : undefined
  if (collecting === undefined) return [first]

  const collected = run(collecting.validator, data, input)
  if (collected.issues.length === 0) return [first]
  const all = { context, issues: collected.issues, origin: originOf(validator, input, collected.data, collecting.marks) }
  // It may go another way: `removeAdditional` within a union does more to what is left for the next alternative.
  return includes(collected.issues, issues.at(-1)) ? [all] : [first, all]
}

function originOf (validator: Validator, { schemas }: Input, data: unknown, marks?: Origin['marks']): Origin {
  const { quotesInput, stopsAtFirst } = traitsOf(validator)
  return { schema: validator.schema, schemas, quotesInput, stopsAtFirst: stopsAtFirst && marks === undefined, data, marks }
}

/** Whether a report of everything has this issue, too. Where Ajv reports only the first, it comes last, after those of its alternatives. */
function includes (issues: readonly unknown[], first: unknown): boolean {
  return isRecord(first) && issues.some(issue =>
    isRecord(issue) && issue['schemaPath'] === first['schemaPath'] && issue['instancePath'] === first['instancePath'])
}

/** What a validator says of a copy of the data; nothing where it can't be said at once, or not at all. */
function run (validator: Validator, data: unknown, { limit }: Input): { issues: readonly unknown[], data: unknown } {
  if (validator.$async === true) return { issues: [], data }
  try {
    // Ajv changes a root value (a number that was sent as text) only in its parent. No value is null to Fastify.
    const parent = { data: copyOf(data ?? null, limit) }
    return { issues: toIssues(validator(parent.data, { parentData: parent, parentDataProperty: 'data' }), validator), data: parent.data }
  } catch {
    return { issues: [], data }
  }
}

/** The forms of a validator's answer that Fastify knows. */
function toIssues (answer: unknown, { errors }: Validator): readonly unknown[] {
  if (answer === false) return errors ?? []
  const { error } = (answer ?? {}) as { error?: unknown }
  return error == null ? [] : issuesIn(error)
}
