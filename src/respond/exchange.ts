import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { createRequestId, isRequestId } from './request-id.js'
import type { ErrorResponse } from './response.js'

/**
 * All that is known of one request and its response beside what Fastify and Node.js know. Whoever has
 * the raw request or the raw response finds it.
 */
export interface Exchange {
  /** The request's id: the one in the response and in every log line. */
  id: string | undefined
  /** The request arrived after `close()` was called. */
  late: boolean
  /** Errors that aren't ours may leave through the response. Ask `mayPass`, which knows what the route says of it. */
  pass: boolean
  /** The request, once Fastify has made one. */
  request: FastifyRequest | undefined
  /** The request was asked what its route says. */
  asked: boolean
  /** Whether something was thrown, and what, before any handler saw it. */
  hasThrown: boolean
  thrown: unknown
  /** A reply was sent, by whomever: what is thrown from now on comes of a hook, or of a serializer. */
  replied: boolean
  /** Fastify sends a stream: its end is the response's, whatever else goes wrong. */
  streaming: boolean
  /** The error response that was put onto the reply. */
  sent: ErrorResponse | undefined
  /** The request broke in mid-body, which was answered and logged on its socket: what comes of it is no news. */
  broken: boolean
  /** An envelope has left the reply guard. */
  guarded: boolean
  /** A head with an error status that was written, and is held back until the body shows whose it is. */
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

// Registered: the server's options and the plugin may come from two copies of this package.
const EXCHANGE = Symbol.for('fastify-scai-errors.exchange')

/** A raw request, or a raw response, which leads to its request. */
interface Raw {
  readonly req?: object | undefined
  [EXCHANGE]?: Exchange
}

/** The exchange that a raw request or a raw response is part of; made when it is first asked for. */
export function exchangeOf (raw: object): Exchange {
  const known = (raw as Raw)[EXCHANGE]
  if (known !== undefined) return known
  const { req } = raw as Raw
  // Kept on the response as well: over HTTP/2, a closed response has lost its request.
  const exchange = req === undefined ? createExchange() : exchangeOf(req)
  ;(raw as Raw)[EXCHANGE] = exchange
  return exchange
}

/** Whether a response is an error whatever its status says now: the head of one is held back, or its envelope was sent. */
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
 * The id of an exchange; a new one where no generator of ours has seen the request.
 *
 * @param own the id that the request has from another generator: kept where it has the documented form
 */
export function requestIdOf (exchange: Exchange, own?: unknown): string {
  exchange.id ??= isRequestId(own) ? own : createRequestId()
  return exchange.id
}

/**
 * Whether a body is the envelope that was put onto the response, as it was or compressed. Its mere
 * presence doesn't tell: what Fastify writes after a failing onSend hook comes with it, too.
 *
 * @param encoding the response's content-encoding, asked for where the rest is right
 */
export function isSent ({ sent }: Exchange, status: number, body: unknown, encoding: () => unknown): boolean {
  return sent?.status === status && (body === sent.body || typeof body !== 'string') && isEncoded(encoding()) === (typeof body !== 'string')
}

function isEncoded (encoding: unknown): boolean {
  return encoding !== undefined && encoding !== 'identity'
}
