import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createFrom } from '../error/scai-error.js'
import { exchangeOf } from './exchange.js'
import { answer, classifyFor, handleError } from './handle-error.js'
import { idField, logFailedHook } from './log.js'
import { headersOf, putHead, respondAtOnce } from './respond.js'
import type { Settings } from './settings.js'

/**
 * Sets the error handler of a scope.
 *
 * @throws if another one is set, and `allowErrorHandlerOverride` is false
 */
export function setErrorHandler (app: FastifyInstance, settings: Settings): void {
  app.setErrorHandler((thrown, request, reply) => handleError(thrown, request, reply, settings))
  answerFailedHooks(app, settings)
}

/**
 * Handles what an onSend hook throws while an error is being sent. Fastify calls each error handler once for each
 * reply, then its parent, and in the end answers by itself, with the status and headers of what was thrown. So our
 * handler gets a parent that is ours, too, and is its own parent.
 *
 * A coded error replaces the first one. After a bug in the hook, the first one is still sent.
 */
function answerFailedHooks (app: FastifyInstance, settings: Settings): void {
  const func = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const exchange = exchangeOf(request.raw)
    const { sent } = exchange
    // It has been tampered with, and can't be sent.
    if (sent === undefined) return handleError(createFrom(thrown, 'INTERNAL_ERROR'), request, reply, settings)
    const error = classifyFor(request, thrown, undefined, settings)
    const isNews = error.code !== 'INTERNAL_ERROR' && error.code !== sent.code
    if (!isNews || reply.raw.headersSent) logFailedHook(request.log, thrown, idField(request, exchange))
    if (reply.raw.headersSent) return
    const present = headersOf(reply)
    const response = isNews ? answer(error, reply, exchange, present, settings) : sent
    putHead(response, reply, exchange, present)
    // Without the hooks: the one that failed may have hijacked the reply, or would fail again.
    respondAtOnce(response, reply)
  }
  const parent: object = new Proxy({ func }, { getPrototypeOf: () => parent })
  for (const key of Object.getOwnPropertySymbols(app)) {
    if (key.description === 'fastify.errorHandler') Object.setPrototypeOf((app as unknown as Record<symbol, object>)[key], parent)
  }
}
