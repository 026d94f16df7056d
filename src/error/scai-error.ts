import { findEntry, showUnknown } from './catalog.js'
import type { ScaiErrorCatalog, ScaiErrorCode } from './catalog.js'
import { findFault } from './check-options.js'
import type { CatalogEntry, RetryClass } from './definition.js'
import { mistake } from './mistake.js'
import type { CommonOptions, ErrorDetail, ScaiErrorArguments } from './options.js'
import { parseRetryAfter } from './retry-after.js'
import { show } from './show.js'

/** The longest string from outside that is sent. */
const MAX_TEXT_LENGTH = 256

// Registered, so that two copies of this package have the same symbol. Under it, an error has its row of the
// catalog. So any copy can handle it, even one whose catalog lacks the code.
const ENTRY = Symbol.for('fastify-scai-errors.entry')

/** An option, private to this file: the row of a code that the catalog lacks. */
const OWN_ENTRY = Symbol('own entry')
/** An option: no stack, even from 500 up. Only this package has it, so the other options need no check. */
const NO_STACK = Symbol('no stack')
/** An option: the error is not to be retried, whatever its code says. */
const NO_RETRY = Symbol('no retry')

/**
 * An error with a code of the catalog. Throw it, or pass it to `reply.send`.
 *
 * It has its own status, message and retry class, so that handling it needs no catalog. Below 500 it has no
 * stack: such an error is expected, and capturing a stack would be most of its cost.
 *
 * @throws {TypeError} on an unknown code, a misspelt option, an invalid `retryAfter`, or `details` that aren't
 *   a list of `{ field, message }`; its stack begins where the mistake was made
 * @example
 * throw new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30, cause: error })
 */
export class ScaiError<Code extends ScaiErrorCode = ScaiErrorCode> extends Error {
  declare readonly code: Code
  declare readonly statusCode: ScaiErrorCatalog[Code]['status']
  /** That of the code, or `no` if another attempt can't help. */
  declare readonly retry: RetryClass
  /** Whole seconds ≥ 0. */
  declare readonly retryAfter: number | undefined
  declare readonly details: readonly ErrorDetail[] | undefined
  declare readonly headers: CommonOptions['headers']
  declare readonly context: CommonOptions['context']

  static {
    // On the prototype it costs an instance nothing, and isn't printed.
    Object.defineProperty(this.prototype, 'name', { value: 'ScaiError', writable: true, configurable: true })
  }

  readonly #entry: CatalogEntry

  get [ENTRY] (): CatalogEntry {
    return this.#entry
  }

  constructor (code: Code, ...args: ScaiErrorArguments<Code>) {
    const options: AnyOptions = args[0] ?? {}
    const entry = options[OWN_ENTRY] ?? findEntry(code)
    if (entry === undefined) throw mistake(`Unknown error code ${showUnknown(code)}`, ScaiError)
    const fault = args[0] == null || options[NO_STACK] ? undefined : findFault(code, options)
    if (fault !== undefined) throw mistake(`${code}: ${fault}`, ScaiError)

    const limit = Error.stackTraceLimit
    const hasStack = entry.status >= 500 && options[NO_STACK] === undefined
    if (!hasStack) setStackTraceLimit(0)
    try {
      super(options.message || entry.message, 'cause' in options ? { cause: options.cause } : undefined)
    } finally {
      if (!hasStack) setStackTraceLimit(limit)
    }

    this.#entry = entry
    this.code = code
    this.statusCode = entry.status
    this.retry = options[NO_RETRY] === undefined ? entry.retry : 'no'
    this.retryAfter = entry.retryAfter === 'never' ? undefined : checkRetryAfter(code, options.retryAfter, entry.retryAfter)
    this.details = entry.details === 'never' ? undefined : checkDetails(code, options.details, entry.details, this.message)
    this.headers = options.headers
    this.context = options.context
  }

  /** The `error` member of the envelope. */
  toJSON (): { code: Code, message: string, retry_after?: number, details?: readonly ErrorDetail[] } {
    return {
      code: this.code,
      message: this.message,
      ...(this.retryAfter !== undefined && { retry_after: this.retryAfter }),
      ...(this.details !== undefined && { details: this.details })
    }
  }
}

