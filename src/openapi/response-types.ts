import type { TUnsafe } from '@sinclair/typebox'

/**
 * The schema of an error response, typed for every library that infers types from schemas: TypeBox 0.34 uses
 * `static` (of `TUnsafe`), TypeBox 1.x `~unsafe`, json-schema-to-ts the keywords.
 */
export type ErrorResponseSchema<Code extends string> =
  TUnsafe<Envelope<Code>> & { readonly '~unsafe': Envelope<Code> } & JsonSchema<Code>

/** An envelope with one of these codes. */
interface Envelope<Code extends string> {
  status: 'error'
  error: { code: Code, message: string, retry_after?: number, details?: Array<{ field: string, message: string }> }
  meta: { request_id: string }
}

type JsonSchema<Code extends string> = Closed<{
  readonly status: { readonly const: 'error' }
  readonly error: Closed<{
    readonly code: { readonly type: 'string', readonly enum: readonly Code[] }
    readonly message: { readonly type: 'string' }
    readonly retry_after: { readonly type: 'integer' }
    readonly details: { readonly type: 'array', readonly items: Detail }
  }, readonly ['code', 'message']>
  readonly meta: Closed<{ readonly request_id: { readonly type: 'string' } }, readonly ['request_id']>
}, readonly ['status', 'error', 'meta']>

type Detail = Closed<{
  readonly field: { readonly type: 'string' }
  readonly message: { readonly type: 'string' }
}, readonly ['field', 'message']>

interface Closed<Properties, Required extends readonly string[]> {
  readonly type: 'object'
  readonly additionalProperties: false
  readonly required: Required
  readonly properties: Properties
}
