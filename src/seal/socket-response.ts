import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ScaiError } from '../error/scai-error.js'
import type { Exchange } from '../respond/exchange.js'
import { requestIdOf } from '../respond/exchange.js'
import { logError } from '../respond/log.js'
import type { Line } from '../respond/log.js'
import { toResponse } from '../respond/response.js'
import type { ErrorResponse } from '../respond/response.js'
import type { ServerState } from './server-state.js'

/** The longest time, in milliseconds, in which a client must read the last response on its connection and close it. */
const LINGER = 1000

/** Logs an error and writes its envelope to a socket that has no response of its own. */
export function answerSocket (error: ScaiError, socket: Duplex, exchange: Exchange, server: ServerState, line?: Partial<Line>): void {
  writeToSocket(logSocketError(error, exchange, server, line), socket)
}

/** Logs an error that is sent on a bare socket, and returns its response. */
export function logSocketError (
  error: ScaiError,
  exchange: Exchange,
  { settings, log }: ServerState,
  line: Partial<Line> = {}
): ErrorResponse {
  const requestId = requestIdOf(exchange)
  const response = toResponse(error, requestId, {}, settings)
  if (log !== undefined) logError(log, error, { settings, event: 'socket_error', fields: { request_id: requestId }, ...line })
  return response
}

/**
 * Writes a complete HTTP response, and closes the connection when the client has closed its side. Closed with
 * unread bytes of the client, a connection is reset, and the response may be lost (RFC 9112, section 9.6).
 */
export function writeToSocket ({ status, headers, body }: ErrorResponse, socket: Duplex): void {
  const head = { date: new Date().toUTCString(), ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')
  const destroy = (): void => { socket.destroy() }
  // For CONNECT and Upgrade, Node.js has removed its own listener: a reset would end the process.
  socket.on('error', () => {}).once('end', destroy)
  const timer = setTimeout(destroy, LINGER).unref()
  socket.once('close', () => clearTimeout(timer)).resume()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${body}`)
}

/** The response that Node.js writes to a socket, or is about to. */
export function responseOn (socket: Duplex): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined
}
