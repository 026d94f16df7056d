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

/**
 * What a failure that nobody wrapped unmistakably is:
 * - an error that carries an HTTP answer, or that only an HTTP client, an SDK or a gRPC client makes: as `fromProvider` says;
 * - a driver's error, of a store that is out of reach: as `fromStore` says;
 * - any other failure of a socket: `SERVICE_UNAVAILABLE`, a dependency is down;
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
  if (someCause(thrown, isOfSocket)) return createFrom(thrown, 'SERVICE_UNAVAILABLE')
  return read(thrown, 'name') === 'TimeoutError' ? fromProvider(thrown) : undefined
}

/** The members that HTTP clients, drivers and SDKs leave on their errors. */
const TRACES = [
  'response', 'rawResponse', 'httpResponse', '$metadata', '$response', 'meta', 'raw', 'request', 'httpRequest', 'config', 'options',
  'body', 'data', 'url', 'error', 'responseHeaders', 'responseBody', 'requestID', 'request_id', 'requestId', 'statusText', 'isAxiosError',
  'errno', 'syscall', 'address', 'hostname', 'sql', 'sqlState', 'sqlMessage', 'query', 'parameters', 'parent', 'original', 'driverError',
  'command', 'details', 'metadata', 'clientVersion', 'codeName', 'lastError'
]

/**
 * Whether an error carries anything that an HTTP client, a driver or an SDK leaves on its own: then
 * its message may be theirs. Headers that an author gave are a plain object, those of a client aren't.
 */
export function hasTraces (error: unknown): boolean {
  return TRACES.some(name => read(error, name) !== undefined) || typeof read(read(error, 'headers'), 'get') === 'function' || isFailure(error)
}

/** Whether an error says by itself that it is a failure behind us; octokit's has a status of its own invention. */
function isFailure (error: unknown): boolean {
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
