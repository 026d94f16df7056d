import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { exchangeOf } from './exchange.js'
import { isStale } from './response.js'
import type { ErrorResponse, Headers } from './response.js'

/**
 * Sends an error response.
 *
 * Its body is a ready string with its full content type, and the reply's serializer is reset: that is
 * what makes Fastify skip a route's response schema, reply serializers and preSerialization hooks,
 * each of which would rewrite or empty the envelope. It is also the fastest way.
 *
 * @param present the headers that the reply has so far
 */
export function respond (response: ErrorResponse, reply: FastifyReply, present: Headers): void {
  putHead(response, reply, present)
  reply.serializer(null as never).send(response.body)
}

/** Sends an error response, whose head is on the reply already, past Fastify: the last way out. */
export function sendRaw ({ status, body }: ErrorResponse, reply: FastifyReply): void {
  reply.raw.writeHead(status, { ...reply.getHeaders() as OutgoingHttpHeaders, 'content-length': Buffer.byteLength(body) })
  reply.raw.end(body)
}

/**
 * Puts status and headers of an error response onto a reply.
 *
 * @param present the headers that the reply has so far
 */
export function putHead (response: ErrorResponse, reply: FastifyReply, present: Headers): void {
  for (const name in present) {
    // What is set anew need not be removed: `delete` is dear.
    if (!(name in response.headers) && isStale(name, present[name])) reply.removeHeader(name)
  }
  dropTrailers(reply)
  reply.code(response.status).headers(response.headers as Record<string, string>)
  exchangeOf(reply.raw).sent = response
}

/** Trailers belong to the body that never comes; Fastify keeps their names to itself. */
function dropTrailers (reply: FastifyReply): void {
  trailers ??= Object.getOwnPropertySymbols(reply).find(({ description }) => description === 'fastify.reply.trailers')
  for (const name in (reply as unknown as Record<symbol, object | null>)[trailers!]) reply.removeTrailer(name)
}

let trailers: symbol | undefined
