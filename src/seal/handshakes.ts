import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { canonicalCode } from '../error/status.js'
import { exchangeOf } from '../respond/exchange.js'
import { mayPass } from '../respond/route-declaration.js'
import { callLast } from './call-last.js'
import { isClosing } from './server-state.js'
import type { ServerState } from './server-state.js'
import { answerSocket, writeToSocket } from './socket-response.js'

type Server = FastifyInstance['server']

// Registered, so that two copies of this package seal a server once.
const SEALED = Symbol.for('fastify-scai-errors.handshakes')

/**
 * Seals the handshakes (Upgrade) of a server: a refused handshake gets the envelope, and so does every one while
 * the service closes.
 *
 * The event is intercepted without a listener, since others count listeners: with one more,
 * `@fastify/http-proxy` would leave a request outside its prefix to the other listener, and nobody would answer.
 */
export function sealHandshakes (server: Server & { [SEALED]?: true }, state: ServerState): void {
  if (server[SEALED] === true) return
  server[SEALED] = true
  const own = Object.hasOwn(server, 'emit') ? server.emit : undefined
  // Every request is emitted: a list of arguments would have to be made for each.
  server.emit = function (this: Server, event: string, request: IncomingMessage, socket: Duplex): boolean {
    if (event === 'upgrade') {
      if (isClosing(state, server)) return refuseLate(request, socket, state)
      sealHandshake(request, socket, state)
    }
    // Looked up each time, since tracing replaces it in the prototype.
    const emit = own ?? (Object.getPrototypeOf(this) as Server).emit
    return Reflect.apply(emit, this, arguments)
  } as Server['emit']
}

function refuseLate (request: IncomingMessage, socket: Duplex, state: ServerState): true {
  answerSocket(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }), socket, exchangeOf(request), state, { request })
  return true
}

const ERROR_STATUS = /^HTTP\/1\.\d ([45]\d\d)\b/

/**
 * A handshake is answered with raw bytes (`ws`), or with a response that isn't sealed (`@fastify/websocket`). If
 * its first bytes are those of an error, the envelope is sent instead, the rest is discarded, and the connection,
 * which nobody reads any more, is closed.
 */
function sealHandshake (request: IncomingMessage, socket: Duplex, state: ServerState): void {
  const { write, end } = socket
  const refuse = (chunk: unknown): boolean => {
    Object.assign(socket, { write, end })
    const status = Number(ERROR_STATUS.exec(textOf(chunk))?.[1])
    const exchange = exchangeOf(request)
    if (Number.isNaN(status) || mayPass(exchange)) return false
    if (exchange.sent?.status === status) writeToSocket(exchange.sent, socket)
    else answerSocket(new ScaiError(canonicalCode(status, request.headers)), socket, exchange, state, { request })
    swallow(socket)
    return true
  }
  socket.write = (...args: unknown[]) => refuse(args[0]) || write.apply(socket, args as Parameters<typeof write>)
  socket.end = (...args: unknown[]) => refuse(args[0]) ? socket : end.apply(socket, args as Parameters<typeof end>)
}

/** Written after the end, the rest would destroy the socket before the envelope is sent. */
function swallow (socket: Duplex): void {
  socket.write = (...args: unknown[]) => {
    callLast(args)
    return true
  }
  socket.end = (...args: unknown[]) => {
    callLast(args)
    return socket
  }
}

function textOf (chunk: unknown): string {
  return ArrayBuffer.isView(chunk)
    ? Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 16)).toString('latin1')
    : String(chunk)
}
