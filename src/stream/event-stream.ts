import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { publishError } from '../respond/channel.js'
import { classifyFor } from '../respond/handle-error.js'
import { idField, logError, logGone } from '../respond/log.js'
import { findSettings } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import { vouchFor } from '../upstream/vouched.js'
import { failureOf } from './failed-item.js'
import { END_MARKER, HEARTBEAT, errorFrame, isEndMarker, toFrame } from './frames.js'
import { watchHandlerTimeout } from './handler-timeout.js'
import { checkOptions } from './options.js'
import type { ScaiStreamOptions } from './options.js'
import { Outgoing } from './outgoing.js'
import { openSource, toItems } from './source.js'
import type { Items, ScaiStreamSource, SourceOpener } from './source.js'

/** A running stream, from its source to the client. */
export class EventStream {
  readonly #reply: FastifyReply
  readonly #options: ScaiStreamOptions
  readonly #settings: Settings
  readonly #outgoing: Outgoing
  readonly #aborter = new AbortController()
  /** As soon as the source is open. */
  #items: Items | undefined
  /** The stream has ended; whatever the source still yields is ignored. */
  #over = false
  #heartbeat: NodeJS.Timeout | undefined
  #stall: NodeJS.Timeout | undefined
  #unwatch: (() => void) | undefined

  constructor (reply: FastifyReply, options: ScaiStreamOptions) {
    this.#reply = reply
    this.#options = options
    this.#settings = findSettings(reply.request.server) as Settings
    this.#outgoing = new Outgoing(reply)
  }

  start (source: ScaiStreamSource): void {
    finished(this.#reply.raw, () => this.#abandon())
    this.#pump(source).catch(() => this.#reply.raw.destroy())
  }

  async #pump (source: ScaiStreamSource): Promise<void> {
    try {
      const items = this.#items = await this.#open(source)
      if (this.#over) return items.close()

      for (let last: unknown; !this.#over;) {
        this.#stall?.refresh()
        const { done, value } = await items.next()
        if (this.#over) return
        if (done) return this.#complete(last)
        last = value
        if (!this.#send(value)) await this.#outgoing.drained()
      }
    } catch (thrown) {
      // From the source, or from an item: a provider's error, unless something else is known about it.
      vouchFor(thrown)
      this.#fail(thrown)
    }
  }

  /** A source that is open already is taken before the options are checked, so that it is ended if they are invalid. */
  async #open (source: ScaiStreamSource): Promise<Items> {
    if (typeof source !== 'function') this.#items = toItems(source)
    checkOptions(this.#options)
    this.#watch()
    return this.#items ?? await openSource(source as SourceOpener, this.#aborter.signal)
  }

  /** @returns whether more may follow at once */
  #send (item: unknown): boolean {
    const failure = failureOf(item)
    if (failure !== undefined) throw failure
    if (isEndMarker(item)) return true
    const frame = toFrame(item)
    if (this.#reply.request.method !== 'HEAD') return this.#outgoing.write(frame)
    // The status and the headers are known now: nobody will read the rest.
    this.#end('')
    this.#release()
    return true
  }

  #complete (last: unknown): void {
    const { isComplete } = this.#options
    if (isComplete !== undefined && !isComplete(last)) throw new ScaiError('UPSTREAM_SHAPE_MISMATCH', { context: { upstream: { kind: 'badShape' } } })
    this.#end(END_MARKER)
  }

  #end (text: string): void {
    this.#outgoing.end(text)
    this.#settle()
  }

  #fail (thrown: unknown): void {
    if (this.#over) return
    this.#release(thrown)
    if (!this.#outgoing.begun) this.#reply.send(this.#toError(thrown))
    else this.#end(this.#lastFrame(thrown) + END_MARKER)
  }

  /** For Fastify, only an `Error` is an error. */
  #toError (thrown: unknown): Error {
    try {
      if (thrown instanceof Error) return thrown
    } catch {}
    return this.#classify(thrown, this.#reply.statusCode)
  }

  #lastFrame (thrown: unknown): string {
    const reply = this.#reply
    const settings = this.#settings
    const error = this.#classify(thrown, undefined)
    logError(reply.log, error, { settings, request: reply.request, fields: idField(reply.request) })
    publishError(error, reply.request, reply, settings)
    return errorFrame(error, this.#options)
  }

  #classify (thrown: unknown, replyStatus: number | undefined): ScaiError {
    return classifyFor(this.#reply.request, thrown, replyStatus, this.#settings)
  }

  /** The response has ended before its source: the client has disconnected, or something else was sent. */
  #abandon (): void {
    if (this.#over) return
    this.#release()
    if (!this.#reply.raw.writableEnded) logGone(this.#reply.log, idField(this.#reply.request))
  }

  /** Ends the source, which isn't needed any more. */
  #release (reason?: unknown): void {
    this.#settle()
    this.#aborter.abort(reason)
    this.#items?.close()
  }

  #settle (): void {
    this.#over = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#stall)
    this.#unwatch?.()
  }

  #watch (): void {
    const { heartbeat, stallTimeout } = this.#options
    if (heartbeat !== undefined) {
      this.#heartbeat = setInterval(() => { if (this.#outgoing.wanted) this.#outgoing.write(HEARTBEAT) }, heartbeat).unref()
    }
    if (stallTimeout !== undefined) {
      const stalled = (): void => this.#fail(new ScaiError('BACKEND_TIMEOUT', { context: { stallTimeout } }))
      this.#stall = setTimeout(() => { if (!this.#outgoing.full) stalled() }, stallTimeout).unref()
    }
    this.#unwatch = watchHandlerTimeout(this.#reply, {
      fail: error => this.#fail(error),
      giveWay: error => this.#release(error)
    })
  }
}
