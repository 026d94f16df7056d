import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { exchangeOf } from './exchange.js'
import { classifyFor, handleError } from './handle-error.js'
import { idField, logFailedHook } from './log.js'
import { putHead, respondAtOnce } from './respond.js'
import type { Settings } from './settings.js'

/**
 * Sets the error handler of a scope.
 *
 * @throws where Fastify refuses to set one: another one is set, and `allowErrorHandlerOverride` is false
 */
export function setErrorHandler (app: FastifyInstance, settings: Settings): void {
  app.setErrorHandler((thrown, request, reply) => handleError(thrown, request, reply, settings))
  answerFailedHooks(app, settings)
}

/**
 * Has Fastify ask us, too, about what an onSend hook throws while an error is answered: it asks each handler once a
 * reply, and then that one's parent. So ours gets a parent of ours, which Fastify's own would otherwise be: that one
 * takes over status and headers of whatever was thrown.
 *
 * What has a code is answered in place of the first error; under a bug of the hook, the answer stays.
 */
function answerFailedHooks (app: FastifyInstance, settings: Settings): void {
  const parent = {
    func (thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
      const { sent } = exchangeOf(request.raw)
      if (sent === undefined || reply.raw.headersSent) throw thrown
      const error = classifyFor(request, thrown, undefined, settings)
      if (error.code !== 'INTERNAL_ERROR' && error.code !== sent.code) return handleError(error, request, reply, settings)
      logFailedHook(request.log, thrown, idField(request))
      putHead(sent, reply, reply.getHeaders())
      respondAtOnce(sent, reply)
    }
  }
  for (const key of Object.getOwnPropertySymbols(app)) {
    if (key.description !== 'fastify.errorHandler') continue
    const own = (app as unknown as Record<symbol, object>)[key]!
    Object.setPrototypeOf(own, Object.setPrototypeOf(parent, Object.getPrototypeOf(own) as object))
  }
}
