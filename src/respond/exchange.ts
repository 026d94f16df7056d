import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { createRequestId, isRequestId } from './request-id.js'
import type { ErrorResponse } from './response.js'

/**
 * What this package knows about one request and its response. It is found from the raw request and from the
 * raw response.
 */
export interface Exchange {
  /** The request's id: the one in the response and in every log line. */
  id: string | undefined
  /** The request arrived after `close()` was called. */
  late: boolean
  /** The response may send foreign bodies under an error status. Call `mayPass`, which also looks at the route. */
  pass: boolean
  /** The request, once Fastify has made one. */
  request: FastifyRequest | undefined
  /** `mayPass` has looked at the route. */
  asked: boolean
  /** Whether something was thrown, and what, before any handler saw it. */
  hasThrown: boolean
  thrown: unknown
  /** A reply was sent; what is thrown from now on comes from a hook or a serializer. */
  replied: boolean
  /** Fastify sends a stream, whose end ends the response, whatever else goes wrong. */
  streaming: boolean
  /** The error response that was put on the reply. */
  sent: ErrorResponse | undefined
  /** The request broke within its body. That was answered and logged on its socket, so what follows from it isn't. */
  broken: boolean
  /** An envelope has passed the reply guard. */
  guarded: boolean
  /** A head with an error status that was written, and is held back until the body shows whether it is the envelope. */
  held: Head | undefined
  /**
   * How far a response with an error status has come. `headed`: the head of our
   * envelope is out, its body follows. `open`: what is written goes through. `closed`:
   * the envelope was sent, what is written is swallowed.
   */
  state: 'new' | 'headed' | 'open' | 'closed'
}

export interface Head {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
}

// Registered, since the server's options and the plugin may come from two copies of this package.
const EXCHANGE = Symbol.for('fastify-scai-errors.exchange')

/** A raw request, or a raw response, which leads to its request. */
interface Raw {
  readonly req?: object | undefined
  [EXCHANGE]?: Exchange
}

/** The exchange of a raw request or a raw response, made on first use. */
export function exchangeOf (raw: object): Exchange {
  const known = (raw as Raw)[EXCHANGE]
  if (known !== undefined) return known
  const { req } = raw as Raw
  // Kept on the response, too: over HTTP/2, a closed response has lost its request.
  const exchange = req === undefined ? createExchange() : exchangeOf(req)
  ;(raw as Raw)[EXCHANGE] = exchange
  return exchange
}

/** Whether a response is an error whatever its status says now: its head is held back, or its envelope was sent. Makes no exchange. */
export function isSettled (raw: object): boolean {
  const exchange = (raw as Raw)[EXCHANGE]
  return exchange !== undefined && (exchange.held !== undefined || exchange.state === 'closed')
}

/** The exchange of a request that was never read. */
export function createExchange (): Exchange {
  return {
    id: undefined,
    late: false,
    pass: false,
    request: undefined,
    asked: false,
    hasThrown: false,
    thrown: undefined,
    replied: false,
    streaming: false,
    sent: undefined,
    broken: false,
    guarded: false,
    held: undefined,
    state: 'new'
  }
}

/**
 * The id of an exchange; a new one if no generator of ours has seen the request.
 *
 * @param own the id from another generator, kept if it has the documented form
 */
export function requestIdOf (exchange: Exchange, own?: unknown): string {
  exchange.id ??= isRequestId(own) ? own : createRequestId()
  return exchange.id
}

/**
 * Whether a body is the envelope that was put on the response, as it was or compressed. That there is an
 * envelope isn't enough: there also is one when Fastify writes its own body after a failing onSend hook.
 *
 * @param encoding the response's content-encoding, asked for where the rest is right
 */
export function isSent ({ sent }: Exchange, status: number, body: unknown, encoding: () => unknown): boolean {
  return sent?.status === status && (body === sent.body || typeof body !== 'string') && isEncoded(encoding()) === (typeof body !== 'string')
}

function isEncoded (encoding: unknown): boolean {
  return encoding !== undefined && encoding !== 'identity'
}
