import { collectingValidatorOf, traitsOf } from './collecting-validator.js'
import type { Validator } from './collecting-validator.js'
import { copyOf, restore } from './copy.js'
import type { Copies } from './copy.js'
import { issuesIn } from './issue-list.js'
import { isRecord } from './issue.js'
import { PARTS } from './parts.js'
import type { Part } from './parts.js'
import type { Schemas } from './schema-shape.js'
import type { Origin } from './union-tree.js'

/** The input of a request and its validators. */
export interface Input {
  /** Whether it is small enough to look for more than the first error. */
  readonly small: boolean
  /** How many values a part may have for that: a parser may produce more values than the body has bytes. */
  readonly limit: number
  /** The shared schemas of the route's scope. */
  schemas (): Schemas
  validatorOf (part: Part): Validator | undefined
  dataOf (part: Part): unknown
  /** The `schemaErrorFormatter` of the route or its scope, if it isn't ours. */
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
  /** What is known about the validator's run. */
  readonly origin?: Origin | undefined
}

/**
 * Collects all errors of all parts after one part was rejected; for large input, only the known one.
 *
 * Only what Fastify has rejected, or would reject next, is reported: each part's validator runs first, and its
 * collecting validator only if that one has reported something. Both validate copies, so that the input for the
 * handler doesn't change.
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

/** The report of a part's collecting validator if there is one, else of its validator. */
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
  // The two may differ: `removeAdditional` within a union changes the input for the next alternative.
  return includes(collected.issues, issues.at(-1)) ? [all] : [first, all]
}

function originOf (validator: Validator, { schemas }: Input, data: unknown, marks?: Origin['marks']): Origin {
  const { quotesInput, stopsAtFirst } = traitsOf(validator)
  return { schema: validator.schema, schemas, quotesInput, stopsAtFirst: stopsAtFirst && marks === undefined, data, marks }
}

/** Whether a complete report has this issue, too. If Ajv reports only the first error, it comes last, after those of its alternatives. */
function includes (issues: readonly unknown[], first: unknown): boolean {
  return isRecord(first) && issues.some(issue =>
    isRecord(issue) && issue['schemaPath'] === first['schemaPath'] && issue['instancePath'] === first['instancePath'])
}

/**
 * What a validator reports for a copy of the data, and the copy; nothing if it is asynchronous, or throws. What the
 * validator has removed from the copy is in it again: which alternative of a union the client meant, and what a text
 * quotes, is told by what was sent.
 */
function run (validator: Validator, data: unknown, { limit }: Input): { issues: readonly unknown[], data: unknown } {
  if (validator.$async === true) return { issues: [], data }
  try {
    // Ajv coerces a root value (a number that was sent as a string) only within its parent. For Fastify, no value is null.
    const copies: Copies = new Map()
    const parent = { data: copyOf(data ?? null, limit, copies) }
    const issues = toIssues(validator(parent.data, { parentData: parent, parentDataProperty: 'data' }), validator)
    if (issues.length > 0) restore(copies)
    return { issues, data: parent.data }
  } catch {
    return { issues: [], data }
  }
}

/** The forms of a validator's result that Fastify knows. */
function toIssues (answer: unknown, { errors }: Validator): readonly unknown[] {
  if (answer === false) return errors ?? []
  const { error } = (answer ?? {}) as { error?: unknown }
  return error == null ? [] : issuesIn(error)
}
