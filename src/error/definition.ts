import { validateHeaderValue } from 'node:http'
import { inspect, isDeepStrictEqual } from 'node:util'
import { moduleErrors } from './codes/modules.js'
import { protocolErrors } from './codes/http.js'
import { referenceErrors } from './codes/reference.js'

/**
 * Whether a client should try again: `yes`, `once`, `sometimes` (after a delay, if the caller can
 * wait) or `no`.
 */
export type RetryClass = typeof RETRY_CLASSES[number]

/** What a code means: one row of the catalog, as it is written down. */
export interface ErrorDefinition {
  /** The HTTP status of every response with this code: an integer from 400 to 599. */
  readonly status: number
  /** For people; what is sent where the error brings no message of its own. */
  readonly message: string
  /** @default 'no' */
  readonly retry?: RetryClass
  /**
   * `required`: an error with this code always carries `retry_after`. Without it, `retry_after` is
   * optional where the status is 429, 502, 503 or 504, and left off elsewhere.
   */
  readonly retryAfter?: 'required'
  /** Whether an error with this code carries `details`. Without it, they are left off. */
  readonly details?: 'required' | 'optional'
  /**
   * The `WWW-Authenticate` header, where nothing else has set one; `false` for none.
   * @default 'Bearer' for status 401, else none
   */
  readonly challenge?: string | false
  /** @default 'error' for 5xx, 'warn' for 429, else 'info' */
  readonly logLevel?: LogLevel
}

export type LogLevel = typeof LOG_LEVELS[number]

/** Where a code comes from. `defined`: added, or corrected, by `defineErrors`. */
export type ErrorSource = 'reference' | 'module' | 'http' | 'defined'

/**
 * Every code and its row. A service adds the codes of its own by declaration merging.
 *
 * @example
 * declare module 'fastify-scai-errors' {
 *   interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
 * }
 */
export interface ScaiErrorCatalog extends ReferenceErrors, ModuleErrors, ProtocolErrors {}

type ReferenceErrors = typeof referenceErrors
type ModuleErrors = typeof moduleErrors
type ProtocolErrors = typeof protocolErrors

export type ScaiErrorCode = keyof ScaiErrorCatalog & string

/**
 * What `defineErrors` returned, as `ScaiErrorCatalog` wants it. The module codes that the reference
 * names are left out: they are in the catalog already, with a status of type `number`.
 */
export type DefinedErrors<Definitions> = {
  readonly [Code in Exclude<keyof Definitions, keyof ModuleErrors>]: Definitions[Code]
}

/** A row of the catalog as it is read: complete, every default filled in. */
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

export type ErrorCatalog = {
  readonly [Code in ScaiErrorCode]: CatalogEntry<ScaiErrorCatalog[Code]['status'], Code>
}

const RETRY_CLASSES = ['yes', 'once', 'sometimes', 'no'] as const
const LOG_LEVELS = ['error', 'warn', 'info'] as const
/** How a code is written. */
export const CODE_PATTERN = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/
const STATUSES_WITH_RETRY_AFTER = new Set([429, 502, 503, 504])

interface Column {
  readonly required?: true
  readonly accepts: (value: unknown) => boolean
  /** Completes "must be …". */
  readonly expected: string
}

const COLUMNS: Record<keyof ErrorDefinition, Column> = {
  status: { required: true, accepts: isErrorStatus, expected: 'an integer from 400 to 599' },
  message: { required: true, accepts: isText, expected: 'a text for people' },
  retry: oneOf(RETRY_CLASSES),
  retryAfter: oneOf(['required']),
  details: oneOf(['required', 'optional']),
  challenge: { accepts: value => value === false || isHeaderValue(value), expected: 'the value of a WWW-Authenticate header, or false' },
  logLevel: oneOf(LOG_LEVELS)
}

// Lookups go to this map, so that nobody who gets hold of `errorCatalog` can change what is sent.
const entries = new Map<string, CatalogEntry>()

/**
 * Every code by name, with its status, message, retry class and source. Read-only; `defineErrors`
 * adds to it.
 */
export const errorCatalog = {} as ErrorCatalog

addAll(referenceErrors, 'reference')
addAll(moduleErrors, 'module')
addAll(protocolErrors, 'http')

