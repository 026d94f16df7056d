import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { ScaiError } from '../error/scai-error.js'

/** For Fastify, a wrong method is a 404. It is a 405 if the URL has routes for other methods. */
export function toNotFound ({ raw: { method = '', url = '' }, server: app }: FastifyRequest): ScaiError {
  const allowed = app.supportedMethods.filter(candidate => app.findRoute({ method: candidate, url }) !== null)
  // With a route of its own, it was the handler that called this. And @fastify/cors answers OPTIONS everywhere.
  if (allowed.includes(method) || allowed.every(candidate => candidate === 'OPTIONS')) return new ScaiError('NOT_FOUND')
  return new ScaiError('METHOD_NOT_ALLOWED', { headers: { allow: allowed.join(', ') } })
}

const sendNotFound: RouteHandlerMethod = (request, reply) => { reply.send(toNotFound(request)) }

/**
 * Answers the unknown routes of a scope, unless somebody else does. A handler that is set before or after
 * replaces ours.
 */
export function answerUnknownRoutes (app: FastifyInstance): void {
  // @fastify/otel takes no hook without a handler.
  for (const answer of app.prefix === '' ? [answerBeforeDefault, answerPrefix] : [answerPrefix]) {
    try {
      return answer(app)
    } catch {
      // Fastify has one handler for a prefix, and this one has it. The reply guard does the rest.
    }
  }
}

/** Sets no handler, so that Fastify's own stays, which others may replace. A hook answers before that one does, and logs. */
function answerBeforeDefault (app: FastifyInstance): void {
  (app as FastifyInstance & HandlerLess).setNotFoundHandler({ preHandler: sendNotFound })
}

/** Missing in Fastify's types: the handler may be left out. */
interface HandlerLess {
  setNotFoundHandler (options: { preHandler: RouteHandlerMethod }): void
}

/**
 * Under a prefix Fastify has no handler of its own that others could replace, and refuses a second one. So
 * ours does what the second one, set later, would do: Fastify reads the options only when the app is ready.
 */
function answerPrefix (app: FastifyInstance): void {
  const { setNotFoundHandler } = app
  const options: Record<string, unknown> = {}
  let handler = sendNotFound
  setNotFoundHandler.call(
    app,
    options as never,
    function (this: FastifyInstance, request, reply) { return handler.call(this, request, reply) } as RouteHandlerMethod
  )

  app.setNotFoundHandler = function (this: FastifyInstance, ...args: unknown[]) {
    // A scope with a prefix of its own below has its own handler, and so has a third one its refusal.
    if (this.prefix !== app.prefix || handler !== sendNotFound) return setNotFoundHandler.apply(this, args as never)
    for (const given of args) {
      if (typeof given === 'function') handler = given.bind(this) as typeof handler
      else Object.assign(options, given)
    }
    return this
  } as typeof setNotFoundHandler
}
