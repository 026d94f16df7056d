import type { FastifyReply } from 'fastify'
import { internalSymbol } from '../respond/internals.js'

/** What Fastify knows of a reply, by symbols of its own. */
type Internals = Record<symbol, unknown>

/**
 * Drops what is sent while onError hooks run: the error is about to be answered. Fastify throws there, and where
 * the sender is Fastify itself (an async handler that forgot to return, a `handlerTimeout`), nobody catches it:
 * the process would end.
 */
export function createSendDropper (): (reply: FastifyReply) => void {
  // Of one app, and so of one copy of Fastify.
  let context: symbol | undefined
  let running: symbol | undefined
  return reply => {
    context ??= internalSymbol(reply, 'fastify.context')!
    running ??= internalSymbol(reply, 'fastify.reply.isRunningOnErrorHook')!
    // Ours alone is synchronous.
    if (((reply as unknown as Internals)[context] as { onError: unknown[] }).onError.length > 1) dropSends(reply, running)
  }
}

function dropSends (reply: FastifyReply, running: symbol): void {
  const { send } = reply
  reply.send = function (this: FastifyReply, payload?: unknown) {
    if ((this as unknown as Internals)[running] !== true) return send.call(this, payload)
    this.log.warn('What was sent while onError hooks ran is dropped: the error is answered')
    // Not the reply, which is a promise of the response: a hook that awaited it would wait for itself.
    return undefined as never
  } as typeof send
}
