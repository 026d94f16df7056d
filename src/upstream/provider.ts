import { fromAnswer, isResponse, readAnswer } from './answer.js'
import type { Answer, UpstreamResponse } from './answer.js'
import { failureIn } from './causes.js'
import { ScaiError, isScaiError } from '../error/scai-error.js'
import { fromEnvelope } from './module.js'

export interface UpstreamOptions {
  /**
   * Pass on a ScaiGrid envelope as it is. Only for services of your own: any other could forge one.
   * @default false
   */
  readonly relay?: boolean | undefined
}

/**
 * What an upstream did wrong, as an error for our own caller. An error gives the `ScaiError` at once, a
 * response a promise of it, since the body has to be read: no more than 64 KiB of it, for no more than
 * two seconds.
 *
 * - No answer in time: `BACKEND_TIMEOUT`. No connection, or a broken one: `BACKEND_ERROR`.
 * - An answer with an error status, in a response or in an error of the OpenAI, Anthropic or AI SDK:
 *   `BACKEND_RATE_LIMITED` with its delay, `BACKEND_TIMEOUT`, `MODEL_UNAVAILABLE`, `MODEL_NOT_FOUND`,
 *   else `BACKEND_ERROR`: 401 and 403, too, for the key that was refused is ours.
 * - An answer that can't be read, or isn't what its schema says: `UPSTREAM_SHAPE_MISMATCH`.
 * - A `ScaiError` is returned as it is, and with `relay` so is one that another service answered with.
 * - Anything else: `INTERNAL_ERROR`.
 *
 * Causes and lists of errors are looked through, the innermost that is known counts. Nothing of the
 * upstream is sent but what is relayed: what was thrown is the `cause`, the upstream's status and
 * request id are the `context`, both for the log.
 *
 * Neither throws nor rejects, whatever it is given.
 *
 * @example
 * try {
 *   return await openai.chat.completions.create(request.body)
 * } catch (error) {
 *   throw fromUpstream(error)
 * }
 * @example
 * const response = await fetch(moduleUrl, { headers: { 'x-request-id': request.id } })
 * if (!response.ok) throw await fromUpstream(response, { relay: true })
 */
export function fromUpstream (response: UpstreamResponse, options?: UpstreamOptions): Promise<ScaiError>
export function fromUpstream (thrown: unknown, options?: UpstreamOptions): ScaiError
export function fromUpstream (seen: unknown, { relay = false }: UpstreamOptions = {}): ScaiError | Promise<ScaiError> {
  if (isResponse(seen)) return fromResponse(seen, relay)
  try {
    const failure = failureIn(seen)
    if (isScaiError(failure)) return failure
    if (typeof failure === 'object') return answered(failure, seen, relay)
    return new ScaiError(failure ?? 'INTERNAL_ERROR', { cause: seen })
  } catch (cause) {
    return new ScaiError('INTERNAL_ERROR', { cause })
  }
}

async function fromResponse (response: UpstreamResponse, relay: boolean): Promise<ScaiError> {
  try {
    return answered(await readAnswer(response), response, relay)
  } catch (cause) {
    return new ScaiError('INTERNAL_ERROR', { cause })
  }
}

function answered (answer: Answer, cause: unknown, relay: boolean): ScaiError {
  return (relay ? fromEnvelope(answer, cause) : undefined) ?? fromAnswer(answer, cause)
}
