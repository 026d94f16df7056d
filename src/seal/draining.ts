import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../scai-error.js'

/**
 * Answers requests that arrive while the service closes with `SERVICE_DRAINING`; those that arrived
 * before are left to finish.
 *
 * Needs `return503OnClosing: false`: Fastify would answer them by itself.
 *
 * @returns to be called when a request arrives: that counts, not how far it has come since
 */
export function drain (app: FastifyInstance): (request: object) => void {
  let closing = false
  const late = new WeakSet<object>()

  app.addHook('preClose', done => {
    closing = true
    done()
  })
  // Later than it could be: the onRequest hooks of all others (CORS) have had their say.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (closing && late.has(request)) done(new ScaiError('SERVICE_DRAINING', { retryAfter: 1 }))
    else done(null, payload)
  })
  return request => { if (closing) late.add(request) }
}
