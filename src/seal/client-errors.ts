import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ScaiErrorCode } from '../error/catalog.js'
import { ScaiError } from '../error/scai-error.js'
import { createExchange, exchangeOf } from '../respond/exchange.js'
import type { ServerState } from './server-state.js'
import { answerSocket, responseOn } from './socket-response.js'

/** The errors of Node's HTTP parser that are more than a bad request. */
const CODES: ReadonlyMap<unknown, ScaiErrorCode> = new Map<unknown, ScaiErrorCode>([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'CONTENT_TOO_LARGE'],
  ['HPE_HEADER_OVERFLOW', 'REQUEST_HEADER_FIELDS_TOO_LARGE']
])

type ParserError = Error & { code?: string }

/** Sockets whose error waits for an earlier response to be complete. */
const waiting = new WeakSet<Duplex>()

/**
 * Answers what Node's HTTP parser could not read.
 *
 * - A request that breaks within its body gets the error instead of its own response, with its id.
 * - A later request on the connection gets it after the responses before it are complete.
 * - If that request's own response has begun and isn't complete, it is too late for an answer.
 */
export function answerClientError (cause: ParserError, socket: Duplex, server: ServerState): void {
  // What was written last is still being sent: destroying the socket would cut it off.
  if (!socket.writable) destroyUnlessEnding(socket, cause)
  else if (!waiting.has(socket)) answerInTurn(cause, socket, server)
}

function answerInTurn (cause: ParserError, socket: Duplex, server: ServerState): void {
  const response = responseOn(socket)
  if (response === undefined) return refuse(cause, socket, server)
  const { req: request, headersSent, writableEnded } = response
  if (request.complete) answerAfter(response, cause, socket, server)
  else if (headersSent && !writableEnded) socket.destroy(cause)
  else if (headersSent) socket.end(() => socket.destroy())
  else refuse(cause, socket, server, request)
}

/** The error belongs to a later request, unless it is the next one. */
function answerAfter (response: ServerResponse, cause: ParserError, socket: Duplex, server: ServerState): void {
  waiting.add(socket)
  // Node's own listener runs first and passes the socket to the next response.
  response.once('finish', () => {
    waiting.delete(socket)
    answerClientError(cause, socket, server)
  })
}

function refuse (cause: ParserError, socket: Duplex, server: ServerState, request?: IncomingMessage): void {
  const exchange = request === undefined ? createExchange() : exchangeOf(request)
  exchange.broken = true
  answerSocket(new ScaiError(CODES.get(cause.code) ?? 'BAD_REQUEST'), socket, exchange, server, { request })
}

function destroyUnlessEnding (socket: Duplex, cause: ParserError): void {
  if (!socket.writableEnded) socket.destroy(cause)
}
