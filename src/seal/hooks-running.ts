import type { FastifyReply } from 'fastify'
import { isError } from '../error/read.js'
import { internalSymbol } from '../respond/internals.js'

/** What Fastify knows of a reply, by symbols of its own. */
type Internals = Record<symbol, unknown>

/**
 * Drops an error that is sent while onError hooks run: another one is about to be answered. Fastify throws there,
 * and where the sender is Fastify itself (an async handler that forgot to return, a `handlerTimeout`), nobody
 * catches it: the process would end. What a hook sends, Fastify refuses, and asks the next one.
 */
export function createSendDropper (): (reply: FastifyReply) => void {
  // Of one app, and so of one copy of Fastify.
  let context: symbol | undefined
  let running: symbol | undefined
  return reply => {
    context ??= internalSymbol(reply, 'fastify.context')!
    running ??= internalSymbol(reply, 'fastify.reply.isRunningOnErrorHook')!
    // Ours alone is synchronous.
    if (((reply as unknown as Internals)[context] as { onError: unknown[] }).onError.length > 1) dropErrors(reply, running)
  }
}

function dropErrors (reply: FastifyReply, running: symbol): void {
  const { send } = reply
  reply.send = function (this: FastifyReply, payload?: unknown) {
    if ((this as unknown as Internals)[running] !== true || !isError(payload)) return send.call(this, payload)
    this.log.warn('An error that was sent while onError hooks ran is dropped: another one is answered')
    return this
  } as typeof send
}
