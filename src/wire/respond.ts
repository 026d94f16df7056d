import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { CatalogEntry } from '../catalog/definition.js'
import { parseRetryAfter } from '../retry-after.js'
import { entryOf } from '../scai-error.js'
import type { ScaiError } from '../scai-error.js'
import { envelope } from './envelope.js'
import { REQUEST_ID_HEADER } from './request-id.js'

export interface RespondOptions {
  /** How many details are sent at most. */
  readonly maxDetails: number
  /** Whether `x-should-retry` is sent. */
  readonly retryHeaders: boolean
}

/** Headers that say how the body is framed: here they are ours alone. */
const FRAMING = ['content-encoding', 'content-length', 'content-type', 'trailer', 'transfer-encoding', REQUEST_ID_HEADER]

/** Headers that a reply may already have, of a body that now never comes. */
const STALE = new Set([
  ...FRAMING, 'accept-ranges', 'age', 'cache-control', 'content-digest', 'content-disposition', 'content-language',
  'content-location', 'content-md5', 'content-range', 'etag', 'expires', 'last-modified', 'repr-digest', 'x-should-retry'
])

/** Sent as `x-should-retry`, which the OpenAI and Anthropic SDKs obey; the other classes leave it to them. */
const SHOULD_RETRY: Readonly<Record<string, string>> = { yes: 'true', no: 'false' }

/**
 * Puts an error onto a reply: status, headers and body.
 *
 * The body is a ready string with its full content type, and the reply's serializer is reset: that is
 * what makes Fastify skip a route's response schema, reply serializers and preSerialization hooks,
 * each of which would rewrite or empty the envelope. It is also the fastest way.
 */
export function respond (error: ScaiError, requestId: string, reply: FastifyReply, options: RespondOptions): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (STALE.has(name) || !isValidHeader(name, value)) reply.removeHeader(name)
  }
  for (const [name, value] of Object.entries(error.headers ?? {})) {
    if (!FRAMING.includes(name.toLowerCase()) && isValidHeader(name, value)) reply.header(name, value)
  }

  const entry = entryOf(error)
  const retryAfter = retryAfterOf(error, entry, reply)
  if (retryAfter === undefined) reply.removeHeader('retry-after')
  else reply.header('retry-after', String(retryAfter))
  // Errors with status 404, 405, 410, 414 and 501 could otherwise be cached (RFC 9110, section 15.1).
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  if (entry.challenge !== false && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', entry.challenge)
  if (options.retryHeaders && entry.retry in SHOULD_RETRY) reply.header('x-should-retry', SHOULD_RETRY[entry.retry])

  reply
    .code(entry.status)
    .header(REQUEST_ID_HEADER, requestId)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(null as never)
    .send(envelope(error, requestId, retryAfter, options.maxDetails))
}

/** A delay that is already on the reply (rate-limit, under-pressure) is taken over: the longer one counts. */
function retryAfterOf (error: ScaiError, entry: CatalogEntry, reply: FastifyReply): number | undefined {
  if (entry.retryAfter === 'never') return undefined
  const present = parseRetryAfter(reply.getHeader('retry-after'))
  return present === undefined ? error.retryAfter : Math.max(present, error.retryAfter ?? 0)
}

function isValidHeader (name: string, value: unknown): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value as string)
    return true
  } catch {
    return false
  }
}
