import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createFrom } from '../error/scai-error.js'
import { exchangeOf } from './exchange.js'
import { answer, classifyFor, handleError } from './handle-error.js'
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
 * Has Fastify ask us, too, about what an onSend hook throws while an error is answered. It asks each handler once a
 * reply, then that one's parent, and in the end answers by itself, with status and headers of whatever was thrown. So
 * ours has a parent of ours, which is its own parent.
 *
 * What has a code is answered in place of the first error; under a bug of the hook, the answer stays.
 */
function answerFailedHooks (app: FastifyInstance, settings: Settings): void {
  const func = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { sent } = exchangeOf(request.raw)
    // An error that has been tampered with can't be sent.
    if (sent === undefined) return handleError(createFrom(thrown, 'INTERNAL_ERROR'), request, reply, settings)
    const error = classifyFor(request, thrown, undefined, settings)
    const isNews = error.code !== 'INTERNAL_ERROR' && error.code !== sent.code
    if (!isNews || reply.raw.headersSent) logFailedHook(request.log, thrown, idField(request))
    if (reply.raw.headersSent) return
    const present = reply.getHeaders()
    const response = isNews ? answer(error, request, reply, present, settings) : sent
    putHead(response, reply, present)
    // Not through the hooks again: the one that failed may have hijacked the reply, or would fail on this, too.
    respondAtOnce(response, reply)
  }
  const parent: object = new Proxy({ func }, { getPrototypeOf: () => parent })
  for (const key of Object.getOwnPropertySymbols(app)) {
    if (key.description === 'fastify.errorHandler') Object.setPrototypeOf((app as unknown as Record<symbol, object>)[key], parent)
  }
}
