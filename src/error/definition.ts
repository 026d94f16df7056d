import { validateHeaderValue } from 'node:http'
import { inspect } from 'node:util'
import { STATUSES_WITH_RETRY_AFTER, carriesRetryAfter, isErrorStatus } from './status.js'
import { findUnknownOption } from './unknown-option.js'

/**
 * Whether a client should try again: `yes`, `once`, `sometimes` (after a delay, if the caller can
 * wait) or `no`.
 */
export type RetryClass = typeof RETRY_CLASSES[number]

/** What a code means: one row of the catalog, as its author writes it. */
export interface ErrorDefinition {
  /** The HTTP status of every response with this code: an integer from 400 to 599. */
  readonly status: number
  /** For people; sent unless the error has a message of its own. */
  readonly message: string
  /** @default 'no' */
  readonly retry?: RetryClass
  /**
   * `required`: an error with this code always has `retry_after`. By default, `retry_after` is optional for
   * status 429, 502, 503 and 504, and omitted for all others.
   */
  readonly retryAfter?: 'required'
  /** Whether an error with this code has `details`. By default, they are omitted. */
  readonly details?: 'required' | 'optional'
  /**
   * The `WWW-Authenticate` header, unless something else has set it; `false` for none.
   * @default 'Bearer' for status 401, else none
   */
  readonly challenge?: string | false
  /** @default 'error' for 5xx, 'warn' for 429, else 'info' */
  readonly logLevel?: LogLevel
}

export type LogLevel = typeof LOG_LEVELS[number]

/** Where a code comes from. `defined`: added, or corrected, by `defineErrors`. */
export type ErrorSource = 'reference' | 'module' | 'http' | 'defined'

/** A row of the catalog with all defaults filled in. */
export interface CatalogEntry<Status extends number = number, Code extends string = string> {
  readonly code: Code
  readonly status: Status
  readonly message: string
  readonly retry: RetryClass
  readonly source: ErrorSource
  readonly retryAfter: 'required' | 'optional' | 'never'
  readonly details: 'required' | 'optional' | 'never'
  readonly challenge: string | false
  readonly logLevel: LogLevel
}

const RETRY_CLASSES = ['yes', 'once', 'sometimes', 'no'] as const
const LOG_LEVELS = ['error', 'warn', 'info'] as const
/** How a code is written. */
export const CODE_PATTERN = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/

interface Column {
  readonly required?: true
  readonly accepts: (value: unknown) => boolean
  /** Completes "must be …". */
  readonly expected: string
}

const COLUMNS: Record<keyof ErrorDefinition, Column> = {
  status: { required: true, accepts: isErrorStatus, expected: 'an integer from 400 to 599' },
  message: { required: true, accepts: isText, expected: 'a non-empty string' },
  retry: oneOf(RETRY_CLASSES),
  retryAfter: oneOf(['required']),
  details: oneOf(['required', 'optional']),
  challenge: { accepts: value => value === false || isHeaderValue(value), expected: 'the value of a WWW-Authenticate header, or false' },
  logLevel: oneOf(LOG_LEVELS)
}

/** @throws {TypeError} on an invalid name or row */
export function checkDefinition (code: string, definition: ErrorDefinition): void {
  if (!CODE_PATTERN.test(code)) {
    throw invalid(
      code,
      'a code is written like SCAIQUEUE_QUEUE_FULL: capitals and digits, joined by single underscores'
    )
  }
  if (typeof definition !== 'object' || definition === null) throw invalid(code, `expected { status, message }, got ${inspect(definition)}`)

  const unknown = findUnknownOption(definition, Object.keys(COLUMNS))
  if (unknown !== undefined) throw invalid(code, unknown)
  for (const [name, { required, accepts, expected }] of Object.entries(COLUMNS)) {
    const value = definition[name as keyof ErrorDefinition]
    if (value === undefined ? required : !accepts(value)) throw invalid(code, `${name} must be ${expected}, got ${inspect(value)}`)
  }
  if (definition.retryAfter && !carriesRetryAfter(definition.status)) {
    throw invalid(
      code,
      `status ${definition.status} never carries retry_after: drop retryAfter, or use ${STATUSES_WITH_RETRY_AFTER.join(', ')}`
    )
  }
}

/** Fills in the defaults of a row. */
export function toEntry (code: string, {
  status,
  message,
  retry,
  retryAfter,
  details,
  challenge,
  logLevel
}: ErrorDefinition, source: ErrorSource): CatalogEntry {
  return Object.freeze<CatalogEntry>({
    code,
    status,
    message,
    retry: retry ?? 'no',
    source,
    retryAfter: retryAfter ?? (carriesRetryAfter(status) ? 'optional' : 'never'),
    details: details ?? 'never',
    challenge: challenge ?? (status === 401 ? 'Bearer' : false),
    logLevel: logLevel ?? (status >= 500 ? 'error' : status === 429 ? 'warn' : 'info')
  })
}

export function invalid (code: string, problem: string): TypeError {
  return new TypeError(`defineErrors: ${code}: ${problem}`)
}

function oneOf (values: readonly string[]): Column {
  return { accepts: value => values.includes(value as string), expected: values.map(value => `'${value}'`).join(' or ') }
}

function isText (value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isHeaderValue (value: unknown): boolean {
  try {
    validateHeaderValue('www-authenticate', value as string)
    return isText(value)
  } catch {
    return false
  }
}
