import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../scai-error.js'

/**
 * Answers requests that arrive while the service closes with `SERVICE_DRAINING`; those that arrived
 * before are left to finish.
 *
 * Needs `return503OnClosing: false`: Fastify would answer them by itself.
 */
export function drain (app: FastifyInstance): void {
  let closing = false
  const late = new WeakSet<object>()

  app.addHook('preClose', done => {
    closing = true
    done()
  })
  // When a request arrived counts, not how far it has come since.
  app.addHook('onRequest', (request, _reply, done) => {
    if (closing) late.add(request)
    done()
  })
  // Later than it could be: the onRequest hooks of all others (CORS) have had their say.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (closing && late.has(request)) done(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }))
    else done(null, payload)
  })
}
