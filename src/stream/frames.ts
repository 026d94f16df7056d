import { show } from '../error/show.js'
import { toScaiError } from '../classify/classify.js'
import type { ScaiError } from '../error/scai-error.js'

/** One event of a stream (HTML standard, section 9.2.6, "Interpreting an event stream"). */
export interface ServerSentEvent {
  readonly event?: string | undefined
  readonly id?: string | number | undefined
  /** A string is sent as it is, line by line, anything else as JSON. */
  readonly data: unknown
  /** The delay, in milliseconds, after which a client should reconnect. */
  readonly retry?: number | undefined
}

export interface ErrorFrameOptions {
  /**
   * `'openai'` adds a member `error`, since the OpenAI SDK takes the documented frame for an ordinary chunk
   * and ends without an error.
   * @default undefined
   */
  readonly compat?: 'openai' | undefined
}

/** The end of every stream, whether it succeeded or failed. */
export const END_MARKER = 'data: [DONE]\n\n'

/** A comment: clients ignore it, and it keeps the connection open through proxies. */
export const HEARTBEAT = ':\n\n'

const FIELDS = new Set(['event', 'id', 'data', 'retry'])
const LINE_BREAK = /\r\n|\r|\n/

/**
 * An item of a stream as a frame: a `ServerSentEvent` (an object with `data` and no properties but those of an
 * event) with its fields, any other object as JSON, a string as it is.
 *
 * @throws {TypeError} on a value that JSON can't represent, and on fields that would break the frame
 */
export function toFrame (item: unknown): string {
  if (!isEvent(item)) return `${toLines(item)}\n\n`
  const { event, id, retry, data } = item
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) throw invalid('retry', 'an integer ≥ 0', retry)
  return `${toField('event', event)}${toField('id', id)}${toField('retry', retry)}${toLines(data)}\n\n`
}

/**
 * The error frame of the documented event streams, for a stream that you write yourself. What was thrown is
 * classified and masked as in the error handler, but without `mapError`, since the request is unknown.
 * Nothing is logged, and the end marker, `data: [DONE]`, must still follow.
 *
 * @example
 * reply.raw.end(toErrorFrame(error) + 'data: [DONE]\n\n')
 */
export function toErrorFrame (thrown: unknown, options?: ErrorFrameOptions): string {
  return errorFrame(toScaiError(thrown), options)
}

/** The error frame of a `ScaiError`. */
export function errorFrame ({ code, message, retryAfter }: ScaiError, { compat }: ErrorFrameOptions = {}): string {
  const data = {
    code,
    message,
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...(compat === 'openai' && { error: { code, message } })
  }
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`
}

/** Whether an item is the end marker. It isn't sent, since the source may still fail. */
export function isEndMarker (item: unknown): boolean {
  return (isEvent(item) ? item.data : item) === '[DONE]'
}

export function isEvent (item: unknown): item is ServerSentEvent {
  return typeof item === 'object' && item !== null && 'data' in item && Object.keys(item).every(name => FIELDS.has(name))
}

function toField (name: string, value: unknown): string {
  if (value === undefined) return ''
  const text = String(value)
  // A line break would begin another field, or end the frame. Clients ignore an id with a null.
  if (/[\r\n\0]/.test(text)) throw invalid(name, 'a string without line breaks', text)
  return `${name}: ${text}\n`
}

function toLines (data: unknown): string {
  if (typeof data !== 'string') return `data: ${toJson(data)}`
  return LINE_BREAK.test(data) ? data.split(LINE_BREAK).map(line => `data: ${line}`).join('\n') : `data: ${data}`
}

function toJson (data: unknown): string {
  // Bytes may be cut anywhere; only their decoder knows where a character or an item ends.
  const json = ArrayBuffer.isView(data) ? undefined : JSON.stringify(data)
  if (json === undefined) {
    throw new TypeError(`scaiStream: an item must be a string, or a value that JSON can represent, got ${show(data)}: bytes must be decoded first`)
  }
  return json
}

function invalid (field: string, expected: string, value: unknown): TypeError {
  return new TypeError(`scaiStream: the property ${field} of an event must be ${expected}, got ${show(value)}`)
}
