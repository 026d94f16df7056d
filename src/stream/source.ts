import { inspect } from 'node:util'
import type { ServerSentEvent } from './frames.js'

/** What a stream sends: a text, an event with its fields, or any other object, as JSON. */
export type ScaiStreamItem = string | ServerSentEvent | object

/**
 * Where the items of a stream come from: a generator, a stream of Node.js or of the web, a stream of
 * an SDK; or a function that opens it. The function's signal is aborted as soon as nobody waits for
 * the items any more: hand it on to what they come from.
 */
export type ScaiStreamSource = AsyncIterable<ScaiStreamItem> | ((signal: AbortSignal) => AsyncIterable<ScaiStreamItem> | PromiseLike<AsyncIterable<ScaiStreamItem>>)

/** The items of an open source. */
export interface Items {
  next (): PromiseLike<{ done?: boolean | undefined, value?: unknown }>
  /** Ends the source, be it in the middle of an item. Nothing that this brings about is waited for, or heard of. */
  close (): void
}

/** @throws whatever the source throws, and a {TypeError} on one that isn't iterable */
export async function openSource (source: ScaiStreamSource, signal: AbortSignal): Promise<Items> {
  const opened: unknown = typeof source === 'function' ? await source(signal) : source
  if (isWebStream(opened)) return fromWebStream(opened)
  if (!isAsyncIterable(opened)) throw new TypeError(`scaiStream: the source must be an async iterable, or a function that returns one, got ${inspect(opened)}`)
  const items = fromIterable(opened)
  return isNodeStream(opened) ? { next: items.next, close: () => destroy(opened) } : items
}

function fromIterable (iterable: AsyncIterable<unknown>): Items {
  const iterator = iterable[Symbol.asyncIterator]()
  return { next: () => iterator.next(), close: () => ignore(() => iterator.return?.()) }
}

// The iterators of streams don't return before the item that they wait for has come: if it never does,
// only the stream itself can be ended.

function fromWebStream (stream: ReadableStream<unknown>): Items {
  const reader = stream.getReader()
  return { next: () => reader.read(), close: () => ignore(() => reader.cancel()) }
}

function destroy (stream: NodeJS.ReadableStream & Destroyable): void {
  // Without a listener, an error of the stream would end the process.
  stream.on('error', () => {})
  stream.destroy()
}

interface Destroyable {
  destroy (): void
}

function ignore (close: () => unknown): void {
  new Promise(resolve => resolve(close())).catch(() => {})
}

function isAsyncIterable (value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function'
}

function isWebStream (value: unknown): value is ReadableStream<unknown> {
  return typeof (value as Partial<ReadableStream> | null | undefined)?.getReader === 'function'
}

function isNodeStream (value: object): value is NodeJS.ReadableStream & Destroyable {
  return 'pipe' in value && 'destroy' in value
}
