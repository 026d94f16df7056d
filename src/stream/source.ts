import { show } from '../error/show.js'
import type { ServerSentEvent } from './frames.js'

/** What a stream sends: a text, an event with its fields, or any other object, as JSON. */
export type ScaiStreamItem = string | ServerSentEvent | object

/**
 * Where the items of a stream come from: a generator, a stream of Node.js or of the web, a stream of
 * an SDK; or a function that opens it. The function's signal is aborted as soon as nobody waits for
 * the items any more: hand it on to what they come from.
 */
export type ScaiStreamSource = AsyncIterable<ScaiStreamItem> | SourceOpener

export type SourceOpener = (signal: AbortSignal) => AsyncIterable<ScaiStreamItem> | PromiseLike<AsyncIterable<ScaiStreamItem>>

/** The items of an open source. */
export interface Items {
  next (): PromiseLike<{ done?: boolean | undefined, value?: unknown }>
  /** Ends the source, be it in the middle of an item. Nothing that this brings about is waited for, or heard of. */
  close (): void
}

/**
 * Has a function open its source. Unless it promises one, that is done before this returns: a stream of
 * Node.js that fails in its first tick ends the process where nobody listens yet.
 *
 * @throws whatever the function throws, and a {TypeError} on a source that isn't iterable
 */
export async function openSource (open: SourceOpener, signal: AbortSignal): Promise<Items> {
  const opened: unknown = open(signal)
  return toItems(isPromise(opened) ? await opened : opened)
}

/** @throws whatever an iterable throws, and a {TypeError} on what is none */
export function toItems (opened: unknown): Items {
  if (isWebStream(opened)) return fromWebStream(opened)
  if (!isAsyncIterable(opened)) throw new TypeError(`scaiStream: the source must be an async iterable, or a function that returns one, got ${show(opened)}`)
  if (!isNodeStream(opened)) return fromIterable(opened)
  // Without a listener, an error of the stream would end the process. Its iterator hears of it, too.
  opened.on('error', () => {})
  return { next: fromIterable(opened).next, close: () => ignore(() => opened.destroy()) }
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
