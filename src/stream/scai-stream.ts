import type { FastifyReply } from 'fastify'
import { EventStream } from './event-stream.js'
import type { ScaiStreamOptions } from './options.js'
import type { ScaiStreamSource } from './source.js'

/**
 * `reply.scaiStream`: sends the items of a source as server-sent events.
 *
 * Nothing is sent before the first item. An error until then is passed to Fastify like any other; a later one
 * becomes an error frame. The body is a stream that Fastify sends like any other, so hooks, cookies, CORS,
 * HEAD, HTTP/2 and Fastify's log lines work as usual.
 */
export function scaiStream (this: FastifyReply, source: ScaiStreamSource, options: ScaiStreamOptions = {}): FastifyReply {
  new EventStream(this, options).start(source)
  return this
}
