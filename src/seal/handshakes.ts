import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { canonicalCode } from '../error/status.js'
import { exchangeOf } from '../respond/exchange.js'
import { mayPass } from '../respond/route-declaration.js'
import { callLast } from './call-last.js'
import { noteLate } from './draining.js'
import { isClosing } from './server-state.js'
import type { ServerState } from './server-state.js'
import { answerSocket, responseOn, writeToSocket } from './socket-response.js'

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
  // Every request is emitted: a list of arguments, or a closure over them, would have to be made for each.
  server.emit = function (this: Server, event: string, request: IncomingMessage, socket: Duplex): boolean {
    if (event === 'upgrade' || event === 'connect') {
      const isLate = isClosing(state, server)
      if (isLate) noteLate(request)
      if (waitForTurn(socket, this, [...arguments])) return true
      if (event === 'upgrade') {
        if (isLate) return refuseLate(request, socket, state)
        sealHandshake(request, socket, state)
      }
    }
    // Looked up each time, since tracing replaces it in the prototype.
    const emit = own ?? (Object.getPrototypeOf(this) as Server).emit
    return Reflect.apply(emit, this, arguments)
  } as Server['emit']
}

/**
 * Has what takes a connection away from HTTP wait until the responses before it are complete: what is written at
 * once would be taken for them, or for a part of them.
 *
 * @param args those of the event, which is emitted once more
 * @returns whether it has to wait
 */
function waitForTurn (socket: Duplex, server: Server, args: unknown[]): boolean {
  const response = responseOn(socket)
  if (response === undefined) return false
  // Node.js has taken its own listener off: a reset would end the process.
  socket.on('error', () => {})
  response.once('finish', () => {
    // The last response on its connection has closed it.
    if (socket.writable) Reflect.apply(server.emit, server, args)
  })
  return true
}

function refuseLate (request: IncomingMessage, socket: Duplex, state: ServerState): true {
  answerSocket(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }), socket, exchangeOf(request), state, { request })
  return true
}

const ERROR_STATUS = /^HTTP\/1\.\d ([45]\d\d)\b/
/** How many bytes tell what an answer is. */
const TELLING = 'HTTP/1.1 101'.length

/**
 * A handshake is answered with raw bytes (`ws`), or with a response that isn't sealed (`@fastify/websocket`). Its
 * first bytes are held back until they show what it is: if they are those of an error, the envelope is sent
 * instead, the rest is discarded, and the connection, which nobody reads any more, is closed.
 */
function sealHandshake (request: IncomingMessage, socket: Duplex, state: ServerState): void {
  const { write, end } = socket
  let held = ''
  /** Whether what is written must not go out: it is held back, or refused. */
  const withhold = (args: unknown[], isLast: boolean): boolean => {
    const head = held + textOf(args[0])
    if (head.length < TELLING && !isLast) {
      held = head
      callLast(args)
      return true
    }
    Object.assign(socket, { write, end })
    const status = Number(ERROR_STATUS.exec(head)?.[1])
    const exchange = exchangeOf(request)
    if (Number.isNaN(status) || mayPass(exchange)) {
      if (held !== '') socket.write(held, 'latin1')
      return false
    }
    if (exchange.sent?.status === status) writeToSocket(exchange.sent, socket)
    else answerSocket(new ScaiError(canonicalCode(status, request.headers)), socket, exchange, state, { request })
    swallow(socket)
    return true
  }
  socket.write = (...args: unknown[]) => withhold(args, false) || write.apply(socket, args as Parameters<typeof write>)
  socket.end = (...args: unknown[]) => withhold(args, true) ? socket : end.apply(socket, args as Parameters<typeof end>)
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
  if (typeof chunk === 'string') return chunk
  return ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 16)).toString('latin1') : ''
}
