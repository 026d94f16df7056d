import { show } from '../error/show.js'
import { findUnknownOption } from '../error/unknown-option.js'
import type { ErrorFrameOptions } from './frames.js'

export interface ScaiStreamOptions extends ErrorFrameOptions {
  /**
   * The interval, in milliseconds, of comments that keep the connection open through proxies. They begin
   * after the first item: until then, an error can still be an ordinary response.
   * @default undefined
   */
  readonly heartbeat?: number | undefined
  /**
   * The longest time, in milliseconds, that the source may take for an item, the first one included. After
   * that the stream ends with `BACKEND_TIMEOUT`. Waiting for a slow client doesn't count.
   * @default undefined
   */
  readonly stallTimeout?: number | undefined
  /**
   * Called when the source ends, with its last item (`undefined` if there was none). If it doesn't return
   * `true`, the source ended too early, and the stream ends with `UPSTREAM_SHAPE_MISMATCH`. Many clients
   * raise no error when a provider's stream is cut off.
   * @default undefined
   * @example
   * isComplete: last => last?.choices[0]?.finish_reason != null
   */
  // A method, so that its parameter may have the type of the source's items.
  isComplete? (last: unknown): boolean
}

/** The longest delay of a timer in Node.js. */
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

/** @throws {TypeError} on an unknown option, and on an invalid value */
export function checkOptions (options: ScaiStreamOptions): void {
  const unknown = findUnknownOption(options, Object.keys(OPTIONS))
  if (unknown !== undefined) throw new TypeError(`scaiStream: ${unknown}`)
  for (const [name, { accepts, expected }] of Object.entries(OPTIONS)) {
    const value = options[name as keyof ScaiStreamOptions]
    if (value !== undefined && !accepts(value)) throw new TypeError(`scaiStream: ${name} must be ${expected}, got ${show(value)}`)
  }
}
