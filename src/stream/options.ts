import { show } from '../error/show.js'
import { findUnknownOption } from '../error/unknown-option.js'
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

interface Option {
  readonly accepts: (value: unknown) => boolean
  /** Completes "must be …". */
  readonly expected: string
}

const DELAY: Option = {
  accepts: value => Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_DELAY,
  expected: `an integer of milliseconds from 1 to ${MAX_DELAY}`
}

const OPTIONS: Readonly<Record<keyof ScaiStreamOptions, Option>> = {
  compat: { accepts: value => value === 'openai', expected: "'openai'" },
  isComplete: { accepts: value => typeof value === 'function', expected: 'a function' },
  heartbeat: DELAY,
  stallTimeout: DELAY
}

/** @throws {TypeError} on an unknown option, and on a value that an option can't have */
export function checkOptions (options: ScaiStreamOptions): void {
  const unknown = findUnknownOption(options, Object.keys(OPTIONS))
  if (unknown !== undefined) throw new TypeError(`scaiStream: ${unknown}`)
  for (const [name, { accepts, expected }] of Object.entries(OPTIONS)) {
    const value = options[name as keyof ScaiStreamOptions]
    if (value !== undefined && !accepts(value)) throw new TypeError(`scaiStream: ${name} must be ${expected}, got ${show(value)}`)
  }
}
