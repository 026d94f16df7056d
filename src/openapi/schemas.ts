import { Type } from '@sinclair/typebox'
import type { TSchema, TUnsafe } from '@sinclair/typebox'
import { findEntry } from '../error/catalog.js'
import type { ScaiErrorCatalog, ScaiErrorCode } from '../error/catalog.js'
import type { CatalogEntry } from '../error/definition.js'
import { createEnvelopeSchema, requestIdSchema, retryAfterSchema } from '../error/envelope-schema.js'
import type { ErrorEnvelope } from '../error/envelope-schema.js'
import { ScaiError } from '../error/scai-error.js'
import { checkCodes } from './declaration.js'
import type { ErrorResponseSchema } from './response-types.js'

/** The schemas of `errorResponses`: one for each status, with the codes that have it. */
export type ErrorResponses<Code extends ScaiErrorCode> = {
  [Status in StatusOf<Code>]: ErrorResponseSchema<CodeOf<Code, Status>>
}

/** The status of a module's code is any number, which as a key would forbid all others: any error status, then. */
type StatusOf<Code extends ScaiErrorCode> = Code extends ScaiErrorCode
  ? number extends ScaiErrorCatalog[Code]['status'] ? '4xx' | '5xx' : ScaiErrorCatalog[Code]['status']
  : never

type CodeOf<Code extends ScaiErrorCode, Status> = Code extends ScaiErrorCode
  ? Status extends StatusOf<Code> ? Code : never
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
  checkCodes(codes, 'errorResponses')
  return responseSchemas(codes) as unknown as ErrorResponses<Code>
}

/** A schema of `errorResponses`, with what is hidden in it. */
export interface ResponseSchema extends TSchema {
  readonly examples: readonly ErrorEnvelope[]
  readonly headers: Readonly<Record<string, object>>
}

export function responseSchemas (codes: Iterable<ScaiErrorCode>): Record<string, ResponseSchema> {
  return Object.fromEntries(Array.from(codesByStatus(codes), ([status, codes]) => [status, responseSchema(codes)]))
}

/** Codes of the catalog, by their statuses in ascending order. */
export function codesByStatus (codes: Iterable<ScaiErrorCode>): Array<[status: number, codes: ScaiErrorCode[]]> {
  const byStatus = new Map<number, ScaiErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = entryFor(code)
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return [...byStatus].sort(([a], [b]) => a - b)
}

/** The codes of a schema that was made here. */
export function codesOfSchema (schema: object): readonly ScaiErrorCode[] | undefined {
  return (schema as { readonly [CODES]?: readonly ScaiErrorCode[] })[CODES]
}

/** What a status of a route means: each of its codes. */
export function describe (codes: readonly ScaiErrorCode[]): string {
  return codes.map(code => `\`${code}\`: ${entryFor(code).message}`).join('\n\n')
}

/** The headers of a response with one of these codes, as a document has them. */
export function headersFor (codes: readonly ScaiErrorCode[]): Record<string, object> {
  return {
    'x-request-id': requestIdSchema,
    ...(codes.some(code => entryFor(code).retryAfter !== 'never') && { 'Retry-After': retryAfterSchema })
  }
}

function responseSchema (codes: ScaiErrorCode[]): ResponseSchema {
  const description = describe(codes)
  const schema = createEnvelopeSchema(codeEnum(codes, description), { description, examples: codes.map(exampleOf) })
  Object.defineProperty(schema, CODES, { value: codes })
  // Where @fastify/swagger looks for a response's headers. Hidden from all others: Ajv in its strict
  // mode (@fastify/response-validation) refuses a keyword that it doesn't know.
  return Object.defineProperty(schema as unknown as ResponseSchema, 'headers', { value: headersFor(codes) })
}

function exampleOf (code: ScaiErrorCode): ErrorEnvelope {
  const error = new ScaiError(code, EXAMPLE as never).toJSON() as ErrorEnvelope['error']
  return { status: 'error', error, meta: { request_id: 'req_oGMUcu5ayoEkyK5piI4m' } }
}

/** The row of a code that was checked. */
function entryFor (code: ScaiErrorCode): CatalogEntry {
  return findEntry(code) as CatalogEntry
}

/**
 * Not a literal, nor a union of them: fast-json-stringify would put a `const` in place of what is
 * sent. And a string to TypeBox, whose checkers throw on a kind of schema that they don't know.
 */
function codeEnum<Code extends ScaiErrorCode> (codes: Code[], description: string): TUnsafe<Code> {
  return Type.Unsafe<Code>(Type.String({ enum: codes, description }))
}
