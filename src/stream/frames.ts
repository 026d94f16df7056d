import { show } from '../error/show.js'
import { toScaiError } from '../classify/classify.js'
import type { ScaiError } from '../error/scai-error.js'

/** One event of a stream (HTML standard, section 9.2.6, "Interpreting an event stream"). */
export interface ServerSentEvent {
  readonly event?: string | undefined
  readonly id?: string | number | undefined
  /** A text is sent as it is, line by line, anything else as JSON. */
  readonly data: unknown
  /** After how many milliseconds a client should reconnect. */
  readonly retry?: number | undefined
}

export interface ErrorFrameOptions {
  /**
   * `'openai'`: with an `error` member besides, since the OpenAI SDK takes the documented frame for an
   * ordinary chunk, and ends without an error.
   * @default undefined
   */
  readonly compat?: 'openai' | undefined
}

/** What says that the stream is complete, whether it succeeded or failed. */
export const END_MARKER = 'data: [DONE]\n\n'

/** What clients ignore, and proxies take for a sign of life. */
export const HEARTBEAT = ':\n\n'

const FIELDS = new Set(['event', 'id', 'data', 'retry'])
const LINE_BREAK = /\r\n|\r|\n/

/**
 * An item of a stream as a frame: a `ServerSentEvent`, that is an object with `data` and none but its
 * properties, with its fields; any other object as JSON, a text as it is.
 *
 * @throws {TypeError} on what is no text and has no JSON, and on fields that would break the frame
 */
export function toFrame (item: unknown): string {
  if (!isEvent(item)) return `${toLines(item)}\n\n`
  const { event, id, retry, data } = item
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0)) throw invalid('retry', 'an integer ≥ 0', retry)
  return `${toField('event', event)}${toField('id', id)}${toField('retry', retry)}${toLines(data)}\n\n`
}

/**
 * The error frame of the documented event streams, for a stream that you write yourself. What was
 * thrown is classified and masked as in the error handler, except that there is no request whose
 * `mapError` could be asked. Nothing is logged, and the end marker, `data: [DONE]`, must still follow.
 *
 * @example
 * reply.raw.end(toErrorFrame(error) + 'data: [DONE]\n\n')
 */
export function toErrorFrame (thrown: unknown, options?: ErrorFrameOptions): string {
  return errorFrame(toScaiError(thrown), options)
}

/** The error frame of an error that has its code already. */
export function errorFrame ({ code, message, retryAfter }: ScaiError, { compat }: ErrorFrameOptions = {}): string {
  const data = {
    code,
    message,
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...(compat === 'openai' && { error: { code, message } })
  }
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`
}

/** Whether an item is the end marker, which is not the source's to send: it may still fail. */
export function isEndMarker (item: unknown): boolean {
  return (isEvent(item) ? item.data : item) === '[DONE]'
}

export function isEvent (item: unknown): item is ServerSentEvent {
  return typeof item === 'object' && item !== null && 'data' in item && Object.keys(item).every(name => FIELDS.has(name))
}

function toField (name: string, value: unknown): string {
  if (value === undefined) return ''
  const text = String(value)
  // A line break would begin another field, or end the frame; an id with a null is ignored by clients.
  if (/[\r\n\0]/.test(text)) throw invalid(name, 'a string without line breaks', text)
  return `${name}: ${text}\n`
}

function toLines (data: unknown): string {
  if (typeof data !== 'string') return `data: ${toJson(data)}`
  return LINE_BREAK.test(data) ? data.split(LINE_BREAK).map(line => `data: ${line}`).join('\n') : `data: ${data}`
}

function toJson (data: unknown): string {
  // Bytes are cut anywhere: only their decoder knows where a character, or an item, ends.
  const json = ArrayBuffer.isView(data) ? undefined : JSON.stringify(data)
  if (json === undefined) {
    throw new TypeError(`scaiStream: an item must be a string, or a value that JSON can represent, got ${show(data)}: bytes must be decoded first`)
  }
  return json
}

function invalid (field: string, expected: string, value: unknown): TypeError {
  return new TypeError(`scaiStream: the property ${field} of an event must be ${expected}, got ${show(value)}`)
}
