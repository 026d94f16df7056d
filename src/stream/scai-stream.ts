import { Readable, finished } from 'node:stream'
import { inspect } from 'node:util'
import { errorCodes } from 'fastify'
import type { FastifyReply } from 'fastify'
import { read } from '../error/read.js'
import { classifyFor } from '../respond/handle-error.js'
import { ScaiError } from '../error/scai-error.js'
import { findSettings } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import { openSource } from './source.js'
import type { Items, ScaiStreamSource } from './source.js'
import { publishError } from '../respond/channel.js'
import { END_MARKER, HEARTBEAT, toErrorFrame, toFrame } from './frames.js'
import type { ErrorFrameOptions } from './frames.js'
import { idField, logError, logGone } from '../respond/log.js'

export interface ScaiStreamOptions extends ErrorFrameOptions {
  /**
   * Every how many milliseconds a comment is sent, so that no proxy takes the connection for dead. Not
   * before the first item: until then, an error can still be an ordinary response.
   * @default undefined
   */
  readonly heartbeat?: number | undefined
  /**
   * How many milliseconds the source may take for an item, the first one included; then the stream
   * ends with `BACKEND_TIMEOUT`. What a slow client takes doesn't count.
   * @default undefined
   */
  readonly stallTimeout?: number | undefined
}

/** A stream under way. */
interface Run {
  readonly reply: FastifyReply
  readonly options: ScaiStreamOptions
  readonly settings: Settings
  readonly aborter: AbortController
  /** As soon as the source is open. */
  items?: Items
  /** The response's body, as soon as there is something to send. */
  body?: Readable
  /** Frames that the client could not take yet. */
  pending: string
  /** Whether the client waits for a frame. */
  wanted: boolean
  /** Has the source go on; there only while it has to wait for the client. */
  resume?: (() => void) | undefined
  heartbeat?: NodeJS.Timeout
  stall?: NodeJS.Timeout
  deadline?: NodeJS.Timeout
  /** The source is done with, one way or another: whatever it still brings is ignored. */
  over: boolean
}

const HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } as const

/** How many characters the source may be ahead of the client: as many as Node.js keeps of a response. */
const MAX_PENDING = 16_384

/** What Node.js can wait for. */
const MAX_DELAY = 2 ** 31 - 1

/**
 * `reply.scaiStream`: sends the items of a source as server-sent events.
 *
 * Nothing is sent before the first item. A failure until then is handed to Fastify as any error;
 * a later one becomes an error frame. The body is a stream that Fastify sends as any other: hooks,
 * cookies, CORS, HEAD, HTTP/2 and what the log says of a response come out as ever.
 */
export function scaiStream (this: FastifyReply, source: ScaiStreamSource, options: ScaiStreamOptions = {}): FastifyReply {
  const run: Run = { reply: this, options, settings: findSettings(this.request.server) as Settings, aborter: new AbortController(), pending: '', wanted: false, over: false }
  finished(this.raw, () => abandon(run))
  // Whatever still goes wrong on the way out costs the response, not the process.
  pump(run, source).catch(() => this.raw.destroy())
  return this
}

async function pump (run: Run, source: ScaiStreamSource): Promise<void> {
  try {
    checkOptions(run.options)
    watch(run)
    run.items = await openSource(source, run.aborter.signal)
    if (run.over) return run.items.close()

    const isHead = run.reply.request.method === 'HEAD'
    while (!run.over) {
      run.stall?.refresh()
      const { done, value } = await run.items.next()
      if (run.over) return
      if (done) return end(run, END_MARKER)
      const frame = toFrame(value)
      if (isHead) return endHead(run)
      if (!write(run, frame)) await drained(run)
    }
  } catch (thrown) {
    fail(run, thrown)
  }
}

/** @returns whether more may follow at once */
function write (run: Run, text: string): boolean {
  run.body ??= begin(run)
  run.pending += text
  if (run.wanted) flush(run)
  return run.pending.length < MAX_PENDING
}

function begin (run: Run): Readable {
  const { reply } = run
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!reply.hasHeader(name)) reply.header(name, value)
  }
  const body = new Readable({ encoding: 'utf8', highWaterMark: 1, read: () => onRead(run) })
  reply.header('content-type', 'text/event-stream').send(body)
  return body
}

