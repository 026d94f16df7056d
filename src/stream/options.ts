import { show } from '../error/show.js'
import type { ErrorFrameOptions } from './frames.js'

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
  /**
   * Asked when the source ends, with its last item (`undefined` where there was none): unless it returns
   * `true`, the source ended too early, and the stream ends with `UPSTREAM_SHAPE_MISMATCH`. Many clients
   * end without an error where a provider's stream is cut off.
   * @default undefined
   * @example
   * isComplete: last => last?.choices[0]?.finish_reason != null
   */
  // As a method, so that the parameter may be declared as what the source yields.
  isComplete? (last: unknown): boolean
}

/** The longest delay of a timer of Node.js. */
const MAX_DELAY = 2 ** 31 - 1

/** @throws {TypeError} on a value that an option can't have */
export function checkOptions ({ compat, heartbeat, stallTimeout, isComplete }: ScaiStreamOptions): void {
  if (compat !== undefined && compat !== 'openai') throw new TypeError(`scaiStream: compat must be 'openai', got ${show(compat)}`)
  if (isComplete !== undefined && typeof isComplete !== 'function') throw new TypeError(`scaiStream: isComplete must be a function, got ${show(isComplete)}`)
  for (const [name, delay] of Object.entries({ heartbeat, stallTimeout })) {
    if (delay !== undefined && !(Number.isInteger(delay) && delay > 0 && delay <= MAX_DELAY)) {
      throw new TypeError(`scaiStream: ${name} must be an integer of milliseconds from 1 to ${MAX_DELAY}, got ${show(delay)}`)
    }
  }
}
