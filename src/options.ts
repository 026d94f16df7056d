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
   * Your own rule, or a list of them asked in order, before all others, about everything that was thrown
   * and isn't a `ScaiError` yet. It must be synchronous; `undefined` leaves the error to the next rule.
   * @default undefined
   */
  mapError?: MapError | readonly MapError[]
  /**
   * Codes that every route of this scope, and of those below it, may send: for their documentation. A
   * route's own (`config: { scaiErrors: { codes } }`) add to them. Any other that is sent is logged.
   * @default []
   */
  codes?: readonly ScaiErrorCode[]
  /**
   * Take over an inbound `x-request-id` in the documented form. Only for a service whose callers are
   * your own.
   * @default false
   */
  trustRequestId?: boolean
  /**
   * How many `details` are sent at most; the message counts those left out.
   * @default 50
   */
  maxDetails?: number
  /**
   * Up to how many bytes of input (by `content-length`) all its faults are listed; of larger input only
   * the first, since looking for more can take long.
   * @default 8192
   */
  allErrorsLimit?: number
  /**
   * Put the envelope in place of every other body under an error status, whoever sends it. A single
   * route opts out by `config: { scaiErrors: { normalizeReplies: false } }`: a proxy that must pass
   * bodies through.
   * @default true
   */
  normalizeReplies?: boolean
  /**
   * Send `x-should-retry`, which the OpenAI and Anthropic SDKs obey.
   * @default true
   */
  shouldRetryHeader?: boolean
  /**
   * The level of an error's log line by its code, where the catalog's is not what you want; `'silent'`
   * leaves the line out.
   * @default {}
   */
  logLevels?: { readonly [Code in ScaiErrorCode]?: ErrorLogLevel }
  /**
   * Answer unknown routes, with `NOT_FOUND` or `METHOD_NOT_ALLOWED`. Turn it off to set a handler of
   * your own.
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

/** Names that options had before. */
const RENAMED: ReadonlyMap<string, keyof ScaiErrorsOptions> = new Map([['retryHeaders', 'shouldRetryHeader']])

/** Options that `register` itself has. */
const OF_REGISTER: ReadonlySet<string> = new Set(['prefix', 'logLevel', 'logSerializers'])

/**
 * Checks the options of the plugin. Of a name that is no option of ours, one that comes close to one is
 * taken for a mistake; any other only gets a warning, for fastify-cli and @fastify/autoload hand on all
 * sorts of options.
 *
 * @throws {TypeError} on a bad value, a misspelt name and a name from before
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

/** Functions that have an answer for everything: as the first rule, they would leave nothing to the others. */
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

/** The settings of a scope: its options, and for the others what holds around it. */
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
