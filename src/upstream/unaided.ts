import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { answerIn } from './answer.js'
import { statusOf } from './authored.js'
import { isThrownEvent } from './bare-body.js'
import { innermost } from './causes.js'
import { clientSign, isOfClientAlone, isOfClientClass, isOfSocket } from './client-signs.js'
import { grpcIn } from './grpc.js'
import { fromProvider } from './provider.js'
import { isFetched } from './response.js'
import { fromStore } from './store.js'
import { signsOf, strongSigns } from './signs.js'
import type { Signs } from './signs.js'
import { isOfDriverClass, saysUnavailable } from './store-signs.js'
import { isVouchedFor } from './vouched.js'

/**
 * Classifies a failure that nobody wrapped, if it is unmistakable:
 * - an error that carries an HTTP answer, or that only an HTTP client, an SDK or a gRPC client makes, and a response that
 *   was thrown itself: as `fromProvider` says;
 * - a driver's error of a store that can't be reached: as `fromStore` says;
 * - any other failure of a socket: `SERVICE_UNAVAILABLE`; from a stream's source, as `fromProvider` says;
 * - `AbortSignal.timeout()`: `BACKEND_TIMEOUT`.
 *
 * An error whose author gave it a status isn't such a failure, whatever its cause.
 *
 * @returns `undefined` for what could be anybody's
 */
export function failureBehindUs (thrown: unknown): ScaiError | undefined {
  if (statusOf(thrown) !== undefined && !isSurelyFailure(thrown)) return undefined
  const makers = makersIn(thrown)
  if (makers.has('store')) return fromStore(thrown)
  if (makers.has('provider')) return fromProvider(thrown)
  if (makers.has('client')) return unless('INTERNAL_ERROR', fromProvider(thrown))
  if (makers.has('socket')) return isVouchedFor(thrown) ? fromProvider(thrown) : createFrom(thrown, 'SERVICE_UNAVAILABLE')
  return read(thrown, 'name') === 'TimeoutError' ? fromProvider(thrown) : undefined
}

/** Names of libraries' classes that a class of the service may have, too. */
const COMMON_NAMES: ReadonlySet<unknown> = new Set([
  'ClientClosedError', 'ClientOfflineError', 'ConnectionTimeoutError', 'IllegalOperationError', 'RequestAbortedError', 'RequestTimeoutError',
  'ResponseValidationError', 'SocketTimeoutError'
])

/** Whether an error shows by itself that it is a failure of an upstream or a store. */
export function isFailure (error: unknown): boolean {
  const signs = signsOf(error)
  return saysFailure(error, hasFieldsOfItsOwn(error) ? signs : { ...signs, names: signs.names.filter(name => !COMMON_NAMES.has(name)) })
}

/** The same, only by signs that nobody gives to their own errors: for errors with a status, or from a validator. */
export function isSurelyFailure (error: unknown): boolean {
  return saysFailure(error, strongSigns(signsOf(error)))
}

/** Octokit's errors have an invented status, whatever their cause. */
function saysFailure (error: unknown, signs: Signs): boolean {
  const makers = makersOf(error, signs)
  return FAILURES.some(maker => makers.includes(maker)) ||
    (isOfClientClass(signsOf(error)) && FAILURES.some(maker => makersIn(error).has(maker)))
}

/** Whether only a library makes such errors, whatever happened: none of their messages were written for clients. */
export function isOfLibrary (error: unknown): boolean {
  const signs = signsOf(error)
  if (isOfHttpErrors(error, signs)) return false
  return isOfClientAlone(signs) || (isOfDriverClass(signs) && hasFieldsOfItsOwn(error))
}

/** Properties that authors give to their own classes, which may have the name of a driver's class. */
const COMMON_FIELDS = new Set(['cause', 'expose', 'headers', 'message', 'name', 'stack', 'status', 'statusCode'])

function hasFieldsOfItsOwn (error: unknown): boolean {
  try {
    return Reflect.ownKeys(error as object).some(key => typeof key === 'string' && !COMMON_FIELDS.has(key))
  } catch {
    return true
  }
}

/** The origin of an error: a driver whose store can't be reached; an HTTP client that failed; any error of one; any socket. */
type Maker = 'store' | 'provider' | 'client' | 'socket'

/** Origins whose errors are failures; a client's class name alone isn't enough, since a class of the service may have it. */
const FAILURES: readonly Maker[] = ['store', 'provider', 'socket']

function makersOf (error: unknown, signs: Signs): Maker[] {
  const makers: Maker[] = []
  if (isOfHttpErrors(error, signs)) return makers
  if (saysUnavailable(error, signs)) makers.push('store')
  if (isFetched(error) || isThrownEvent(error) || isOfAws(error) || (grpcIn(error) ?? answerIn(error) ?? clientSign(signs)) !== undefined) makers.push('provider')
  // What it has besides is none of an answer, but its status is the upstream's.
  if (isOfClientAlone(signs) && statusOf(error) !== undefined) makers.push('provider')
  if (isOfClientClass(signs)) makers.push('client')
  // @fastify/reply-from gives an error of its own the code of what the socket said.
  if (isOfSocket(error, signs)) makers.push(signs.names.includes('FastifyError') ? 'provider' : 'socket')
  return makers
}

/** AWS's SDK sets this on every error that its clients meet, also on one of the socket. */
function isOfAws (error: unknown): boolean {
  return typeof read(read(error, '$metadata'), 'attempts') === 'number'
}

/** http-errors names its classes after statuses: Mistral has a `RequestTimeoutError`, too. */
function isOfHttpErrors (error: unknown, { names }: Signs): boolean {
  return names.includes('HttpError') && typeof read(error, 'expose') === 'boolean'
}

/** The origins of an error and of everything that led to it; none for an error of ours, which is classified already. */
function makersIn (thrown: unknown): ReadonlySet<Maker> {
  const found = new Set<Maker>()
  const ours = innermost(thrown, error => {
    for (const maker of makersOf(error, signsOf(error))) found.add(maker)
    return undefined
  })
  return ours === undefined ? found : new Set()
}

function unless (code: ScaiErrorCode, error: ScaiError): ScaiError | undefined {
  return error.code === code ? undefined : error
}
