import { STATUS_CODES } from 'node:http'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Http2Stream } from 'node:http2'
import { isOfConnection } from '../error/connection-headers.js'
import { createFrom, ScaiError } from '../error/scai-error.js'
import { canonicalCode } from '../error/status.js'
import { isSent, requestIdOf, exchangeOf } from '../respond/exchange.js'
import type { Exchange } from '../respond/exchange.js'
import { idField, logError } from '../respond/log.js'
import { isStale, toResponse } from '../respond/response.js'
import type { ErrorResponse } from '../respond/response.js'
import { findSettings } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import { lowerCased, without } from './held-head.js'
import type { ServerState } from './server-state.js'

/** Writes the head that was held back, if the body is the envelope that was put on the response. */
export function sendHeld (response: ServerResponse, exchange: Exchange, chunk: unknown, isHttp2: boolean): boolean {
  if (isHttp2) dropConnectionHeaders(response, exchange)
  const { held, sent } = exchange
  const isOurs = isSent(exchange, response.statusCode, chunk, () => headerOf(response, exchange, 'content-encoding')) &&
    headerOf(response, exchange, 'content-type') === sent?.headers['content-type']
  clearTraces(response)
  if (isOurs) {
    exchange.state = 'open'
    if (held !== undefined) writeHead(response, held.status, held.headers, isHttp2)
  }
  return isOurs
}

/** Sends the envelope of the response's status, whatever was to be sent. */
export function sendReplacement (response: ServerResponse, exchange: Exchange, server: ServerState, isHttp2: boolean): void {
  const present = { ...response.getHeaders(), ...lowerCased(exchange.held?.headers ?? {}) }
  send(responseFor(response, exchange, present, server), response, exchange, present, isHttp2)
}

/** Ends a response that can't be written any further: with the envelope, if nothing is sent yet. */
export function fail (response: ServerResponse, cause: unknown, server: ServerState, isHttp2: boolean): void {
  const exchange = exchangeOf(response)
  const error = createFrom(cause, 'INTERNAL_ERROR')
  log(error, response, exchange, server, {})
  if (response.headersSent) {
    response.destroy()
    return
  }
  const present = response.getHeaders()
  send(toResponse(error, requestIdOf(exchange), present, settingsOf(exchange, server)), response, exchange, present, isHttp2)
}

function send (
  answer: ErrorResponse,
  response: ServerResponse,
  exchange: Exchange,
  present: OutgoingHttpHeaders,
  isHttp2: boolean
): void {
  const { status, headers, body } = answer
  for (const [name, value] of Object.entries(present)) {
    if (isStale(name, value)) response.removeHeader(name)
    else response.setHeader(name, value!)
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-length', Buffer.byteLength(body))
  clearTraces(response)
  exchange.state = 'open'
  exchange.held = undefined
  writeHead(response, status, {}, isHttp2)
  exchange.sent = answer
  exchange.state = 'headed'
  response.end(body)
}

/**
 * A head that Node.js refused half-way, before this error, leaves traces: a 204 or 304 has no body. And trailers
 * belong to the body that was replaced: over HTTP/2 they need no chunks.
 */
export function clearTraces (response: ServerResponse & { stream?: Http2Stream }): void {
  response.stream?.removeAllListeners('wantTrailers')
  response.chunkedEncoding = false
  if ('_hasBody' in response) response._hasBody = response.req.method !== 'HEAD'
}

/** A custom reason phrase could say anything. HTTP/2 has none, and warns about it. */
function writeHead (response: ServerResponse, status: number, headers: OutgoingHttpHeaders, isHttp2: boolean): void {
  if (isHttp2) response.writeHead(status, headers)
  else response.writeHead(status, STATUS_CODES[status], headers)
}

function responseFor (response: ServerResponse, exchange: Exchange, present: OutgoingHttpHeaders, server: ServerState): ErrorResponse {
  const { sent } = exchange
  if (sent?.status === response.statusCode) return sent
  const error = new ScaiError(canonicalCode(response.statusCode, response.req.headers))
  log(error, response, exchange, server, { replaced: true })
  return toResponse(error, requestIdOf(exchange), present, settingsOf(exchange, server))
}

/** Logs with the request's own logger, if there is a request. */
function log (error: ScaiError, { req }: ServerResponse, exchange: Exchange, server: ServerState, fields: object): void {
  const { request } = exchange
  const settings = settingsOf(exchange, server)
  if (request !== undefined) {
    logError(request.log, error, { settings, request, fields: { ...idField(request, exchange), ...fields } })
  } else if (server.log !== undefined) {
    logError(server.log, error, { settings, request: req, fields: { request_id: requestIdOf(exchange), ...fields } })
  }
}

/** Those of the request's scope. */
function settingsOf ({ request }: Exchange, server: ServerState): Settings {
  return (request && findSettings(request.server)) ?? server.settings
}

/** HTTP/2 has no connection headers (RFC 9113, section 8.2.2); Node.js refuses to send them. */
function dropConnectionHeaders (response: ServerResponse, exchange: Exchange): void {
  for (const name of response.getHeaderNames().filter(isOfConnection)) response.removeHeader(name)
  if (exchange.held !== undefined) exchange.held = { status: exchange.held.status, headers: without(exchange.held.headers, isOfConnection) }
}

function headerOf (response: ServerResponse, { held }: Exchange, name: string): unknown {
  return held?.headers[name] ?? response.getHeader(name)
}
