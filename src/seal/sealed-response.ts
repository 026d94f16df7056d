import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { canonicalCode } from '../error/status.js'
import { ScaiError } from '../error/scai-error.js'
import type { ServerState } from './server-state.js'
import { logError } from '../respond/log.js'
import { exchangeOf, isSent, requestIdOf } from '../respond/exchange.js'
import type { Exchange, Head } from '../respond/exchange.js'
import { isStale, toResponse, validateHeader } from '../respond/response.js'
import type { ErrorResponse } from '../respond/response.js'

type Headers = Head['headers']

const CONNECTION_HEADERS = ['connection', 'http2-settings', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']

/**
 * A class of responses that let no error through but ours: the last word on what no hook sees. That
 * is what Fastify writes after an onSend hook that keeps failing, raw and hijacked replies, and what
 * Node.js answers by itself (missing Host, bad Expect, too many requests on a socket).
 *
 * Under an error status the head is held back until the first `write` or `end`. If that brings the
 * envelope which was put onto the response, both go out as they are; anything else is discarded, and
 * the envelope of the status goes out instead. Below 400 it costs a comparison.
 */
export function seal<Class extends typeof ServerResponse> (Base: Class, server: ServerState): Class {
  class SealedResponse<Request extends IncomingMessage = IncomingMessage> extends (Base as typeof ServerResponse)<Request> {
    override writeHead (status: number, reason?: string | Headers, headers?: Headers): this {
      if (status < 400) return super.writeHead(status, reason as string, headers)
      const exchange = exchangeOf(this)
      if (isOpen(this, exchange)) return super.writeHead(status, reason as string, headers)
      if (exchange.state !== 'closed') hold(this, exchange, status, headers ?? (typeof reason === 'object' ? reason : {}))
      return this
    }

    override flushHeaders (): void {
      // Nothing shows yet whose head it is.
      if (this.statusCode < 400 || isOpen(this, exchangeOf(this))) super.flushHeaders()
    }

    override write (chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
      if (this.statusCode < 400 || admit(this, chunk, server)) return super.write(chunk, encoding as BufferEncoding, callback as () => void)
      callLast(encoding, callback)
      return true
    }

    override end (chunk?: unknown, encoding?: unknown, callback?: unknown): this {
      if (this.statusCode < 400) return super.end(chunk, encoding as BufferEncoding, callback as () => void)
      // Node.js can be told to throw where a body must not be.
      if (admit(this, chunk, server)) return super.end(this.req.method === 'HEAD' ? undefined : chunk, encoding as BufferEncoding, callback as () => void)
      callLast(chunk, encoding, callback)
      return this
    }

    override destroy (error?: Error): this {
      // HTTP/2 ends a stream cleanly that is destroyed without an error: the client would take half a body for all of it.
      return super.destroy(error ?? (this.req.httpVersionMajor === 2 ? new Error('The response was cut off') : undefined))
    }
  }
  return SealedResponse as Class
}

function isOpen (response: ServerResponse, { state, pass }: Exchange): boolean {
  return state === 'open' || (state === 'new' && (pass || response.headersSent))
}

/** @throws where Node.js would refuse the headers: Fastify relies on it */
function hold (response: ServerResponse, exchange: Exchange, status: number, headers: Headers): void {
  if (Array.isArray(headers)) headers = Object.fromEntries(pairsOf(headers))
  const valid = exchange.sent?.headers ?? {}
  for (const name in headers) {
    if (headers[name] !== valid[name]) validateHeader(name, headers[name])
  }
  response.statusCode = status
  exchange.held = { status, headers }
}

/** HTTP/2 has no headers about the connection (RFC 9113, section 8.2.2); Node.js would refuse to send any. */
function dropConnectionHeaders (response: ServerResponse, exchange: Exchange): void {
  for (const name of CONNECTION_HEADERS) response.removeHeader(name)
  if (exchange.held === undefined) return
  const headers = Object.entries(exchange.held.headers).filter(([name]) => !CONNECTION_HEADERS.includes(name.toLowerCase()))
  exchange.held = { status: exchange.held.status, headers: Object.fromEntries(headers) }
}

/** Whether this part of a body may go out. The first part of one that isn't ours sends the envelope in its place. */
function admit (response: ServerResponse, chunk: unknown, server: ServerState): boolean {
  const exchange = exchangeOf(response)
  if (isOpen(response, exchange)) return true
  if (exchange.state === 'closed') return false

  if (response.req.httpVersionMajor > 1) dropConnectionHeaders(response, exchange)
  const { held } = exchange
  const isOurs = isSent(exchange, response.statusCode, chunk, () => headerOf(response, exchange, 'content-encoding') !== undefined) &&
    headerOf(response, exchange, 'content-type') === exchange.sent?.headers['content-type']
  exchange.state = 'open'
  // A head that Node.js refused half-way, before this error, leaves its traces.
  response.chunkedEncoding = false
  if (isOurs) {
    if (held !== undefined) response.writeHead(held.status, STATUS_CODES[held.status], held.headers)
  } else {
    replace(response, lowerCased(held?.headers), server)
    exchange.state = 'closed'
  }
  return isOurs
}

function replace (response: ServerResponse, held: OutgoingHttpHeaders, server: ServerState): void {
  const present = { ...response.getHeaders(), ...held }
  const { status, headers, body } = responseFor(response, present, server)
  for (const [name, value] of Object.entries(present)) {
    if (isStale(name, value)) response.removeHeader(name)
    else response.setHeader(name, value!)
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.statusCode = status
  // A reason phrase of somebody's own could say anything. HTTP/2 has none, and warns of it.
  if (response.req.httpVersionMajor === 1) response.statusMessage = STATUS_CODES[status]!
  response.end(body)
}

function responseFor (response: ServerResponse, present: OutgoingHttpHeaders, { settings, log }: ServerState): ErrorResponse {
  const exchange = exchangeOf(response)
  if (exchange.sent?.status === response.statusCode) return exchange.sent
  const error = new ScaiError(canonicalCode(response.statusCode, response.req.headers))
  const requestId = requestIdOf(exchange)
  if (log !== undefined) logError(log, error, { settings, request: response.req, fields: { request_id: requestId, replaced: true } })
  exchange.sent = toResponse(error, requestId, present, settings)
  return exchange.sent
}

/** Beside an object, `writeHead` takes names and values in turn, or pairs of them. */
function pairsOf (headers: OutgoingHttpHeader[]): Array<[name: string, value: OutgoingHttpHeader]> {
  if (headers.every(Array.isArray)) return headers as unknown as Array<[string, OutgoingHttpHeader]>
  return headers.flatMap((name, i) => i % 2 === 0 ? [[String(name), headers[i + 1]!]] : [])
}

function headerOf (response: ServerResponse, exchange: Exchange, name: string): unknown {
  return (exchange.held?.headers as OutgoingHttpHeaders | undefined)?.[name] ?? response.getHeader(name)
}

function lowerCased (headers: Headers = {}): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers as OutgoingHttpHeaders).map(([name, value]) => [name.toLowerCase(), value]))
}

/** The callback may come in the place of any optional argument. */
function callLast (...args: unknown[]): void {
  const callback = args.find(arg => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
}
