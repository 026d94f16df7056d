import type { Server, ServerResponse } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { exchangeOf } from '../respond/exchange.js'
import { toObject, without } from './held-head.js'
import { secondaryServersOf } from './secondary-servers.js'
import { isClosing, noteClosing } from './server-state.js'
import type { ServerState } from './server-state.js'

/** The longest time, in milliseconds, that a connection may be idle while its server closes. */
const IDLE = 1

/**
 * Answers requests that arrive while the service closes with `SERVICE_DRAINING`. Requests that arrived before
 * are finished, and close their connections. `genReqId`, which runs first of all our code, notes whether a
 * request is late.
 *
 * Needs `return503OnClosing: false`: Fastify would answer them by itself.
 */
export function drain (app: FastifyInstance, server: ServerState): void {
  const sessions = sessionsOf(app)
  app.addHook('onReady', done => {
    // Added last, it is called first. A preClose hook would wait for those of others.
    (app as FastifyInstance & Closable).onClose((_app, closed) => {
      noteClosing(server, app.server)
      // A response that has begun can't announce that it is the last on its connection.
      for (const open of serversOf(app)) Object.assign(open, { keepAliveTimeout: IDLE })
      for (const session of sessions) session.close()
      closed()
    })
    done()
  })
  // Not earlier, so that the onRequest hooks of others (CORS) run first.
  app.addHook('preParsing', function turnAwayLate (request, _reply, payload, done) {
    if (isClosing(server, app.server) && exchangeOf(request.raw).late) done(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }))
    else done(null, payload)
  })
}

/** Whether the service closes that this response is one of; where that isn't known, whether any does that shares its options. */
export function isOfClosing (response: ServerResponse, server: ServerState): boolean {
  if (server.closing === undefined) return false
  const { request } = exchangeOf(response)
  return request === undefined || isClosing(server, request.server.server)
}

function serversOf (app: FastifyInstance): Server[] {
  return [app.server, ...secondaryServersOf(app)]
}

/**
 * The sessions of HTTP/2 that are open. Once closed, they let the requests in flight finish, and their clients send
 * the next ones elsewhere. From version 24 on, Node.js closes them by itself.
 */
function sessionsOf (app: FastifyInstance): Set<Http2Session> {
  const sessions = new Set<Http2Session>()
  const watch = (server: Server): void => {
    server.on('session', (session: Http2Session) => {
      sessions.add(session)
      session.once('close', () => sessions.delete(session))
    })
  }
  watch(app.server)
  app.addHook('onListen', done => {
    secondaryServersOf(app).forEach(watch)
    done()
  })
  return sessions
}

/**
 * Makes an HTTP/1 response whose head isn't sent the last on its connection, unless a late request waits behind
 * it; then the answer to that one is the last.
 */
export function closeConnection (response: ServerResponse): void {
  if (response.headersSent || (isAwaited(response) && !exchangeOf(response).late)) return
  response.setHeader('connection', 'close')
}

// Connections on which a request has arrived late.
const awaited = new WeakSet<object>()

/** Notes that a request arrived after `close()` was called. */
export function noteLate (request: { socket?: object }): void {
  exchangeOf(request).late = true
  if (request.socket !== undefined) awaited.add(request.socket)
}

function isAwaited ({ req }: ServerResponse): boolean {
  return awaited.has(req.socket)
}

/** The arguments of `writeHead` without the headers of the connection. */
export function withoutConnection<Given> (given: Given): Given {
  return typeof given === 'object' ? without(toObject(given), name => name.toLowerCase() === 'connection') as Given : given
}

/** Public, but missing in Fastify's types. */
interface Closable {
  onClose (callback: (app: FastifyInstance, done: () => void) => void): void
}
