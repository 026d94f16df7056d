import { errorCodes } from 'fastify'
import type { FastifyReply } from 'fastify'
import { read } from '../error/read.js'

/** What a stream does when the route's `handlerTimeout` is over. */
export interface OnTimeout {
  /** The response has begun, or Fastify doesn't watch any more: it is ours to say. */
  fail (error: unknown): void
  /** Fastify answers. */
  giveWay (error: unknown): void
}

/**
 * Has the route's `handlerTimeout` end in a frame, too. Fastify would destroy a response that has
 * begun, but leaves one that was hijacked. And it turns its timer off as soon as the request's body is
 * read, for it takes the request's `close` for a client that has left: then a timer of ours goes on.
 *
 * @returns ends the watch
 */
export function watchHandlerTimeout (reply: FastifyReply, { fail, giveWay }: OnTimeout): () => void {
  const { handlerTimeout, url } = reply.request.routeOptions
  if (handlerTimeout === 0) return () => {}

  const { signal } = reply.request
  let over = false
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    if (read(signal.reason, 'code') !== 'FST_ERR_HANDLER_TIMEOUT') {
      if (over) return
      const left = handlerTimeout - reply.elapsedTime
      timer = setTimeout(() => fail(new errorCodes.FST_ERR_HANDLER_TIMEOUT(handlerTimeout, url)), left).unref()
    } else if (reply.raw.headersSent) {
      // Also where only the client is late: what is there already must still reach it.
      reply.hijack()
      fail(signal.reason)
    } else {
      giveWay(signal.reason)
    }
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return () => {
    over = true
    clearTimeout(timer)
  }
}
