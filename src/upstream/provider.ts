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
import { checkCodes } from './kinds.js'
import type { UpstreamCodes, UpstreamKind } from './kinds.js'
import { headOf, isResponse, pending, readAnswer } from './response.js'
import type { UpstreamResponse } from './response.js'

export interface ProviderOptions {
  /**
   * Codes by kind, where another one than the default is meant.
   *
   * @example
   * { contentFilter: 'VALIDATION_ERROR', overloaded: 'SERVICE_UNAVAILABLE' }
   */
  readonly as?: UpstreamCodes | undefined
}

/**
 * What a provider did wrong, as an error for our own caller. An error gives the `ScaiError` at once, a
 * response a promise of it, since the body has to be read: no more than 64 KiB of it, for no more than
 * two seconds. (The promise is itself an error: thrown without `await`, it is told by the status.)
 *
 * What was seen has a *kind*, and each kind a code:
 * - `unreachable`, `failed`: `BACKEND_ERROR`; `timeout`: `BACKEND_TIMEOUT`;
 * - `rateLimited`: `BACKEND_RATE_LIMITED`, with its delay; `overloaded`: `MODEL_UNAVAILABLE`;
 * - `modelNotFound`: `MODEL_NOT_FOUND`;
 * - `unpaid`, `refusedKey`, `contextLength`, `contentFilter`, `invalidRequest`: `BACKEND_ERROR`, not
 *   worth another attempt;
 * - `badShape`: `UPSTREAM_SHAPE_MISMATCH`;
 * - `ourMistake`, and whatever isn't known: `INTERNAL_ERROR`.
 *
 * A `ScaiError` is returned as it is, an error that was made to be answered with as `toScaiError` tells
 * it. Causes and lists of errors are looked through, the innermost that is known counts. Nothing of
 * the provider is sent: what was thrown is the `cause`, and `context.upstream` has the kind, the
 * status, the provider's `code`, `type` and `param`, and its request id, for the log.
 *
 * Neither throws nor rejects, whatever it is given: `as` with a code that can't be is an
 * `INTERNAL_ERROR` that says so in its cause.
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
export function fromProvider (seen: unknown, { as = {} }: ProviderOptions = {}): ScaiError | Promise<ScaiError> {
  return from(seen, {
    answered: (answer, cause) => answered(answer, cause, as),
    failed: (kind, cause) => failure(kind, cause, as)
  }, as)
}

/** How a failure is told, by whoever knows what is behind us. */
export interface Teller {
  readonly answered: (answer: Answer, cause: unknown) => ScaiError
  readonly failed: (kind: UpstreamKind, cause: unknown) => ScaiError
  /** What is told of a failure that isn't known; `ourMistake` by default. */
  readonly otherwise?: UpstreamKind
}

/** What was seen of an upstream, as its teller tells it. */
export function from (seen: unknown, teller: Teller, as: UpstreamCodes = {}): ScaiError | Promise<ScaiError> {
  try {
    checkCodes(as, seen)
    return isResponse(seen) ? ofResponse(seen, teller) : ofThrown(seen, teller)
  } catch (cause) {
    // A code that can't be, or something that can't even be looked at.
    return failure('ourMistake', cause)
  }
}

function ofResponse (response: UpstreamResponse, teller: Teller): Promise<ScaiError> {
  const whole = readAnswer(response).then(answer => teller.answered(answer, response)).catch((cause: unknown) => failure('ourMistake', cause))
  return pending(teller.answered(headOf(response), response), whole)
}

/** What was thrown, as its teller tells it. */
export function ofThrown (thrown: unknown, { answered, failed, otherwise = 'ourMistake' }: Teller): ScaiError {
  const found = innermost(thrown, failureIn, refusalOver)
  if (found === undefined) return failed(otherwise, thrown)
  if (isScaiError(found)) return found
  if (typeof found === 'string') return failed(found, thrown)
  return 'authored' in found ? found.authored : answered(found, thrown)
}

/** The head of a refusal tells more than how its body failed. */
function refusalOver<Found> (error: unknown, inner: Found): Found | Answer {
  const answer = typeof inner === 'string' ? answerIn(error) : undefined
  return answer?.status !== undefined && answer.status >= 400 ? answer : inner
}

/** What a failed call to an upstream shows: an answer, or just its kind. */
function failureIn (error: unknown): Answer | UpstreamKind | Authored | undefined {
  const signs = signsOf(error)
  const answer = answerIn(error)
  // Where a connection breaks after its head was good, that head tells nothing.
  const isBroken = answer?.status !== undefined && answer.status < 400
  return grpcIn(error) ?? (isBroken ? networkSign(signs) : undefined) ?? answer ?? clientSign(signs) ?? networkSign(signs) ??
    authoredIn(error) ?? ownAnswerIn(error) ?? signIn(error, signs) ?? bodyIn(error)
}
