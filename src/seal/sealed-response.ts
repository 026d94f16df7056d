import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { canonicalCode } from '../classify/http-status.js'
import { ScaiError } from '../scai-error.js'
import type { ServerState } from '../server-state.js'
import { logError } from '../wire/log.js'
import { isSent, markOf } from '../wire/mark.js'
import { requestIdOf } from '../wire/request-id.js'
import { isStale, toResponse, validateHeader } from '../wire/response.js'
import type { ErrorResponse } from '../wire/response.js'

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

/** How far a response with an error status has come. */
interface Progress {
  /** A head that was written, and is held back until the body shows whose it is. */
  held?: { readonly status: number, readonly headers: Headers }
  /** `open`: what is written goes through. `closed`: the envelope was sent, what is written is swallowed. */
  state?: 'open' | 'closed'
}

const PROGRESS = Symbol('progress')

/**
 * A class of responses that let no error through but ours: the last word on what no hook sees. That
 * is what Fastify writes after an onSend hook that keeps failing, raw and hijacked replies, and what
 * Node.js answers by itself (missing Host, bad Expect, too many requests on a socket).
 *
 * Under an error status the head is held back until the first `write` or `end`. If that brings the
 * envelope which was put onto the response, both go out as they are; anything else is discarded, and
 * the envelope of the status goes out instead. Below 400 it costs a comparison.
 */
export function seal<Class extends typeof ServerResponse> (Base: Class, server: ServerState): Class {
  class SealedResponse<Request extends IncomingMessage = IncomingMessage> extends (Base as typeof ServerResponse)<Request> {
    override writeHead (status: number, reason?: string | Headers, headers?: Headers): this {
      if (status < 400 || isOpen(this)) return super.writeHead(status, reason as string, headers)
      if (progressOf(this).state !== 'closed') hold(this, status, headers ?? (typeof reason === 'object' ? reason : {}))
      return this
    }

    override flushHeaders (): void {
      // Nothing shows yet whose head it is.
      if (this.statusCode < 400 || isOpen(this)) super.flushHeaders()
    }

    override write (chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
      if (this.statusCode < 400 || admit(this, chunk, server)) return super.write(chunk, encoding as BufferEncoding, callback as () => void)
      callLast(encoding, callback)
      return true
    }

    override end (chunk?: unknown, encoding?: unknown, callback?: unknown): this {
      if (this.statusCode < 400 || admit(this, chunk, server)) return super.end(chunk, encoding as BufferEncoding, callback as () => void)
      callLast(chunk, encoding, callback)
      return this
    }
  }
  return SealedResponse as Class
}

function progressOf (response: ServerResponse): Progress {
  const stage = response as { [PROGRESS]?: Progress }
  stage[PROGRESS] ??= {}
  return stage[PROGRESS]
}

function isOpen (response: ServerResponse): boolean {
  const { state } = progressOf(response)
  return state === 'open' || (state === undefined && (response.headersSent || markOf(response).pass === true))
}

/** @throws where Node.js would refuse the headers: Fastify relies on it */
function hold (response: ServerResponse, status: number, headers: Headers): void {
  for (const [name, value] of entriesOf(headers)) validateHeader(name, value)
  response.statusCode = status
  progressOf(response).held = { status, headers }
}

/** Whether this part of a body may go out. The first part of one that isn't ours sends the envelope in its place. */
function admit (response: ServerResponse, chunk: unknown, server: ServerState): boolean {
  if (isOpen(response)) return true
  const progress = progressOf(response)
  if (progress.state === 'closed') return false

  const held = Object.fromEntries(entriesOf(progress.held?.headers ?? {}))
  const isOurs = isSent(markOf(response), response.statusCode, chunk, response.hasHeader('content-encoding') || 'content-encoding' in held)
  progress.state = 'open'
  if (isOurs) {
    if (progress.held !== undefined) response.writeHead(progress.held.status, progress.held.headers)
  } else {
    replace(response, held, server)
    progress.state = 'closed'
  }
  return isOurs
}

function replace (response: ServerResponse, held: OutgoingHttpHeaders, server: ServerState): void {
  const present = { ...response.getHeaders(), ...held }
  const { status, headers, body } = responseFor(response, present, server)
  for (const [name, value] of Object.entries(present)) {
    if (isStale(name, value)) response.removeHeader(name)
    else response.setHeader(name, value!)
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.statusCode = status
  // A reason phrase of somebody's own could say anything. HTTP/2 has none, and warns of it.
  if (response.req.httpVersionMajor === 1) response.statusMessage = STATUS_CODES[status]!
  response.end(body)
}

function responseFor (response: ServerResponse, present: OutgoingHttpHeaders, { settings, log }: ServerState): ErrorResponse {
  const { sent } = markOf(response)
  if (sent?.status === response.statusCode) return sent
  const error = new ScaiError(canonicalCode(response.statusCode, response.req.headers.authorization !== undefined))
  const requestId = requestIdOf(response.req)
  if (log !== undefined) logError(log, error, { request_id: requestId })
  return toResponse(error, requestId, present, settings)
}

/** The forms that `writeHead` takes: an object, names and values in turn, or pairs of them. */
function entriesOf (headers: Headers): Array<[name: string, value: OutgoingHttpHeader]> {
  if (!Array.isArray(headers)) return lowerCased(Object.entries(headers) as Array<[string, OutgoingHttpHeader]>)
  if (headers.every(Array.isArray)) return lowerCased(headers as unknown as Array<[string, OutgoingHttpHeader]>)
  return lowerCased(headers.flatMap((name, i) => i % 2 === 0 ? [[String(name), headers[i + 1]!]] : []))
}

function lowerCased (entries: Array<[name: string, value: OutgoingHttpHeader]>): Array<[name: string, value: OutgoingHttpHeader]> {
  return entries.map(([name, value]) => [name.toLowerCase(), value])
}

/** The callback may come in the place of any optional argument. */
function callLast (...args: unknown[]): void {
  const callback = args.find(arg => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
}
