import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { canonicalCode } from '../error/status.js'
import { ScaiError } from '../error/scai-error.js'
import type { Settings } from '../respond/settings.js'
import { logError } from '../respond/log.js'
import { exchangeOf, requestIdOf } from '../respond/exchange.js'
import { createRequestId } from '../respond/request-id.js'
import { mayPass } from '../respond/route-declaration.js'
import { toResponse } from '../respond/response.js'
import type { ErrorResponse } from '../respond/response.js'

/** The errors of Node's HTTP parser that aren't simply a bad request. */
const CODES: ReadonlyMap<unknown, ScaiErrorCode> = new Map<unknown, ScaiErrorCode>([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'REQUEST_TIMEOUT'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'CONTENT_TOO_LARGE'],
  ['HPE_HEADER_OVERFLOW', 'REQUEST_HEADER_FIELDS_TOO_LARGE']
])

/**
 * Answers what Node's HTTP parser could not read. There is no request yet, so the id is a new one.
 * Nothing is written where a response to an earlier request has begun.
 */
export function answerClientError (cause: Error & { code?: string }, socket: Duplex, log: FastifyBaseLogger, settings: Settings): void {
  // Node.js itself tells by this whether a response is under way.
  if (cause.code === 'ECONNRESET' || !socket.writable || responseOn(socket)?.headersSent === true) {
    socket.destroy(cause)
    return
  }
  answerSocket(new ScaiError(CODES.get(cause.code) ?? 'BAD_REQUEST'), socket, log, settings)
}

/**
 * Answers what reaches a service's sockets beside requests: CONNECT, which Node.js would drop without
 * a byte, and handshakes (Upgrade) that are refused. And the second server that Fastify opens
 * for the other address of localhost gets the handlers of the first, which Fastify forgets.
 */
export function sealSockets (app: FastifyInstance, settings: Settings): void {
  app.addHook('onListen', done => {
    // Not on every machine has localhost a second address.
    /* c8 ignore start */
    for (const server of [app.server, ...secondaryServers(app)]) {
      for (const event of ['clientError', 'connect']) {
        if (server.listenerCount(event) > 0) continue
        for (const listener of app.server.listeners(event)) server.on(event, listener as () => void)
      }
    }
    /* c8 ignore stop */
    done()
  })
  app.addHook('onReady', done => {
    if (app.server.listenerCount('connect') === 0) {
      app.server.on('connect', (_request, socket: Duplex | Http2ServerResponse) => {
        // HTTP/2 has a response for it, and our class of responses does the rest.
        /* c8 ignore next */
        if ('writeHead' in socket) socket.writeHead(501).end()
        else answerSocket(new ScaiError('NOT_IMPLEMENTED'), socket, app.log, settings)
      })
    }
    // Without a listener, Node.js takes a handshake for an ordinary request.
    if (app.server.listenerCount('upgrade') > 0) {
      app.server.prependListener('upgrade', (request, socket) => sealHandshake(request, socket, app.log, settings))
    }
    done()
  })
}

/**
 * A handshake is answered with bytes of one's own (`ws`), or with a response that isn't sealed
 * (`@fastify/websocket`). Its first bytes tell: if they are those of an error, the envelope goes out
 * in their place, and the connection, which nobody reads any more, is closed.
 */
function sealHandshake (request: IncomingMessage, socket: Duplex, log: FastifyBaseLogger, settings: Settings): void {
  const { write, end } = socket
  const refuse = (chunk: unknown): boolean => {
    Object.assign(socket, { write, end })
    const status = Number(/^HTTP\/1\.\d ([45]\d\d)\b/.exec(String(chunk))?.[1])
    const exchange = exchangeOf(request)
    const { sent } = exchange
    if (Number.isNaN(status) || mayPass(exchange)) return false
    if (sent?.status === status) send(sent, socket)
    else answerSocket(new ScaiError(canonicalCode(status, request.headers)), socket, log, settings, requestIdOf(exchange))
    return true
  }
  socket.write = (...args: unknown[]) => refuse(args[0]) || write.apply(socket, args as Parameters<typeof write>)
  socket.end = (...args: unknown[]) => refuse(args[0]) ? socket : end.apply(socket, args as Parameters<typeof end>)
}

/** The response that Node.js is about to write to a socket. */
function responseOn (socket: Duplex): { headersSent: boolean } | undefined {
  return (socket as { _httpMessage?: { headersSent: boolean } })._httpMessage
}

/** Fastify keeps them to itself. */
function secondaryServers (app: FastifyInstance): Server[] {
  const bindings = Object.getOwnPropertySymbols(app).find(({ description }) => description === 'fastify.serverBindings')
  return (app as unknown as Record<symbol, Server[]>)[bindings!] ?? []
}

function answerSocket (error: ScaiError, socket: Duplex, log: FastifyBaseLogger, settings: Settings, requestId = createRequestId()): void {
  const response = toResponse(error, requestId, {}, settings)
  logError(log, error, { settings, event: 'socket_error', fields: { request_id: requestId } })
  send(response, socket)
}

/** Writes a complete HTTP response, and closes the connection. */
function send ({ status, headers, body }: ErrorResponse, socket: Duplex): void {
  const head = { date: new Date().toUTCString(), ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')
  // On CONNECT and Upgrade, Node.js has taken its own listener off: a reset would end the process.
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${body}`, () => socket.destroy())
}
