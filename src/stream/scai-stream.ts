import type { FastifyReply } from 'fastify'
import { EventStream } from './event-stream.js'
import type { ScaiStreamOptions } from './options.js'
import type { ScaiStreamSource } from './source.js'

/**
 * `reply.scaiStream`: sends the items of a source as server-sent events.
 *
 * Nothing is sent before the first item. A failure until then is handed to Fastify as any error;
 * a later one becomes an error frame. The body is a stream that Fastify sends as any other: hooks,
 * cookies, CORS, HEAD, HTTP/2 and what the log says of a response come out as ever.
 */
export function scaiStream (this: FastifyReply, source: ScaiStreamSource, options: ScaiStreamOptions = {}): FastifyReply {
  new EventStream(this, options).start(source)
  return this
}
