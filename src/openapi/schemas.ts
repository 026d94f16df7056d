import { Type } from '@sinclair/typebox'
import type { TSchema, TUnsafe } from '@sinclair/typebox'
import { findEntry, showUnknown } from '../error/catalog.js'
import type { ScaiErrorCatalog, ScaiErrorCode } from '../error/catalog.js'
import type { CatalogEntry } from '../error/definition.js'
import { createEnvelopeSchema, requestIdSchema, retryAfterSchema } from '../error/envelope-schema.js'
import type { EnvelopeSchema, ErrorEnvelope } from '../error/envelope-schema.js'
import { ScaiError } from '../error/scai-error.js'

/** The schemas of `errorResponses`: one for each status, with the codes that have it. */
export type ErrorResponses<Code extends ScaiErrorCode> = {
  [Status in ScaiErrorCatalog[Code]['status']]: EnvelopeSchema<TUnsafe<CodeOf<Code, Status>>>
}

type CodeOf<Code extends ScaiErrorCode, Status> = Code extends ScaiErrorCode
  ? Status extends ScaiErrorCatalog[Code]['status'] ? Code : never
  : never

/** For the examples of those codes that have details; the others leave them off. */
const EXAMPLE = { details: [{ field: 'model', message: 'is required' }] }

/** A schema's codes, hidden from all others. Registered: the schema and the plugin may come from two copies of this package. */
const CODES = Symbol.for('fastify-scai-errors.codes')

/**
 * The schemas of error responses for a route's `schema.response`, by status; codes of one status are
 * grouped. They are for documentation and types: the envelope itself is sent as it is.
 *
 * `@fastify/swagger` makes of them a description and an example of each code, and the headers.
 *
 * @throws {TypeError} on an unknown code
 * @example
 * schema: { response: { 200: Model, ...errorResponses('MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED') } }
 */
export function errorResponses<Code extends ScaiErrorCode> (...codes: Code[]): ErrorResponses<Code> {
  return responseSchemas(codes) as unknown as ErrorResponses<Code>
}

/** A schema of `errorResponses`, with what is hidden in it. */
export interface ResponseSchema extends TSchema {
  readonly examples: readonly ErrorEnvelope[]
  readonly headers: Readonly<Record<string, TSchema>>
}

export function responseSchemas (codes: Iterable<ScaiErrorCode>): Record<string, ResponseSchema> {
  const byStatus = new Map<number, ScaiErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = entryFor(code)
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => [status, responseSchema(codes)]))
}

/** The codes of a schema that was made here. */
export function codesOfSchema (schema: object): readonly ScaiErrorCode[] | undefined {
  return (schema as { readonly [CODES]?: readonly ScaiErrorCode[] })[CODES]
}

function responseSchema (codes: ScaiErrorCode[]): ResponseSchema {
  const description = codes.map(code => `\`${code}\`: ${entryFor(code).message}`).join('\n\n')
  const schema = createEnvelopeSchema(codeEnum(codes, description), { description, examples: codes.map(exampleOf) })
  Object.defineProperty(schema, CODES, { value: codes })
  // Where @fastify/swagger looks for a response's headers. Hidden from all others: Ajv in its strict
  // mode (@fastify/response-validation) refuses a keyword that it doesn't know.
  return Object.defineProperty(schema as unknown as ResponseSchema, 'headers', {
    value: {
      'x-request-id': requestIdSchema,
      ...(codes.some(code => entryFor(code).retryAfter !== 'never') && { 'Retry-After': retryAfterSchema })
    }
  })
}

function exampleOf (code: ScaiErrorCode): ErrorEnvelope {
  const error = new ScaiError(code, EXAMPLE as never).toJSON() as ErrorEnvelope['error']
  return { status: 'error', error, meta: { request_id: 'req_oGMUcu5ayoEkyK5piI4m' } }
}

function entryFor (code: ScaiErrorCode): CatalogEntry {
  const entry = findEntry(code)
  if (entry === undefined) throw new TypeError(`errorResponses: unknown error code ${showUnknown(code)}`)
  return entry
}

/**
 * Not a literal, nor a union of them: fast-json-stringify would put a `const` in place of what is
 * sent. And a string to TypeBox, whose checkers throw on a kind of schema that they don't know.
 */
function codeEnum<Code extends ScaiErrorCode> (codes: Code[], description: string): TUnsafe<Code> {
  return Type.Unsafe<Code>(Type.String({ enum: codes, description }))
}
