import { show } from './error/show.js'
import type { FastifyBaseLogger } from 'fastify'
import { toScaiError } from './classify/classify.js'
import type { ScaiErrorCode } from './error/catalog.js'
import { nearestName } from './error/nearest.js'
import { checkCodes } from './openapi/declaration.js'
import { ERROR_LOG_LEVELS } from './respond/log.js'
import type { ErrorLogLevel } from './respond/log.js'
import { DEFAULT_SETTINGS } from './respond/settings.js'
import type { MapError, Settings } from './respond/settings.js'
import { fromModule } from './upstream/module.js'
import { fromProvider } from './upstream/provider.js'
import { fromStore } from './upstream/store.js'

export interface ScaiErrorsOptions {
  /**
   * Your own rule, or a list of rules that are asked in order, about everything that was thrown and isn't a
   * `ScaiError` yet. It must be synchronous. Return `undefined` to leave the error to the next rule.
   * @default undefined
   */
  mapError?: MapError | readonly MapError[]
  /**
   * Codes that every route of this scope and its children may send, for the documentation. A route adds its
   * own with `config: { scaiErrors: { codes } }`. Any other code that is sent is logged.
   * @default []
   */
  codes?: readonly ScaiErrorCode[]
  /**
   * Accept an inbound `x-request-id` of the form `req_…`. Only for a service whose callers are your own.
   * @default false
   */
  trustRequestId?: boolean
  /**
   * The most `details` that are sent; the message counts the rest.
   * @default 50
   */
  maxDetails?: number
  /**
   * The largest input, in bytes of `content-length`, for which all errors are reported. Larger input gets
   * only its first error, since finding more can take long.
   * @default 8192
   */
  allErrorsLimit?: number
  /**
   * Replace every other body under an error status by the envelope, whoever sends it. A single route, such
   * as a proxy, opts out with `config: { scaiErrors: { normalizeReplies: false } }`.
   * @default true
   */
  normalizeReplies?: boolean
  /**
   * Send `x-should-retry`, which the OpenAI and Anthropic SDKs obey.
   * @default true
   */
  shouldRetryHeader?: boolean
  /**
   * The level of an error's log line by its code, if you want another than the catalog's; `'silent'` omits
   * the line.
   * @default {}
   */
  logLevels?: { readonly [Code in ScaiErrorCode]?: ErrorLogLevel }
  /**
   * Answer unknown routes with `NOT_FOUND` or `METHOD_NOT_ALLOWED`. Your own not-found handler takes
   * precedence in any case.
   * @default true
   */
  notFoundHandler?: boolean
}

export const NAME = 'fastify-scai-errors'

interface Option {
  readonly accepts: (value: unknown) => boolean
  /** Completes "must be …". */
  readonly expected: string
}

const FLAG: Option = { accepts: value => typeof value === 'boolean', expected: 'true or false' }

const OPTIONS: Readonly<Record<keyof ScaiErrorsOptions, Option>> = {
  mapError: { accepts: value => [value].flat().every(isSynchronousFunction), expected: 'a synchronous function, or a list of them' },
  codes: { accepts: value => Array.isArray(value), expected: "a list of codes: ['MODEL_NOT_FOUND', …]" },
  trustRequestId: FLAG,
  maxDetails: { accepts: value => Number.isSafeInteger(value) && (value as number) > 0, expected: 'an integer > 0' },
  allErrorsLimit: { accepts: value => Number.isSafeInteger(value) && (value as number) >= 0, expected: 'an integer ≥ 0' },
  normalizeReplies: FLAG,
  shouldRetryHeader: FLAG,
  logLevels: { accepts: isRecord, expected: "levels by code: { MODEL_NOT_FOUND: 'debug' }" },
  notFoundHandler: FLAG
}

/** Every option of the plugin. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS)

/** Former names of options. */
const RENAMED: ReadonlyMap<string, keyof ScaiErrorsOptions> = new Map([['retryHeaders', 'shouldRetryHeader']])

/** Options of `register` itself. */
const OF_REGISTER: ReadonlySet<string> = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * Checks the options of the plugin. An unknown name that is close to an option is refused. Any other gets
 * only a warning, since fastify-cli and @fastify/autoload pass all sorts of options on.
 *
 * @throws {TypeError} on an invalid value, a misspelt name and a former name
 */
export function checkOptions (options: ScaiErrorsOptions, log: FastifyBaseLogger): void {
  for (const [name, { accepts, expected }] of Object.entries(OPTIONS)) {
    const value = options[name as keyof ScaiErrorsOptions]
    if (value !== undefined && !accepts(value)) throw new TypeError(`${NAME}: ${name} must be ${expected}, got ${show(value)}`)
  }

  for (const mapError of listOf(options.mapError)) checkMapError(mapError)
  checkCodes(options.codes ?? [], `${NAME}: codes`)
  for (const [code, level] of Object.entries(options.logLevels ?? {})) checkLogLevel(code, level)

  const unknown = Object.keys(options).filter(name => !Object.hasOwn(OPTIONS, name) && !OF_REGISTER.has(name))
  for (const name of unknown) {
    const meant = RENAMED.get(name) ?? nearestName(name, OPTION_NAMES)
    if (meant !== undefined) throw new TypeError(`${NAME}: unknown option ${show(name)}: did you mean ${show(meant)}?`)
  }
  if (unknown.length > 0) log.warn(`${NAME}: unknown options are ignored: ${unknown.join(', ')}`)
}

/** Functions with an answer for everything: as the first rule, they would leave nothing to the others. */
const TOTAL: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [toScaiError, 'toScaiError'], [fromStore, 'fromStore'], [fromProvider, 'fromProvider'], [fromModule, 'fromModule']
])

function checkMapError (mapError: MapError): void {
  const name = TOTAL.get(mapError)
  if (name === undefined) return
  throw new TypeError(`${NAME}: mapError must not be ${name}, which has an answer for everything: an expired token or malformed JSON would ` +
    'become a 500. Leave it out: the plugin recognizes the errors of providers and stores by itself')
}

function checkLogLevel (code: string, level: unknown): void {
  checkCodes([code], `${NAME}: logLevels`)
  if (!ERROR_LOG_LEVELS.includes(level as ErrorLogLevel)) {
    throw new TypeError(`${NAME}: logLevels: the level of ${code} must be one of ${ERROR_LOG_LEVELS.join(', ')}, got ${show(level)}`)
  }
}

/** The settings of a scope: its own options, and those of the scope around it. */
export function createSettings (options: ScaiErrorsOptions, inherited: Settings = DEFAULT_SETTINGS): Settings {
  const {
    mapError, maxDetails = inherited.maxDetails, allErrorsLimit = inherited.allErrorsLimit,
    shouldRetryHeader = inherited.shouldRetryHeader, logLevels = {}
  } = options
  return {
    ...inherited,
    mapErrors: [...listOf(mapError), ...inherited.mapErrors],
    maxDetails,
    allErrorsLimit,
    shouldRetryHeader,
    logLevels: new Map([...inherited.logLevels, ...Object.entries(logLevels)])
  }
}

/** The rules of the option `mapError`, in order. */
export function listOf (mapError: ScaiErrorsOptions['mapError']): readonly MapError[] {
  return mapError === undefined ? [] : [mapError].flat()
}

function isRecord (value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSynchronousFunction (value: unknown): boolean {
  return typeof value === 'function' && value.constructor.name !== 'AsyncFunction'
}
