import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { answerIn } from './answer.js'
import { authoredIn, statusOf } from './authored.js'
import { someCause } from './causes.js'
import { clientSign, isOfClientClass, isOfSocket } from './client-signs.js'
import { grpcIn } from './grpc.js'
import { fromProvider } from './provider.js'
import { fromStore } from './store.js'
import { saysUnavailable } from './store-signs.js'
import { isVouchedFor } from './vouched.js'

/**
 * What a failure that nobody wrapped unmistakably is:
 * - an error that carries an HTTP answer, or that only an HTTP client, an SDK or a gRPC client makes: as `fromProvider` says;
 * - a driver's error, of a store that is out of reach: as `fromStore` says;
 * - any other failure of a socket: `SERVICE_UNAVAILABLE`, a dependency is down; of a stream's source, as `fromProvider` says;
 * - `AbortSignal.timeout()`: `BACKEND_TIMEOUT`.
 *
 * An error whose author gave it a status of its own is the author's, whatever its cause.
 *
 * @returns `undefined` for what could be anybody's
 */
export function failureBehindUs (thrown: unknown): ScaiError | undefined {
  if (!isFailure(thrown) && isAuthored(thrown)) return undefined
  if (someCause(thrown, saysUnavailable)) return fromStore(thrown)
  if (someCause(thrown, isOfProvider)) return fromProvider(thrown)
  if (someCause(thrown, isOfClientClass)) return unless('INTERNAL_ERROR', fromProvider(thrown))
  if (someCause(thrown, isOfSocket)) return isVouchedFor(thrown) ? fromProvider(thrown) : createFrom(thrown, 'SERVICE_UNAVAILABLE')
  return read(thrown, 'name') === 'TimeoutError' ? fromProvider(thrown) : undefined
}

/** Whether an error says by itself that it is a failure behind us; octokit's has a status of its own invention. */
export function isFailure (error: unknown): boolean {
  return says(error) || (isOfClientClass(error) && someCause(error, says))
}

function says (error: unknown): boolean {
  return isOfProvider(error) || saysUnavailable(error) || isOfSocket(error)
}

function isOfProvider (error: unknown): boolean {
  return grpcIn(error) !== undefined || answerIn(error) !== undefined || clientSign(error) !== undefined
}

function isAuthored (error: unknown): boolean {
  return authoredIn(error) !== undefined || statusOf(error) !== undefined
}

function unless (code: ScaiErrorCode, error: ScaiError): ScaiError | undefined {
  return error.code === code ? undefined : error
}