/** The row of a code, or `undefined` where the catalog has none. */
export function findEntry (code: unknown): CatalogEntry | undefined {
  return entries.get(code as string)
}

/**
 * Adds a module's own codes to the catalog; call it once, at start-up, and merge the result's type
 * into `ScaiErrorCatalog`. One of the 29 module codes that the reference names may be corrected.
 * Defining the same code twice is fine as long as both say the same.
 *
 * @returns the definitions, unchanged
 * @throws {TypeError} on a bad name or row, and on a clash with another definition; then no code of
 *   the call is added
 * @example
 * export const queueErrors = defineErrors({
 *   SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' }
 * })
 */
export function defineErrors<const Definitions extends Record<string, ErrorDefinition>> (definitions: Definitions): Definitions {
  for (const [code, definition] of Object.entries(definitions)) {
    checkDefinition(code, definition)
    checkClash(toEntry(code, definition, 'defined'))
  }
  addAll(definitions, 'defined')
  return definitions
}

function checkDefinition (code: string, definition: ErrorDefinition): void {
  if (!CODE_PATTERN.test(code)) throw invalid(code, 'a code is written like SCAIQUEUE_QUEUE_FULL: capitals and digits, joined by single underscores')
  if (typeof definition !== 'object' || definition === null) throw invalid(code, `expected { status, message }, got ${inspect(definition)}`)

  const unknown = Object.keys(definition).find(name => !Object.hasOwn(COLUMNS, name))
  if (unknown !== undefined) throw invalid(code, `unknown property ${inspect(unknown)}, there are ${Object.keys(COLUMNS).join(', ')}`)
  for (const [name, { required, accepts, expected }] of Object.entries(COLUMNS)) {
    const value = definition[name as keyof ErrorDefinition]
    if (value === undefined ? required : !accepts(value)) throw invalid(code, `${name} must be ${expected}, got ${inspect(value)}`)
  }
  if (definition.retryAfter && !STATUSES_WITH_RETRY_AFTER.has(definition.status)) {
    throw invalid(code, `status ${definition.status} never carries retry_after: drop retryAfter, or use ${[...STATUSES_WITH_RETRY_AFTER].join(', ')}`)
  }
}

function checkClash (entry: CatalogEntry): void {
  const { code } = entry
  const existing = entries.get(code)
  if (existing === undefined || existing.source === 'module') return
  if (existing.source !== 'defined') {
    throw invalid(code, `this is a code of ${existing.source === 'http' ? 'HTTP itself' : 'the ScaiGrid reference'} and can not be redefined: choose another name`)
  }
  if (!isDeepStrictEqual(existing, entry)) {
    throw invalid(code, 'already defined, and differently: define it in one place, or make both definitions the same')
  }
}

function addAll (definitions: Record<string, ErrorDefinition>, source: ErrorSource): void {
  for (const [code, definition] of Object.entries(definitions)) {
    // A getter, since a data property that is neither writable nor configurable could not be corrected.
    if (!entries.has(code)) Object.defineProperty(errorCatalog, code, { enumerable: true, get: () => entries.get(code) })
    entries.set(code, toEntry(code, definition, source))
  }
}

/** A row as it is read: every default filled in. */
export function toEntry (code: string, { status, message, retry, retryAfter, details, challenge, logLevel }: ErrorDefinition, source: ErrorSource): CatalogEntry {
  return Object.freeze<CatalogEntry>({
    code,
    status,
    message,
    retry: retry ?? 'no',
    source,
    retryAfter: retryAfter ?? (STATUSES_WITH_RETRY_AFTER.has(status) ? 'optional' : 'never'),
    details: details ?? 'never',
    challenge: challenge ?? (status === 401 ? 'Bearer' : false),
    logLevel: logLevel ?? (status >= 500 ? 'error' : status === 429 ? 'warn' : 'info')
  })
}

function invalid (code: string, problem: string): TypeError {
  return new TypeError(`defineErrors: ${code}: ${problem}`)
}

function oneOf (values: readonly string[]): Column {
  return { accepts: value => values.includes(value as string), expected: values.map(value => `'${value}'`).join(' or ') }
}

function isErrorStatus (value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599
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
