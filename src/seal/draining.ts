import type { FastifyInstance } from 'fastify'
import { exchangeOf } from '../respond/exchange.js'
import { ScaiError } from '../error/scai-error.js'
import type { ServerState } from './server-state.js'

/**
 * Answers requests that arrive while the service closes with `SERVICE_DRAINING`; those that arrived
 * before are left to finish, however far they have come. When a request arrives, `genReqId` notes
 * whether it is late: nothing of ours is asked earlier.
 *
 * Needs `return503OnClosing: false`: Fastify would answer them by itself.
 */
export function drain (app: FastifyInstance, server: ServerState): void {
  app.addHook('onReady', done => {
    // Added last, it is called first: a preClose hook would wait for those of others.
    (app as FastifyInstance & Closable).onClose((_app, closed) => {
      server.closing = true
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

/** Public, but missing in Fastify's types. */
interface Closable {
  onClose (callback: (app: FastifyInstance, done: () => void) => void): void
}
