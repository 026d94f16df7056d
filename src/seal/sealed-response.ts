import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { exchangeOf, isSettled } from '../respond/exchange.js'
import type { Exchange } from '../respond/exchange.js'
import { mayPass } from '../respond/route-declaration.js'
import { closeConnection, isOfClosing, withoutConnection } from './draining.js'
import { isSentHead, toHead } from './held-head.js'
import type { HeadersArgument } from './held-head.js'
import { callLast } from './call-last.js'
import { clearTraces, fail, sendHeld, sendReplacement } from './replacement.js'
import type { ServerState } from './server-state.js'

// On sealed responses or their class. Registered, since a service may have two copies of this package.
export const SEALED = Symbol.for('fastify-scai-errors.sealed-response')

/**
 * A class of responses that sends nothing but envelopes under an error status. It catches what no hook sees: what
 * Fastify writes after an onSend hook that keeps failing, raw and hijacked replies, and what Node.js answers by
 * itself (missing Host, invalid Expect, too many requests on a socket).
 *
 * Under an error status the head is held back until the first `write` or `end`. If that is the envelope that was
 * put on the response, both are sent as they are. Anything else is discarded, and the envelope of the status is
 * sent instead. Below 400 this costs one comparison.
 */
export function seal<Class extends typeof ServerResponse> (Base: Class, server: ServerState): Class {
  // A closed HTTP/2 response has lost its request, so the class decides.
  const isHttp2 = 'stream' in Base.prototype

  class SealedResponse<Request extends IncomingMessage = IncomingMessage> extends (Base as typeof ServerResponse)<Request> {
    override writeHead (status: number, reason?: string | HeadersArgument, headers?: HeadersArgument): this {
      if (!isHttp2 && status >= 200 && isOfClosing(this, server)) {
        closeConnection(this)
        reason = withoutConnection(reason)
        headers = withoutConnection(headers)
      }
      const exchange = isError(status) || isSettled(this) ? exchangeOf(this) : undefined
      if (exchange === undefined || isOpen(this, exchange)) return super.writeHead(status, reason as string, headers as never)
      if (!isHttp2 && isSentHead(exchange, status, reason)) {
        clearTraces(this)
        super.writeHead(status, STATUS_CODES[status], reason as OutgoingHttpHeaders)
        exchange.state = 'headed'
        return this
      }
      if (exchange.state !== 'closed') hold(this, exchange, status | 0, headers ?? reason)
      return this
    }

    override flushHeaders (): void {
      // It isn't known yet whether the body is the envelope.
      if (isError(this.statusCode) && !isOpen(this, exchangeOf(this))) this.writeHead(this.statusCode)
      else if (!isFailing(this)) super.flushHeaders()
    }

    override write (chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
      if (isFailing(this) && (endsHere(this, chunk) || !admit(this, exchangeOf(this), chunk, server, isHttp2))) {
        callLast([encoding, callback])
        return true
      }
      try {
        // With HTTP/2, Node.js checks the body only after the head is sent.
        if (isHttp2 && !isBody(chunk)) throw new TypeError('A body must be text or bytes')
        return super.write(chunk, encoding as BufferEncoding, callback as () => void)
      } catch (error) {
        // From a stream of objects, for example: thrown in its events, this would end the process.
        if (!exchangeOf(this).replied) throw error
        fail(this, error, server, isHttp2)
        return false
      }
    }

    override end (chunk?: unknown, encoding?: unknown, callback?: unknown): this {
      if (!isFailing(this)) return super.end(chunk, encoding as BufferEncoding, callback as () => void)
      const exchange = exchangeOf(this)
      if (!admit(this, exchange, chunk, server, isHttp2)) {
        callLast([chunk, encoding, callback])
        return this
      }
      const body = bodyOf(this, exchange, chunk)
      super.end(body, (body === chunk ? encoding : undefined) as BufferEncoding, callback as () => void)
      // What is written after our envelope is discarded: the writer may not know that its answer was replaced.
      if (exchange.sent !== undefined) exchange.state = 'closed'
      return this
    }

    override destroy (error?: Error): this {
      // HTTP/2 cleanly ends a stream that is destroyed without an error; the client would take half a body for all of it.
      return super.destroy(error ?? (isHttp2 && !this.writableEnded ? new Error('The response was cut off') : undefined))
    }
  }
  Object.defineProperty(SealedResponse.prototype, SEALED, { value: true })
  return SealedResponse as Class
}

/** As Node.js reads it: a status may be a string or a fraction. */
function isError (status: number): boolean {
  return (status | 0) >= 400
}

/** Whether the response has an error status, or had one when its head was written, or when it was answered. */
function isFailing (response: ServerResponse): boolean {
  return isError(response.statusCode) || isSettled(response)
}

function isBody (chunk: unknown): boolean {
  return typeof chunk === 'string' || ArrayBuffer.isView(chunk)
}

function isHead (response: Partial<ServerResponse>): boolean {
  return response.req?.method === 'HEAD'
}

function isOpen (response: ServerResponse, exchange: Exchange): boolean {
  return exchange.state === 'open' || (exchange.state === 'new' && (response.headersSent || mayPass(exchange)))
}

/** @throws if Node.js would refuse the headers, or a success after an error; Fastify relies on that */
function hold (response: ServerResponse, exchange: Exchange, status: number, headers: unknown): void {
  if (!isError(status)) throw Object.assign(new Error('The head of an error was written already'), { code: 'ERR_HTTP_HEADERS_SENT' })
  // Noted before anything is refused, so that an error stays one.
  response.statusCode = status
  exchange.held = { status, headers: {} }
  exchange.held = { status, headers: toHead(headers, exchange.sent?.headers) }
}

/** Whether this part of a body may be sent. Instead of the first part of a foreign body, the envelope is sent. */
function admit (response: ServerResponse, exchange: Exchange, chunk: unknown, server: ServerState, isHttp2: boolean): boolean {
  if (isOpen(response, exchange) || isClosed(response) || exchange.state === 'headed') return true
  if (exchange.state === 'closed') return false

  response.statusCode = exchange.held?.status ?? response.statusCode | 0
  try {
    if (sendHeld(response, exchange, chunk, isHttp2)) return true
    sendReplacement(response, exchange, server, isHttp2)
  } catch {
    // Rather no body than a foreign one.
    exchange.state = 'closed'
    response.destroy()
  }
  return false
}

/** The envelope is the whole body, even if it is the first part of a stream. */
function endsHere (response: ServerResponse, chunk: unknown): boolean {
  const exchange = exchangeOf(response)
  if (exchange.state !== 'headed' && (chunk !== exchange.sent?.body || exchange.state !== 'new' || isOpen(response, exchange))) return false
  response.end(chunk)
  return true
}

/** Behind the head of our envelope nothing but its body follows, whatever a wrapper of `end` makes of it. */
function bodyOf (response: ServerResponse, exchange: Exchange, chunk: unknown): unknown {
  // Node.js may be set to throw if there must be no body.
  if (isHead(response)) return undefined
  if (exchange.state !== 'headed') return chunk
  // Over HTTP/2, Node.js writes what is to be the end.
  exchange.state = 'open'
  return exchange.sent?.body
}

/** Over HTTP/2, a response whose stream is closed has lost its request, and sends nothing any more. */
function isClosed ({ req }: Partial<ServerResponse>): boolean {
  return req === undefined
}
