import type { FastifyInstance, FastifyReply } from 'fastify'
import { ignoreFailure } from './discard.js'
import { isError } from '../error/read.js'
import { exchangeOf } from '../respond/exchange.js'
import type { Exchange } from '../respond/exchange.js'
import { classifyFor } from '../respond/handle-error.js'
import { internalOf, internalSymbol } from '../respond/internals.js'
import { findSettings } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'

type Reply = FastifyReply & Record<symbol, unknown>

/**
 * Keeps what was thrown, and intercepts `reply.send`, the one way into a reply, for what no hook sees:
 * - An error that is sent while onError hooks run is dropped, since another one is being sent. Fastify would throw,
 *   and if Fastify itself is the sender (an async handler without return, a `handlerTimeout`), that would end the
 *   process. Other payloads that a hook sends are refused by Fastify.
 * - What was thrown is an error, whatever its type. For Fastify, what an error handler rethrows or sends is an
 *   ordinary payload unless it is an `Error`.
 * - That a reply was sent is noted before any hook or serializer can fail on it.
 * - A stream that comes too late is nobody's: its failure would end the process.
 */
export function interceptSend (app: FastifyInstance): void {
  const { prototype } = internalOf(app, 'fastify.Reply') as { prototype: { send: (this: Reply, payload?: unknown) => unknown } }
  const { send } = prototype
  let running: symbol | undefined
  let failing: symbol | undefined

  app.addHook('onError', function noteThrown (_request, reply, error, done) {
    // Its symbol exists only once these hooks run.
    running ??= internalSymbol(reply, 'fastify.reply.isRunningOnErrorHook')
    const exchange = exchangeOf(reply.raw)
    exchange.hasThrown = true
    exchange.thrown = error
    done()
  })
  prototype.send = function (payload) {
    failing ??= internalSymbol(this, 'fastify.reply.isError')!
    if (running !== undefined && this[running] === true) {
      if (!isError(payload)) return send.call(this, payload)
      this.log.warn('An onError hook sent an error: it is dropped, because another error is being sent')
      return this
    }
    // An error that is passed to its handler is no reply yet.
    if (this[failing] === true || payload instanceof Error) return send.call(this, payload)

    if (this.sent) ignoreFailure(payload)
    const exchange = exchangeOf(this.request.raw)
    if (isThrown(payload, exchange, this)) return send.call(this, toError(payload, this))
    exchange.replied = true
    return send.call(this, payload)
  }
}

/** With a status set, it is meant as a reply. */
function isThrown (payload: unknown, { hasThrown, thrown }: Exchange, reply: Reply): boolean {
  return hasThrown && payload === thrown && internalOf(reply, 'fastify.reply.hasStatusCode') !== true
}

function toError (thrown: unknown, { request, statusCode }: Reply): Error {
  return classifyFor(request, thrown, statusCode, findSettings(request.server) as Settings)
}
