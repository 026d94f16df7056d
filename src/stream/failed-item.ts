import type { ScaiError } from '../error/scai-error.js'
import { isError, read } from '../error/read.js'
import { fromProvider } from '../upstream/provider.js'
import { isEvent } from './frames.js'

/** The `type` of an item that says that its source has failed: of the AI SDK, Anthropic and OpenAI's Responses; the last one's own. */
const FAILED_TYPES: ReadonlySet<unknown> = new Set(['error', 'response.failed'])

/**
 * The failure that an item of a stream is or contains. It ends the stream, and none of the item's fields is
 * sent. The `data` of an event isn't checked, so that rows with a property `error` can be sent there.
 */
export function failureOf (item: unknown): ScaiError | undefined {
  const failure = isEvent(item) ? inEvent(item) : inItem(item)
  return failure === undefined ? undefined : fromProvider(failure)
}

function inEvent ({ event, data }: { event?: unknown, data: unknown }): unknown {
  return event === 'error' || isError(data) ? data ?? {} : undefined
}

function inItem (item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return undefined
  if (isError(item)) return item
  const error = read(item, 'error')
  if (isError(error)) return error
  const failed = typeof error === 'string' || (typeof error === 'object' && error !== null) ||
    FAILED_TYPES.has(read(item, 'type')) || read(item, 'event') === 'error'
  return failed ? item : undefined
}
