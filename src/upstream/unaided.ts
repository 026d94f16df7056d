import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { answerIn } from './answer.js'
import { statusOf } from './authored.js'
import { innermost } from './causes.js'
import { clientSign, isOfClientClass, isOfSocket } from './client-signs.js'
import { grpcIn } from './grpc.js'
import { fromProvider } from './provider.js'
import { fromStore } from './store.js'
import { signsOf } from './signs.js'
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
  if (statusOf(thrown) !== undefined && !isFailure(thrown)) return undefined
  const makers = makersIn(thrown)
  if (makers.has('store')) return fromStore(thrown)
  if (makers.has('provider')) return fromProvider(thrown)
  if (makers.has('client')) return unless('INTERNAL_ERROR', fromProvider(thrown))
  if (makers.has('socket')) return isVouchedFor(thrown) ? fromProvider(thrown) : createFrom(thrown, 'SERVICE_UNAVAILABLE')
  return read(thrown, 'name') === 'TimeoutError' ? fromProvider(thrown) : undefined
}

/** Whether an error says by itself that it is a failure behind us; octokit's has a status of its own invention. */
export function isFailure (error: unknown): boolean {
  const makers = makersOf(error)
  return FAILURES.some(maker => makers.includes(maker)) ||
    (makers.includes('client') && FAILURES.some(maker => makersIn(error).has(maker)))
}

/** Who makes such errors: a driver whose store is out of reach; an HTTP client that failed; one, whatever befell it; any socket. */
type Maker = 'store' | 'provider' | 'client' | 'socket'

/** What these make is a failure; a client's class may as well be somebody's own of that name. */
const FAILURES: readonly Maker[] = ['store', 'provider', 'socket']

function makersOf (error: unknown): Maker[] {
  const signs = signsOf(error)
  const makers: Maker[] = []
  if (saysUnavailable(error, signs)) makers.push('store')
  if ((grpcIn(error) ?? answerIn(error) ?? clientSign(signs)) !== undefined) makers.push('provider')
  if (isOfClientClass(signs)) makers.push('client')
  if (isOfSocket(error, signs)) makers.push('socket')
  return makers
}

/** Those of an error and of all that led to it; none where that is an error of ours, which says itself what it is. */
function makersIn (thrown: unknown): ReadonlySet<Maker> {
  const found = new Set<Maker>()
  const ours = innermost(thrown, error => {
    for (const maker of makersOf(error)) found.add(maker)
    return undefined
  })
  return ours === undefined ? found : new Set()
}

function unless (code: ScaiErrorCode, error: ScaiError): ScaiError | undefined {
  return error.code === code ? undefined : error
}
