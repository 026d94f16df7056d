import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { OutgoingHttpHeader } from 'node:http'
import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { parseRetryAfter } from '../error/retry-after.js'
import { entryOf } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { envelope } from './envelope.js'
import { REQUEST_ID_HEADER } from './request-id.js'

export interface ResponseOptions {
  /** The most details that are sent. */
  readonly maxDetails: number
  /** Whether `x-should-retry` is sent. */
  readonly shouldRetryHeader: boolean
}

/** Everything that is sent for an error, on a reply, a raw response or a socket. */
export interface ErrorResponse {
  readonly code: ScaiErrorCode
  readonly status: number
  /** Headers to set; names in lower case. */
  readonly headers: Readonly<Record<string, OutgoingHttpHeader>>
  /** The envelope as a string. */
  readonly body: string
}

/** Headers by name, in lower case. */
export type Headers = Readonly<Record<string, unknown>>

/** Headers about the framing of the body, the request and the code: those of others are dropped. */
const OURS = new Set(['content-encoding', 'content-length', 'content-type', 'trailer', 'transfer-encoding', REQUEST_ID_HEADER, 'x-should-retry'])

/** Headers of the replaced body that a response may already have. */
const STALE = new Set([
  ...OURS, 'accept-ranges', 'age', 'cache-control', 'content-digest', 'content-disposition', 'content-language',
  'content-location', 'content-md5', 'content-range', 'etag', 'expires', 'last-modified', 'repr-digest', 'retry-after', 'x-accel-buffering'
])

/** The values of `x-should-retry`, which the OpenAI and Anthropic SDKs obey; for other classes they decide. */
const SHOULD_RETRY: ReadonlyMap<string, string> = new Map([['yes', 'true'], ['no', 'false']])

/**
 * What is sent for an error.
 *
 * @param present the headers that the response already has
 */
export function toResponse (
  error: ScaiError,
  requestId: string,
  present: Headers,
  { maxDetails, shouldRetryHeader }: ResponseOptions
): ErrorResponse {
  const entry = entryOf(error)
  const headers: Record<string, OutgoingHttpHeader> = {
    'x-request-id': requestId,
    'content-type': 'application/json; charset=utf-8',
    // Errors with status 404, 405, 410, 414 and 501 could otherwise be cached (RFC 9110, section 15.1).
    'cache-control': 'no-store'
  }
  if (error.headers !== undefined) addOwnHeaders(headers, error.headers)

  const retryAfter = entry.retryAfter === 'never'
    ? undefined
    : longer(parseRetryAfter(error.retryAfter), headers['retry-after'] ?? present['retry-after'])
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  else if ('retry-after' in headers) delete headers['retry-after']
  const shouldRetry = shouldRetryHeader ? SHOULD_RETRY.get(error.retry) : undefined
  if (shouldRetry !== undefined) headers['x-should-retry'] = shouldRetry
  if (entry.challenge !== false && isNothing(present['www-authenticate']) && isNothing(headers['www-authenticate'])) {
    headers['www-authenticate'] = entry.challenge
  }

  return { code: error.code, status: entry.status, headers, body: envelope(error, requestId, retryAfter, maxDetails) }
}

/** Whether a header that is already there must go: one of the replaced body, or one that Node.js would refuse. */
export function isStale (name: string, value: unknown): boolean {
  return STALE.has(name) || !isValidHeader(name, value)
}

function addOwnHeaders (headers: Record<string, OutgoingHttpHeader>, own: Headers): void {
  for (const name of Object.keys(own)) {
    const value = read(own, name)
    if (!OURS.has(name.toLowerCase()) && isValidHeader(name, value)) headers[name.toLowerCase()] = value as OutgoingHttpHeader
  }
}

/** Of the error's delay and one that is already there (rate-limit, under-pressure), the longer one counts. */
function longer (delay: number | undefined, present: unknown): number | undefined {
  if (present === undefined) return delay
  const other = parseRetryAfter(present)
  return other === undefined ? delay : Math.max(other, delay ?? 0)
}

/** Whether a header has no value: Node.js leaves it out, or it says nothing. */
function isNothing (value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function isValidHeader (name: string, value: unknown): boolean {
  try {
    validateHeader(name, value)
    return true
  } catch {
    return false
  }
}

/**
 * Checks a header as Node.js does when it writes it; of a list, each element.
 *
 * @throws {TypeError} if Node.js would refuse it, or it is neither a string nor a number
 */
export function validateHeader (name: string, value: unknown): void {
  validateHeaderName(name)
  for (const text of Array.isArray(value) ? value : [value]) {
    // An object could have another value when it is written.
    if (typeof text === 'object') throw new TypeError(`The value of the header ${name} must be a string, got an object`)
    validateHeaderValue(name, text)
  }
}
