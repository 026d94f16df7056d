import type { ScaiErrorCatalog, ScaiErrorCode } from './catalog.js'
import type { StatusWithRetryAfter } from './status.js'

/** One error in a request's input. */
export interface ErrorDetail {
  /** The place, as the client wrote it: `messages.0.role`, `query.limit`, `body`. */
  readonly field: string
  /** What is wrong there, for people. */
  readonly message: string
}

/** The options of an error with this code. */
export type ScaiErrorOptions<Code extends ScaiErrorCode = ScaiErrorCode> = Code extends ScaiErrorCode
  ? CommonOptions & RetryAfterOption<ScaiErrorCatalog[Code]> & DetailsOption<ScaiErrorCatalog[Code]>
  : never

/** The arguments after the code: one object, optional unless the code requires something of it. */
export type ScaiErrorArguments<Code extends ScaiErrorCode> = Code extends ScaiErrorCode
  ? {} extends ScaiErrorOptions<Code> ? [options?: ScaiErrorOptions<Code> | undefined] : [options: ScaiErrorOptions<Code>]
  : never

/** The options of every error. */
export interface CommonOptions {
  /** Sent instead of the catalog's message. For people, so without a stack, an address or foreign text. */
  readonly message?: string | undefined
  /** More response headers. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>> | undefined
  /** What led to this error. Logged, never sent. */
  readonly cause?: unknown
  /** Whatever helps to find the problem. Logged, never sent. */
  readonly context?: Readonly<Record<string, unknown>> | undefined
}

/** Seconds, or an HTTP date. */
type RetryAfter = number | string | Date

type RetryAfterOption<Row extends { status: number }> =
  Row extends { retryAfter: 'required' }
    ? { readonly retryAfter: RetryAfter }
    : number extends Row['status']
      ? { readonly retryAfter?: RetryAfter | undefined }
      : Row['status'] extends StatusWithRetryAfter
        ? { readonly retryAfter?: RetryAfter | undefined }
        : { readonly retryAfter?: undefined }

type DetailsOption<Row> =
  Row extends { details: 'required' }
    ? { readonly details: readonly ErrorDetail[] }
    : Row extends { details?: 'required' | 'optional' }
      ? { readonly details?: readonly ErrorDetail[] | undefined }
      : { readonly details?: undefined }