/** The client can take more: what is pending, or the next frame as soon as there is one. */
function onRead (run: Run): void {
  run.wanted = true
  if (run.pending !== '') flush(run)
  run.resume?.()
}

/** What came in at once goes out at once. */
function flush (run: Run): void {
  const { pending } = run
  run.pending = ''
  run.wanted = false
  run.body?.push(pending)
}

async function drained (run: Run): Promise<void> {
  await new Promise<void>(resolve => { run.resume = resolve })
  run.resume = undefined
}

function end (run: Run, text: string): void {
  write(run, text)
  flush(run)
  run.body?.push(null)
  settle(run)
}

/** The status and the headers are known now: nobody will read the rest. */
function endHead (run: Run): void {
  end(run, '')
  release(run)
}

function fail (run: Run, thrown: unknown): void {
  if (run.over) return
  release(run, thrown)
  if (run.body === undefined) run.reply.send(toError(run, thrown))
  else end(run, lastFrame(run, thrown) + END_MARKER)
}

/** Fastify takes nothing but an `Error` for one. */
function toError ({ reply, settings }: Run, thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown
  } catch {}
  return classifyFor(reply.request, thrown, reply.statusCode, settings)
}

function lastFrame (run: Run, thrown: unknown): string {
  const { reply, settings, options } = run
  const error = classifyFor(reply.request, thrown, undefined, settings)
  logError(reply.log, error, { settings, request: reply.request, fields: idField(reply.request, settings) })
  publishError(error, reply.request, reply, settings)
  return toErrorFrame(error, options)
}

/** The response is over before its source: the client has left, or something else was answered. */
function abandon (run: Run): void {
  if (run.over) return
  release(run)
  if (!run.reply.raw.writableEnded) logGone(run.reply.log, idField(run.reply.request, run.settings))
}

/** Ends the source, which nobody waits for any more. */
function release (run: Run, reason?: unknown): void {
  settle(run)
  run.aborter.abort(reason)
  run.items?.close()
}

function settle (run: Run): void {
  run.over = true
  clearInterval(run.heartbeat)
  clearTimeout(run.stall)
  clearTimeout(run.deadline)
}

function watch (run: Run): void {
  const { heartbeat, stallTimeout } = run.options
  if (heartbeat !== undefined) run.heartbeat = setInterval(() => { if (run.wanted) write(run, HEARTBEAT) }, heartbeat).unref()
  if (stallTimeout !== undefined) {
    const context = { stallTimeout }
    run.stall = setTimeout(() => { if (run.resume === undefined) fail(run, new ScaiError('BACKEND_TIMEOUT', { context })) }, stallTimeout).unref()
  }
  watchHandlerTimeout(run)
}

/**
 * Has the route's `handlerTimeout` end in a frame, too. Fastify would destroy a response that has
 * begun, but leaves one that was hijacked. And it turns its timer off as soon as the request's body is
 * read, for it takes the request's `close` for a client that has left: then a timer of ours goes on.
 */
function watchHandlerTimeout (run: Run): void {
  const { reply } = run
  const { handlerTimeout, url } = reply.request.routeOptions
  if (handlerTimeout === 0) return

  const { signal } = reply.request
  const onAbort = (): void => {
    if (read(signal.reason, 'code') !== 'FST_ERR_HANDLER_TIMEOUT') {
      if (run.over) return
      run.deadline = setTimeout(() => fail(run, new errorCodes.FST_ERR_HANDLER_TIMEOUT(handlerTimeout, url)), handlerTimeout - reply.elapsedTime).unref()
    } else if (reply.raw.headersSent) {
      reply.hijack()
      fail(run, signal.reason)
    } else {
      // Fastify will answer.
      release(run, signal.reason)
    }
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
}

function checkOptions ({ compat, heartbeat, stallTimeout }: ScaiStreamOptions): void {
  if (compat !== undefined && compat !== 'openai') throw new TypeError(`scaiStream: compat must be 'openai', got ${inspect(compat)}`)
  for (const [name, delay] of Object.entries({ heartbeat, stallTimeout })) {
    if (delay !== undefined && !(Number.isInteger(delay) && delay > 0 && delay <= MAX_DELAY)) {
      throw new TypeError(`scaiStream: ${name} must be an integer of milliseconds from 1 to ${MAX_DELAY}, got ${inspect(delay)}`)
    }
  }
}
