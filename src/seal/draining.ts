import type { Server, ServerResponse } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { exchangeOf } from '../respond/exchange.js'
import { toObject, without } from './held-head.js'
import { secondaryServersOf } from './secondary-servers.js'
import type { ServerState } from './server-state.js'

/** How many milliseconds a connection may be idle while its server closes. */
const IDLE = 1

/**
 * Answers requests that arrive while the service closes with `SERVICE_DRAINING`; those that arrived
 * before are left to finish, however far they have come, and close their connections. When a request
 * arrives, `genReqId` notes whether it is late: nothing of ours is asked earlier.
 *
 * Needs `return503OnClosing: false`: Fastify would answer them by itself.
 */
export function drain (app: FastifyInstance, server: ServerState): void {
  const sessions = sessionsOf(app)
  app.addHook('onReady', done => {
    // Added last, it is called first: a preClose hook would wait for those of others.
    (app as FastifyInstance & Closable).onClose((_app, closed) => {
      server.closing = true
      // A response that has begun can't say any more that it is the last on its connection.
      for (const open of serversOf(app)) Object.assign(open, { keepAliveTimeout: IDLE })
      for (const session of sessions) session.close()
      closed()
    })
    done()
  })
  // Later than it could be: the onRequest hooks of all others (CORS) have had their say.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (server.closing && exchangeOf(request.raw).late) done(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }))
    else done(null, payload)
  })
}

function serversOf (app: FastifyInstance): Server[] {
  return [app.server, ...secondaryServersOf(app)]
}

/**
 * The sessions of HTTP/2 that are open. Once closed, they let what is under way finish, and tell their clients to go
 * elsewhere; Node.js closes them by itself from its version 24 on.
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
 * Has a response of HTTP/1 whose head isn't out be the last on its connection, unless a late request waits
 * behind it: then the answer to that one is.
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

/** What `writeHead` is given, but for what it says of the connection. */
export function withoutConnection<Given> (given: Given): Given {
  return typeof given === 'object' ? without(toObject(given), ['connection']) as Given : given
}

/** Public, but missing in Fastify's types. */
interface Closable {
  onClose (callback: (app: FastifyInstance, done: () => void) => void): void
}
