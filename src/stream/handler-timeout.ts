import { errorCodes } from 'fastify'
import type { FastifyReply } from 'fastify'
import { read } from '../error/read.js'

/** What a stream does when the route's `handlerTimeout` has passed. */
export interface OnTimeout {
  /** The response has begun, or Fastify doesn't watch any more: it is ours to say. */
  fail (error: unknown): void
  /** Fastify answers. */
  giveWay (error: unknown): void
}

/**
 * Makes the route's `handlerTimeout` end in an error frame, too. Fastify would destroy a response that has
 * begun, but not one that was hijacked. It also stops its timer as soon as the request's body is read, since
 * it takes the request's `close` for a disconnected client; then a timer of ours continues.
 *
 * @returns a function that stops watching
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
      // Also if only the client is slow: what is already there must still reach it.
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