/**
 * Whether this is a `ScaiError` (with that code), also one of another copy of this package. Safe for any
 * value, a revoked proxy included.
 */
export function isScaiError<Code extends ScaiErrorCode = ScaiErrorCode> (value: unknown, code?: Code): value is ScaiError<Code> {
  try {
    const entry = (value as Partial<ScaiError> | null | undefined)?.[ENTRY]
    return entry !== undefined && isIntact(value as ScaiError, entry) && (code === undefined || entry.code === code)
  } catch {
    return false
  }
}

/** Whether an error is still what it was when it was made: its properties are read-only only for the type checker. */
function isIntact (error: ScaiError, { code, status, retry, retryAfter, details }: CatalogEntry): boolean {
  return typeof code === 'string' && error.code === code && error.statusCode === status && typeof error.message === 'string' &&
    // It may be narrowed, but not widened.
    (error.retry === retry || error.retry === 'no') &&
    (error.retryAfter === undefined
      ? retryAfter !== 'required'
      : retryAfter !== 'never' && parseRetryAfter(error.retryAfter) === error.retryAfter) &&
    (error.details === undefined
      ? details !== 'required'
      : details !== 'never' && error.details.length > 0 && error.details.every(isDetail))
}

/** The row of an error, in the catalog of the copy of this package that made it. */
export function entryOf (error: ScaiError): CatalogEntry {
  return error[ENTRY]
}

/** An error of another service with a code that this catalog lacks; the row comes with it. */
export function createForeign (entry: CatalogEntry, options: AnyOptions): ScaiError {
  return new ScaiError(entry.code as ScaiErrorCode, { ...options, [OWN_ENTRY]: entry } as {})
}

/**
 * An error that replaces what was thrown, which is its cause. It has no stack of its own, which would begin
 * in the error handler.
 */
export function createFrom (thrown: unknown, code: ScaiErrorCode, options?: AnyOptions): ScaiError {
  return new ScaiError(code, { cause: thrown, [NO_STACK]: true, ...options } as {})
}

/** Like `createFrom`, if another attempt can't help, whatever the code's retry class is. */
export function createFinal (thrown: unknown, code: ScaiErrorCode, options?: AnyOptions): ScaiError {
  return createFrom(thrown, code, { ...options, [NO_RETRY]: true })
}

/** Cuts a string from outside to the length that may be sent, never within a character. */
export function truncate (text: string, length = MAX_TEXT_LENGTH): string {
  return text.length <= length ? text : text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '') + '…'
}

/** The options of any code, as a caller without a type checker may pass them. */
type AnyOptions = CommonOptions & {
  readonly retryAfter?: unknown
  readonly details?: unknown
  readonly [OWN_ENTRY]?: CatalogEntry
  readonly [NO_STACK]?: true
  readonly [NO_RETRY]?: true
}

function checkRetryAfter (code: string, value: unknown, need: 'required' | 'optional'): number | undefined {
  if (value === undefined) return need === 'required' ? 1 : undefined
  const seconds = parseRetryAfter(value)
  if (seconds === undefined) {
    throw mistake(`${code}: retryAfter must be a number of seconds ≥ 0, or an HTTP date, got ${show(value)}`, ScaiError)
  }
  return seconds
}

function checkDetails (code: string, value: unknown, need: 'required' | 'optional', message: string): readonly ErrorDetail[] | undefined {
  if (value !== undefined && !(Array.isArray(value) && Array.from(value).every(isDetail))) {
    throw mistake(`${code}: details must be a list of { field, message }, both strings, got ${show(value)}`, ScaiError)
  }
  if (value === undefined || value.length === 0) return need === 'required' ? [{ field: 'body', message: truncate(message) }] : undefined
  return value.map(({ field, message }) => ({ field: truncate(field), message: truncate(message) }))
}

function isDetail (value: unknown): value is ErrorDetail {
  return typeof value === 'object' && value !== null &&
    typeof (value as ErrorDetail).field === 'string' && typeof (value as ErrorDetail).message === 'string'
}

/** Under `--frozen-intrinsics` the limit can't be written; then a stack is captured, which does no harm. */
function setStackTraceLimit (limit: number): void {
  try {
    Error.stackTraceLimit = limit
  } catch {}
}
