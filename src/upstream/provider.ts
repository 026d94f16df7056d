import { isScaiError } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { answerIn, ownAnswerIn } from './answer.js'
import type { Answer } from './answer.js'
import { authoredIn } from './authored.js'
import type { Authored } from './authored.js'
import { bodyIn } from './bare-body.js'
import { innermost } from './causes.js'
import { clientSign, networkSign, signIn } from './client-signs.js'
import { signsOf } from './signs.js'
import { answered, failure } from './failure.js'
import { grpcIn } from './grpc.js'
import { checkOptions } from './kinds.js'
import type { UpstreamCodes, UpstreamKind } from './kinds.js'
import { headOf, isResponse, pending, readAnswer } from './response.js'
import type { UpstreamResponse } from './response.js'

export interface ProviderOptions {
  /**
   * Codes by kind, instead of the default ones.
   *
   * @example
   * { contentFilter: 'VALIDATION_ERROR', overloaded: 'SERVICE_UNAVAILABLE' }
   */
  readonly as?: UpstreamCodes | undefined
}

/**
 * Makes an error for your client from the failure of a provider. For an error it returns the `ScaiError`, for a
 * response a promise, since it reads the body: at most 64 KiB, for at most two seconds. (The promise is itself an
 * error; thrown without `await`, its code depends on the status alone.)
 *
 * Each failure has a *kind*, and each kind a code:
 * - `unreachable`, `failed`: `BACKEND_ERROR`; `timeout`: `BACKEND_TIMEOUT`;
 * - `rateLimited`: `BACKEND_RATE_LIMITED`, with its delay; `overloaded`: `MODEL_UNAVAILABLE`;
 * - `modelNotFound`: `MODEL_NOT_FOUND`;
 * - `unpaid`, `refusedKey`, `contextLength`, `contentFilter`, `invalidRequest`: `BACKEND_ERROR`, not to be
 *   retried;
 * - `badShape`: `UPSTREAM_SHAPE_MISMATCH`;
 * - `ourMistake`, and everything unknown: `INTERNAL_ERROR`.
 *
 * A `ScaiError` is returned as it is; an error that was made to be sent to a client is classified as by
 * `toScaiError`. Causes and lists of errors are searched, and the innermost known error counts. Nothing of the
 * provider is sent: what was thrown is the `cause`, and for the log `context.upstream` has the kind, the status,
 * the provider's `code`, `type` and `param`, and its request id.
 *
 * Neither throws nor rejects: a misspelt option, or an impossible code in `as`, results in an `INTERNAL_ERROR`
 * whose cause says so.
 *
 * @example
 * try {
 *   return await openai.chat.completions.create(request.body)
 * } catch (error) {
 *   throw fromProvider(error, { as: { contextLength: 'CONTENT_TOO_LARGE' } })
 * }
 * @example
 * const response = await fetch(url)
 * if (!response.ok) throw await fromProvider(response)
 */
export function fromProvider (response: UpstreamResponse, options?: ProviderOptions): Promise<ScaiError>
export function fromProvider (thrown: unknown, options?: ProviderOptions): ScaiError
export function fromProvider (seen: unknown, options: ProviderOptions = {}): ScaiError | Promise<ScaiError> {
  const { as = {} } = options
  return from(seen, {
    answered: (answer, cause) => answered(answer, cause, as),
    failed: (kind, cause) => failure(kind, cause, as)
  }, options)
}

/** Makes an error from a failure, for one sort of upstream. */
export interface Teller {
  readonly answered: (answer: Answer, cause: unknown) => ScaiError
  readonly failed: (kind: UpstreamKind, cause: unknown) => ScaiError
  /** The kind of an unknown failure. @default 'ourMistake' */
  readonly otherwise?: UpstreamKind
}

/** Makes an error from what was seen of an upstream. */
export function from (seen: unknown, teller: Teller, options: ProviderOptions = {}): ScaiError | Promise<ScaiError> {
  try {
    checkOptions(options, seen)
    return isResponse(seen) ? ofResponse(seen, teller) : ofThrown(seen, teller)
  } catch (cause) {
    // An impossible code, or a value that can't even be inspected.
    return failure('ourMistake', cause)
  }
}

function ofResponse (response: UpstreamResponse, teller: Teller): Promise<ScaiError> {
  const whole = readAnswer(response).then(answer => teller.answered(answer, response)).catch((cause: unknown) => failure('ourMistake', cause))
  return pending(teller.answered(headOf(response), response), whole)
}

/** Makes an error from what was thrown. */
export function ofThrown (thrown: unknown, { answered, failed, otherwise = 'ourMistake' }: Teller): ScaiError {
  const found = innermost(thrown, failureIn, refusalOver)
  if (found === undefined) return failed(otherwise, thrown)
  if (isScaiError(found)) return found
  if (typeof found === 'string') return failed(found, thrown)
  return 'authored' in found ? found.authored : answered(found, thrown)
}

/** The head of a refusal is more specific than the failure of its body. */
function refusalOver<Found> (error: unknown, inner: Found): Found | Answer {
  const answer = typeof inner === 'string' ? answerIn(error) : undefined
  return answer?.status !== undefined && answer.status >= 400 ? answer : inner
}

/** What is known about a failed call: an answer, or only its kind. */
function failureIn (error: unknown): Answer | UpstreamKind | Authored | undefined {
  const signs = signsOf(error)
  const answer = answerIn(error)
  // If a connection breaks after a successful head, that head says nothing.
  const isBroken = answer?.status !== undefined && answer.status < 400
  return grpcIn(error) ?? (isBroken ? networkSign(signs) : undefined) ?? answer ?? clientSign(signs) ?? networkSign(signs) ??
    authoredIn(error) ?? ownAnswerIn(error) ?? signIn(error, signs) ?? bodyIn(error)
}
