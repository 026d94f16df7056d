import { Value } from '@sinclair/typebox/value'
import { findEntry } from '../error/catalog.js'
import { toEntry } from '../error/definition.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import { ErrorEnvelopeSchema } from '../error/envelope-schema.js'
import { parseRetryAfter } from '../error/retry-after.js'
import { createFinal, createForeign, createFrom, truncate } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { contextOf } from './answer.js'
import type { Answer } from './answer.js'
import { answerKind } from './answer-kind.js'
import { failure } from './failure.js'
import { faultIn } from './fault.js'
import { from } from './provider.js'
import type { UpstreamKind } from './kinds.js'
import type { UpstreamResponse } from './response.js'

/**
 * Makes an error for your client from the failure of another service of your own, whose envelope is passed on
 * unchanged. For a response it returns a promise, as `fromProvider` does.
 *
 * - A code of the catalog has the catalog's status and retry class. Any other keeps its own status, and isn't to be
 *   retried: import the module's definitions to have it known.
 * - `SERVICE_TOKEN_INVALID` becomes `BACKEND_ERROR`, because the token is yours.
 * - No connection, no answer in time, or an answer without an envelope: `MODULE_DEPENDENCY_UNAVAILABLE`.
 * - A request that could not be sent at all, or a bug: `INTERNAL_ERROR`.
 *
 * Only for services of your own: anybody else could forge an envelope. Neither throws nor rejects.
 *
 * @example
 * const response = await fetch(moduleUrl, { headers: { 'x-request-id': request.id } })
 * if (!response.ok) throw await fromModule(response)
 */
export function fromModule (response: UpstreamResponse): Promise<ScaiError>
export function fromModule (thrown: unknown): ScaiError
export function fromModule (seen: unknown): ScaiError | Promise<ScaiError> {
  return from(seen, { answered: moduleAnswered, failed: moduleFailed })
}

/** What a module answered. */
export function moduleAnswered (answer: Answer, cause: unknown): ScaiError {
  const error = fromEnvelope(answer, cause)
  if (error !== undefined) return error
  const fault = faultIn(answer.body)
  return createFrom(cause, 'MODULE_DEPENDENCY_UNAVAILABLE', { context: contextOf(answer, fault, answerKind(answer, fault)) })
}

/** A module that didn't answer. */
export function moduleFailed (kind: UpstreamKind, cause: unknown): ScaiError {
  if (kind === 'ourMistake') return failure(kind, cause)
  return createFrom(cause, 'MODULE_DEPENDENCY_UNAVAILABLE', { context: { upstream: { kind } } })
}

/** The error in another service's envelope, as that service meant it: its code, message, details and delay. */
function fromEnvelope (answer: Answer, cause: unknown): ScaiError | undefined {
  const envelope = envelopeOf(answer)
  if (!Value.Check(ErrorEnvelopeSchema, envelope)) return undefined
  const { code, message, retry_after: retryAfter, details } = envelope.error
  // The token is ours, and so is the fault; for the client's own token it would be AUTH_TOKEN_INVALID.
  if (code === 'SERVICE_TOKEN_INVALID') return createFinal(cause, 'BACKEND_ERROR', { context: contextOf(answer, undefined, 'refusedKey') })

  const options = {
    message: truncate(message),
    retryAfter: parseRetryAfter(retryAfter) ?? parseRetryAfter(answer.header('retry-after')),
    details,
    cause,
    context: contextOf(answer)
  }
  const isFinal = answer.header('x-should-retry') === 'false'
  if (findEntry(code) !== undefined) return (isFinal ? createFinal : createFrom)(cause, code as ScaiErrorCode, options)
  const { status } = answer
  if (status === undefined || status < 400) return undefined
  return createForeign(toEntry(code, { status, message: options.message, details: 'optional' }, 'defined'), options)
}

/** Copies an envelope, so that what was checked is what is used. The OpenAI SDK keeps only its `error`. */
function envelopeOf ({ body, header }: Answer): unknown {
  const copy: unknown = structuredClone(body)
  if (Object(copy) !== copy || 'error' in (copy as object)) return copy
  return { status: 'error', error: copy, meta: { request_id: header('x-request-id') } }
}
