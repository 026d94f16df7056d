import { Type } from '@sinclair/typebox'
import type {
  ObjectOptions,
  Static,
  TArray,
  TInteger,
  TLiteral,
  TObject,
  TOptional,
  TProperties,
  TString,
  TUnsafe
} from '@sinclair/typebox'
import { CODE_PATTERN } from './definition.js'

export const REQUEST_ID_PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/

export type EnvelopeSchema<Code extends TString | TUnsafe<string>> = TObject<{
  status: TLiteral<'error'>
  error: TObject<{
    code: Code
    message: TString
    retry_after: TOptional<TInteger>
    details: TOptional<TArray<TObject<{ field: TString, message: TString }>>>
  }>
  meta: TObject<{ request_id: TString }>
}>

export const requestIdSchema = Type.String({
  pattern: REQUEST_ID_PATTERN.source,
  description: 'Report it with the error; it is in the `x-request-id` header, too.'
})
export const retryAfterSchema = Type.Integer({ minimum: 0, description: 'Seconds to wait before the next attempt.' })

/** The envelope of every error response (reference, section Envelope). */
export const ErrorEnvelopeSchema = createEnvelopeSchema(Type.String({
  pattern: CODE_PATTERN.source,
  description: 'The machine-readable identifier. Branch on it.'
}))

export type ErrorEnvelope = Static<typeof ErrorEnvelopeSchema>

export function createEnvelopeSchema<Code extends TString | TUnsafe<string>> (
  code: Code,
  options: ObjectOptions = { description: 'An error' }
): EnvelopeSchema<Code> {
  return closed({
    status: Type.Literal('error'),
    error: closed({
      code,
      message: Type.String({ description: 'For people; it may change at any time.' }),
      retry_after: Type.Optional(retryAfterSchema),
      details: Type.Optional(Type.Array(closed({
        field: Type.String({ description: 'The place of the fault: `messages.0.role`, `query.limit`, `body`.' }),
        message: Type.String()
      }), { description: 'One entry for each fault of the input.' }))
    }),
    meta: closed({ request_id: requestIdSchema })
  }, options)
}

function closed<Properties extends TProperties> (properties: Properties, options?: ObjectOptions): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false, ...options })
}
