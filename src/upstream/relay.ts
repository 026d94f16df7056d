import type { IncomingHttpHeaders } from 'node:http'
import { PassThrough, finished } from 'node:stream'
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isOfConnection } from '../error/connection-headers.js'
import { REQUEST_ID_PATTERN } from '../error/envelope-schema.js'
import { read } from '../error/read.js'
import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { canonicalCode } from '../error/status.js'
import { contextOf, headersOf, parse } from './answer.js'
import type { Answer } from './answer.js'
import { moduleAnswered, moduleFailed } from './module.js'
import { ofThrown } from './provider.js'
import { readBody, readableOf } from './response.js'

/** What `@fastify/reply-from` got, in each of its three ways. */
interface Relayed {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly stream: Readable
}

// Of any server: reply-from's own types are those of all of them at once, which none of Fastify's fits.
type AnyRequest = FastifyRequest<any, any, any, any, any, any, any>
type AnyReply = FastifyReply<any, any, any, any, any, any, any>

/** The options of `reply.from`. */
export interface RelayOptions {
  rewriteRequestHeaders (request: AnyRequest, headers: any): IncomingHttpHeaders
  rewriteHeaders (): IncomingHttpHeaders
  onResponse (request: AnyRequest, reply: AnyReply, response: unknown): void
  onError (reply: AnyReply, failed: { error: Error }): void
  retryDelay (attempt: RelayAttempt): number | null
}

/** What reply-from says of an attempt. */
export interface RelayAttempt {
  readonly req: unknown
  readonly res?: unknown
  readonly err?: Error | null
  readonly attempt: number
  getDefaultDelay (req: unknown, res: unknown, err: unknown, attempt: number): number | null
}

/**
 * Options for `@fastify/http-proxy` (`replyOptions`) and `@fastify/reply-from` (`reply.from(url, …)`)
 * before a service of your own: its error envelopes pass as they are, with the request's id, and
 * nothing else of its error responses; whatever else goes wrong is told as `fromModule` tells it.
 *
 * @example
 * app.register(httpProxy, { upstream: queueUrl, prefix: '/queue', replyOptions: relayReplies() })
 */
export function relayReplies (): RelayOptions {
  return {
    rewriteRequestHeaders: (request, headers) => ({
      ...headers,
      'x-request-id': String(request.id),
      // An envelope must be read, however it is compressed.
      ...('accept-encoding' in headers && { 'accept-encoding': readableOf(headers['accept-encoding']) })
    }),
    // Before onResponse nobody knows whether these are an error's.
    rewriteHeaders: () => ({}),
    onResponse (request, reply, response) {
      const relayed = response as Relayed
      if (relayed.statusCode < 400) relay(reply, relayed)
      else errorIn(request, relayed).then(error => reply.send(error))
    },
    onError (reply, { error }) {
      // Of Node.js' own client, it comes for a body that breaks off, too.
      restore(reply)
      // It stands for what Node.js or undici threw.
      reply.send(notAnswered(read(error, 'cause')))
      // Nobody else ends a body whose module is gone.
      if (reply.raw.headersSent) reply.raw.destroy()
    },
    // By itself, reply-from asks up to ten times more within milliseconds where a module says 503.
    retryDelay: ({ req, res, err, attempt, getDefaultDelay }) => res == null ? getDefaultDelay(req, res, err, attempt) : null
  }
}

function relay (reply: FastifyReply, { headers, stream }: Relayed): void {
  headersBefore.set(reply, reply.getHeaders())
  const named = String(headers.connection).toLowerCase().split(/\s*,\s*/)
  for (const [name, value] of Object.entries(headers)) {
    // A trailer that is announced and can't come would end the process.
    if (!name.startsWith(':') && !isOfConnection(name) && !named.includes(name)) reply.header(name, value)
  }
  const body = new PassThrough()
  finished(stream, { writable: false }, error => {
    if (error != null && restore(reply)) body.destroy(notAnswered(error))
  })
  body.once('close', () => { stream.destroy() })
  reply.send(stream.pipe(body))
}

/** The headers that a reply had before those of a module. */
const headersBefore = new WeakMap<FastifyReply, ReturnType<FastifyReply['getHeaders']>>()

/**
 * Takes back the head of an answer whose body never comes.
 *
 * @returns whether nobody else did
 */
function restore (reply: FastifyReply): boolean {
  const before = headersBefore.get(reply)
  if (before === undefined) return false
  headersBefore.delete(reply)
  if (reply.raw.headersSent) return true
  for (const name of Object.keys(reply.getHeaders())) {
    if (name in before) continue
    reply.removeHeader(name)
    // Fastify sets those of a stream before its first chunk.
    reply.raw.removeHeader(name)
  }
  reply.headers(before as Parameters<FastifyReply['headers']>[0])
  return true
}

async function errorIn (request: FastifyRequest, { statusCode, headers, stream }: Relayed): Promise<ScaiError> {
  const head = { status: statusCode, header: headersOf(headers) }
  const body = parse(await readBody(stream, head.header('content-encoding')))
  return request.method === 'HEAD' ? ofHead(head) : moduleAnswered({ ...head, body }, undefined)
}

/** An envelope's head, where nobody asked for its body: its status tells, and the code is not sent. */
function ofHead (head: Omit<Answer, 'body'> & { readonly status: number }): ScaiError {
  const isEnvelopes = REQUEST_ID_PATTERN.test(String(head.header('x-request-id'))) && /^application\/json\b/.test(String(head.header('content-type')))
  if (!isEnvelopes) return moduleAnswered({ ...head, body: undefined }, undefined)
  return createFrom(undefined, canonicalCode(head.status), { context: contextOf({ ...head, body: undefined }) })
}

/** Whatever it was that isn't known, the module didn't answer. */
function notAnswered (cause: unknown): ScaiError {
  return ofThrown(cause, { answered: moduleAnswered, failed: moduleFailed, otherwise: 'unreachable' })
}
