import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { exchangeOf } from '../respond/exchange.js'
import { toObject, without } from './held-head.js'
import { secondaryServersOf } from './secondary-servers.js'
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
  app.addHook('onReady', done => {
    // Added last, it is called first. A preClose hook would wait for those of others.
    (app as FastifyInstance & Closable).onClose((_app, closed) => {
      server.closing = true
      // A response that has begun can't announce that it is the last on its connection.
      for (const open of [app.server, ...secondaryServersOf(app)]) Object.assign(open, { keepAliveTimeout: IDLE })
      closed()
    })
    done()
  })
  // Not earlier, so that the onRequest hooks of others (CORS) run first.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (server.closing && exchangeOf(request.raw).late) done(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }))
    else done(null, payload)
  })
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
  return typeof given === 'object' ? without(toObject(given), ['connection']) as Given : given
}

/** Public, but missing in Fastify's types. */
interface Closable {
  onClose (callback: (app: FastifyInstance, done: () => void) => void): void
}
