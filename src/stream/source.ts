import { show } from '../error/show.js'
import type { ServerSentEvent } from './frames.js'

/** What a stream sends: a string, an event with its fields, or any other object, as JSON. */
export type ScaiStreamItem = string | ServerSentEvent | object

/**
 * Where the items of a stream come from: a generator, a Node.js stream, a web stream, a stream of an SDK, or a
 * function that opens one. The function's signal is aborted as soon as the items aren't needed any more: pass
 * it on to where they come from.
 */
export type ScaiStreamSource = AsyncIterable<ScaiStreamItem> | SourceOpener

export type SourceOpener = (signal: AbortSignal) => AsyncIterable<ScaiStreamItem> | PromiseLike<AsyncIterable<ScaiStreamItem>>

/** The items of an open source. */
export interface Items {
  next (): PromiseLike<{ done?: boolean | undefined, value?: unknown }>
  /** Ends the source, even within an item. The outcome is neither awaited nor reported. */
  close (): void
}

/**
 * Calls a function that opens its source. Unless it returns a promise, the source is open when this returns: a
 * Node.js stream that fails in its first tick would end the process if nothing listened yet.
 *
 * @throws whatever the function throws, and a {TypeError} on a source that isn't iterable
 */
export async function openSource (open: SourceOpener, signal: AbortSignal): Promise<Items> {
  const opened: unknown = open(signal)
  return toItems(isPromise(opened) ? await opened : opened)
}

/** @throws whatever an iterable throws, and a {TypeError} if it isn't iterable */
export function toItems (opened: unknown): Items {
  if (isWebStream(opened)) return fromWebStream(opened)
  if (!isAsyncIterable(opened)) throw new TypeError(`scaiStream: the source must be an async iterable, or a function that returns one, got ${show(opened)}`)
  if (!isNodeStream(opened)) return fromIterable(opened)
  // Without a listener, an error of the stream would end the process. Its iterator reports it, too.
  opened.on('error', () => {})
  return { next: fromIterable(opened).next, close: () => ignore(() => opened.destroy()) }
}

function fromIterable (iterable: AsyncIterable<unknown>): Items {
  const iterator = iterable[Symbol.asyncIterator]()
  return { next: () => iterator.next(), close: () => ignore(() => iterator.return?.()) }
}

// A stream's iterator doesn't return before the item that it waits for arrives. If it never does, only the
// stream itself can be ended.

function fromWebStream (stream: ReadableStream<unknown>): Items {
  const reader = stream.getReader()
  return { next: () => reader.read(), close: () => ignore(() => reader.cancel()) }
}

interface NodeStream extends NodeJS.ReadableStream {
  destroy (): void
}

function ignore (close: () => unknown): void {
  new Promise(resolve => resolve(close())).catch(() => {})
}

function isPromise (value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

function isAsyncIterable (value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function'
}

function isWebStream (value: unknown): value is ReadableStream<unknown> {
  return typeof (value as Partial<ReadableStream> | null | undefined)?.getReader === 'function'
}

function isNodeStream (value: object): value is NodeStream & AsyncIterable<unknown> {
  return 'pipe' in value && 'destroy' in value
}
