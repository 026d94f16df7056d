import { inspect } from 'node:util'
import { Type } from '@sinclair/typebox'
import type { Static, TArray, TInteger, TLiteral, TObject, TOptional, TProperties, TSchema, TString, TUnsafe } from '@sinclair/typebox'
import { CODE_PATTERN, findEntry } from '../catalog/definition.js'
import type { CatalogEntry, ScaiErrorCatalog, ScaiErrorCode } from '../catalog/definition.js'
import { REQUEST_ID_PATTERN } from './request-id.js'

type EnvelopeSchema<Code extends TString | TUnsafe<string>> = TObject<{
  status: TLiteral<'error'>
  error: TObject<{
    code: Code
    message: TString
    retry_after: TOptional<TInteger>
    details: TOptional<TArray<TObject<{ field: TString, message: TString }>>>
  }>
  meta: TObject<{ request_id: TString }>
}>

/** The schemas of `errorResponses`: one for each status, with the codes that have it. */
export type ErrorResponses<Code extends ScaiErrorCode> = {
  [Status in ScaiErrorCatalog[Code]['status']]: EnvelopeSchema<TUnsafe<CodeOf<Code, Status>>>
}

type CodeOf<Code extends ScaiErrorCode, Status> = Code extends ScaiErrorCode
  ? Status extends ScaiErrorCatalog[Code]['status'] ? Code : never
  : never

/** The envelope of every error response (reference, section Envelope). */
export const ErrorEnvelopeSchema = envelopeSchema(Type.String({ pattern: CODE_PATTERN.source, description: 'The machine-readable identifier. Branch on it.' }))

export type ErrorEnvelope = Static<typeof ErrorEnvelopeSchema>

/**
 * The schemas of error responses for a route's `schema.response`, by status; codes of one status are
 * grouped. They are for documentation and types: the envelope itself is sent as it is.
 *
 * @throws {TypeError} on an unknown code
 * @example
 * schema: { response: { 200: Model, ...errorResponses('MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED') } }
 */
export function errorResponses<Code extends ScaiErrorCode> (...codes: Code[]): ErrorResponses<Code> {
  const byStatus = new Map<number, ScaiErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = entryFor(code)
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => [status, responseSchema(codes)])) as unknown as ErrorResponses<Code>
}

function responseSchema (codes: ScaiErrorCode[]): TSchema {
  const description = codes.map(code => `\`${code}\`: ${entryFor(code).message}`).join('\n\n')
  return envelopeSchema(codeEnum(codes, description), description)
}

function entryFor (code: ScaiErrorCode): CatalogEntry {
  const entry = findEntry(code)
  if (entry === undefined) throw new TypeError(`errorResponses: unknown error code ${inspect(code)}: is it misspelt, or not yet added by defineErrors?`)
  return entry
}

function envelopeSchema<Code extends TString | TUnsafe<string>> (code: Code, description = 'An error'): EnvelopeSchema<Code> {
  return closed({
    status: Type.Literal('error'),
    error: closed({
      code,
      message: Type.String({ description: 'For people; it may change at any time.' }),
      retry_after: Type.Optional(Type.Integer({ minimum: 0, description: 'Seconds to wait before the next attempt.' })),
      details: Type.Optional(Type.Array(closed({
        field: Type.String({ description: 'The place of the fault: `messages.0.role`, `query.limit`, `body`.' }),
        message: Type.String()
      }), { description: 'One entry for each fault of the input.' }))
    }),
    meta: closed({
      request_id: Type.String({ pattern: REQUEST_ID_PATTERN.source, description: 'Report it with the error; it is in the `x-request-id` header, too.' })
    })
  }, description)
}

function closed<Properties extends TProperties> (properties: Properties, description?: string): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false, ...(description !== undefined && { description }) })
}

/**
 * Not a literal, nor a union of them: fast-json-stringify would put a `const` in place of what is
 * sent. And a string to TypeBox, whose checkers throw on a kind of schema that they don't know.
 */
function codeEnum<Code extends ScaiErrorCode> (codes: Code[], description: string): TUnsafe<Code> {
  return Type.Unsafe<Code>(Type.String({ enum: codes, description }))
}
