import { ScaiError, isScaiError } from '../error/scai-error.js'
import { answerIn } from './answer.js'
import type { Answer, UpstreamCode } from './answer.js'
import { read } from '../error/read.js'

/**
 * What goes wrong between us and a provider. An error is known by its `code`, else by its name or that
 * of its class, else, where it has none of its own, by its message.
 */
export const UPSTREAM_SIGNS = tableOf({
  BACKEND_TIMEOUT: [
    'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT',
    // AbortSignal.timeout(); the SDKs' own timeout.
    'TimeoutError', 'APIConnectionTimeoutError',
    // We gave up ourselves. With the client still there, it was a deadline; the SDKs make this of any signal.
    'AbortError', 'APIUserAbortError'
  ],
  BACKEND_ERROR: [
    'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH',
    'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_STREAM_PREMATURE_CLOSE',
    'EPROTO', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN',
    // Of fetch and the SDKs; their cause mostly tells more.
    'terminated', 'fetch failed', 'APIConnectionError'
  ],
  UPSTREAM_SHAPE_MISMATCH: [
    'HTTPParserError', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW',
    // Of JSON.parse; of Zod, Valibot and TypeBox.
    'SyntaxError', 'ZodError', 'ValiError', 'AssertError', 'TransformDecodeCheckError', 'TransformDecodeError'
  ],
  // Our own mistakes: named, lest what wraps them be taken for a failure of the provider.
  INTERNAL_ERROR: ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'ERR_INVALID_URL']
}, [
  [/^HPE_/, 'UPSTREAM_SHAPE_MISMATCH'],
  [/^(?:ERR_SSL|ERR_TLS|CERT|UNABLE_TO)_/, 'BACKEND_ERROR']
])

/** Causes are followed so deep, and of a list of errors so many are looked at, from its end. */
const MAX_DEPTH = 8
/** How many errors are looked at in all. */
const MAX_ERRORS = 64

/** What a failed call to a provider shows: an error that has a code already, an answer, or just a code. */
export function failureIn (thrown: unknown): ScaiError | Answer | UpstreamCode | undefined {
  return innermost(thrown, error => answerIn(error) ?? UPSTREAM_SIGNS(error))
}

/**
 * The first thing that is found in an error, or else in those that led to it: a cause tells more than
 * its wrapper. Of several attempts the last one counts. Safe against cycles.
 */
export function innermost<Found> (thrown: unknown, look: (error: unknown) => Found | undefined, depth = 0, seen = new Set<unknown>()): Found | ScaiError | undefined {
  if (depth > MAX_DEPTH || seen.size >= MAX_ERRORS || Object(thrown) !== thrown || seen.has(thrown)) return undefined
  seen.add(thrown)
  if (isScaiError(thrown)) return thrown
  for (const inner of [read(thrown, 'cause'), ...lastErrors(thrown)]) {
    const found = innermost(inner, look, depth + 1, seen)
    if (found !== undefined) return found
  }
  return look(thrown)
}

/** Of an `AggregateError`, or the AI SDK's `RetryError`. */
function lastErrors (thrown: unknown): unknown[] {
  const errors = read(thrown, 'errors')
  return Array.isArray(errors) ? errors.slice(-MAX_DEPTH).reverse() : []
}

/** A function that finds the code of an error in a table. */
export function tableOf<Code extends string> (rows: Readonly<Record<Code, readonly string[]>>, patterns: ReadonlyArray<readonly [RegExp, NoInfer<Code>]>): (error: unknown) => Code | undefined {
  const codes = new Map<unknown, Code>()
  for (const code in rows) {
    for (const sign of rows[code]) codes.set(sign, code)
  }
  return error => {
    for (const sign of [read(error, 'code'), read(error, 'name'), read(read(error, 'constructor'), 'name'), read(error, 'message')]) {
      const code = codes.get(sign) ?? patterns.find(([pattern]) => typeof sign === 'string' && pattern.test(sign))?.[1]
      if (code !== undefined) return code
    }
    return undefined
  }
}
