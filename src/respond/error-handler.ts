import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isScaiError } from '../error/scai-error.js'
import { exchangeOf } from './exchange.js'
import { handleError } from './handle-error.js'
import { sendRaw } from './respond.js'
import type { Settings } from './settings.js'

/**
 * Sets the error handler of a scope.
 *
 * @throws where Fastify refuses to set one: another one is set, and `allowErrorHandlerOverride` is false
 */
export function setErrorHandler (app: FastifyInstance, settings: Settings): void {
  app.setErrorHandler((thrown, request, reply) => handleError(thrown, request, reply, settings))
  answerCodedErrorsOfHooks(app, settings)
}

/**
 * Has Fastify ask us for a coded error, too, that an onSend hook throws while another error is answered. It
 * asks each handler once a reply, and then that one's parent: so ours gets a parent of ours. All others go
 * on to Fastify's own, which logs them; the answer stays.
 */
function answerCodedErrorsOfHooks (app: FastifyInstance, settings: Settings): void {
  const parent = {
    func (thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
      const { sent } = exchangeOf(request.raw)
      if (isScaiError(thrown) && sent?.code !== thrown.code) return handleError(thrown, request, reply, settings)
      // The hook has hijacked the reply before: Fastify's own handler could send nothing.
      if (sent !== undefined && reply.sent && !reply.raw.headersSent) return sendRaw(sent, reply)
      throw thrown
    }
  }
  for (const key of Object.getOwnPropertySymbols(app)) {
    if (key.description !== 'fastify.errorHandler') continue
    const own = (app as unknown as Record<symbol, object>)[key]!
    Object.setPrototypeOf(own, Object.setPrototypeOf(parent, Object.getPrototypeOf(own) as object))
  }
}
