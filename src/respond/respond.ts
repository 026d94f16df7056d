import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Exchange } from './exchange.js'
import { internalReader } from './internals.js'
import { isStale } from './response.js'
import type { ErrorResponse, Headers } from './response.js'

/**
 * Sends an error response.
 *
 * The body is a string with its full content type, and the reply's serializer is reset. This makes Fastify
 * skip the route's response schema, reply serializers and preSerialization hooks, each of which would change
 * or empty the envelope. It is also the fastest way.
 *
 * @param present the headers that the reply has so far
 */
export function respond (response: ErrorResponse, reply: FastifyReply, exchange: Exchange, present: Headers): void {
  putHead(response, reply, exchange, present)
  reply.serializer(null as never).send(response.body)
}

/**
 * Writes an error response whose head is on the reply, without the hooks, because one of them failed on it. Fastify
 * would call that hook again, write a body of its own, or end the process because of a thrown value that is no error.
 */
export function respondAtOnce ({ status, body }: ErrorResponse, reply: FastifyReply): void {
  reply.hijack()
  reply.raw.writeHead(status, { ...reply.getHeaders() as OutgoingHttpHeaders, 'content-length': Buffer.byteLength(body) })
  reply.raw.end(body)
}

/** The headers that a reply has so far, without the copy of `getHeaders` where all of them are Fastify's. */
export function headersOf (reply: FastifyReply): Headers {
  return reply.raw.getHeaderNames().length === 0 ? ownHeadersOf(reply) : reply.getHeaders()
}

const ownHeadersOf = internalReader<Headers>('fastify.reply.headers')

/**
 * Puts the status and headers of an error response on a reply.
 *
 * @param present the headers that the reply has so far
 */
export function putHead (response: ErrorResponse, reply: FastifyReply, exchange: Exchange, present: Headers): void {
  for (const name in present) {
    // A header that is set again need not be removed: `delete` is slow.
    if (!(name in response.headers) && isStale(name, present[name])) reply.removeHeader(name)
  }
  dropTrailers(reply)
  reply.code(response.status).headers(response.headers as Record<string, string>)
  exchange.sent = response
}

/** Trailers belong to the replaced body. */
function dropTrailers (reply: FastifyReply): void {
  for (const name in trailersOf(reply)) reply.removeTrailer(name)
}

const trailersOf = internalReader<object | null>('fastify.reply.trailers')
