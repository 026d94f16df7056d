import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

const HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } as const

/** The number of characters by which the source may be ahead of the client: as many as Node.js buffers of a response. */
const MAX_PENDING = 16_384

/** The client's side of a stream: the response's body, which begins with the first frame. */
export class Outgoing {
  readonly #reply: FastifyReply
  #body: Readable | undefined
  /** Frames that the client could not take yet. */
  #pending = ''
  #wanted = false
  /** Lets the source continue; set only while it waits for the client. */
  #resume: (() => void) | undefined

  constructor (reply: FastifyReply) {
    this.#reply = reply
  }

  get begun (): boolean {
    return this.#body !== undefined
  }

  /** Whether the client waits for a frame. */
  get wanted (): boolean {
    return this.#wanted
  }

  /** Whether the source waits for the client. */
  get full (): boolean {
    return this.#resume !== undefined
  }

  /** @returns whether more may follow at once */
  write (text: string): boolean {
    this.#body ??= this.#begin()
    this.#pending += text
    if (this.#wanted) this.#flush()
    return this.#pending.length < MAX_PENDING
  }

  /** Resolves as soon as the client can take more. */
  async drained (): Promise<void> {
    await new Promise<void>(resolve => { this.#resume = resolve })
    this.#resume = undefined
  }

  end (text: string): void {
    this.write(text)
    this.#flush()
    this.#body?.push(null)
  }

  #begin (): Readable {
    const reply = this.#reply
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
    const body = new Readable({ encoding: 'utf8', highWaterMark: 1, read: () => this.#onRead() })
    reply.header('content-type', 'text/event-stream').send(body)
    return body
  }

  /** The client can take more: pending frames, or the next one. */
  #onRead (): void {
    this.#wanted = true
    if (this.#pending !== '') this.#flush()
    this.#resume?.()
  }

  /** Writes frames that came in together as one chunk. */
  #flush (): void {
    const pending = this.#pending
    this.#pending = ''
    this.#wanted = false
    this.#body?.push(pending)
  }
}
