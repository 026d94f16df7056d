import { Value } from '@sinclair/typebox/value'
import { findEntry } from '../error/catalog.js'
import { toEntry } from '../error/definition.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import { contextOf } from './answer.js'
import type { Answer } from './answer.js'
import { parseRetryAfter } from '../error/retry-after.js'
import { ScaiError, createForeign, truncate } from '../error/scai-error.js'
import { REQUEST_ID_HEADER } from '../respond/request-id.js'
import { ErrorEnvelopeSchema } from '../error/envelope-schema.js'

/**
 * The error in another service's envelope, as that service meant it: its code, message, details and
 * delay. A code of our catalog has the catalog's status; any other keeps its own, and isn't worth a
 * retry.
 *
 * @returns `undefined` where the answer is no envelope
 */
export function fromEnvelope (answer: Answer, cause: unknown): ScaiError | undefined {
  const envelope = envelopeOf(answer)
  if (!Value.Check(ErrorEnvelopeSchema, envelope)) return undefined
  const { code, message, retry_after: retryAfter, details } = envelope.error
  const context = contextOf(answer)
  // The token is ours, and so is the fault; the caller's own would be AUTH_TOKEN_INVALID.
  if (code === 'SERVICE_TOKEN_INVALID') return new ScaiError('BACKEND_ERROR', { cause, context })

  const options = { message: truncate(message), retryAfter: parseRetryAfter(retryAfter), details, cause, context }
  if (findEntry(code) !== undefined) return new ScaiError(code as ScaiErrorCode, options as {})
  const { status } = answer
  if (status === undefined || status < 400) return undefined
  return createForeign(toEntry(code, { status, message: options.message, details: 'optional' }, 'defined'), options)
}

/** A copy: what is checked is what is used. The OpenAI SDK keeps no more of an envelope than its `error`. */
function envelopeOf ({ body, header }: Answer): unknown {
  const copy: unknown = structuredClone(body)
  if (Object(copy) !== copy || 'error' in (copy as object)) return copy
  return { status: 'error', error: copy, meta: { request_id: header(REQUEST_ID_HEADER) } }
}
