import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { createFrom, entryOf } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { urlWithoutQuery, withoutQueries } from '../error/without-queries.js'
import { causeSerializer } from './err-serializer.js'
import { exchangeOf, requestIdOf } from './exchange.js'
import type { Exchange } from './exchange.js'
import type { ErrorResponse } from './response.js'
import type { Settings } from './settings.js'

/** The level of an error's line; `silent` omits the line. */
export type ErrorLogLevel = typeof ERROR_LOG_LEVELS[number]

export const ERROR_LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const

type Fields = Readonly<Record<string, unknown>>

/** A request, Fastify's or Node's own. */
interface AnyRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** What the line of an error has besides the error. */
export interface Line {
  readonly settings: Settings
  /** The request that failed, if it is known. */
  readonly request?: AnyRequest | undefined
  /** @default 'request_error' */
  readonly event?: 'request_error' | 'socket_error' | 'client_gone'
  /** More fields. */
  readonly fields?: Fields | undefined
  /** @default the error's */
  readonly message?: string
  /** Replaces the code's own level. Only the client is at fault, so the error itself isn't logged. */
  readonly level?: ErrorLogLevel
}

/** The codes whose line has method and URL: nothing else tells which URL has no route. */
const ABOUT_THE_URL: ReadonlySet<ScaiErrorCode> = new Set(['NOT_FOUND', 'METHOD_NOT_ALLOWED'])

/** The request's id, if the request's own logger has none, or another one. */
export function idField (request: FastifyRequest, exchange: Exchange = exchangeOf(request.raw)): Fields | undefined {
  const id = requestIdOf(exchange, request.id)
  return id === request.id ? undefined : { request_id: id }
}

/**
 * Writes the one line of an error. From status 500 up it has the error itself, which is always ours; below,
 * a summary of what led to it.
 */
export function logError (log: FastifyBaseLogger, error: ScaiError, line: Line): void {
  const { event = 'request_error', fields, message = error.message } = line
  const level = levelOf(error, line)
  if (level === 'silent') return
  const { code, status, message: known } = entryOf(error)
  const text = message === known ? message : withoutQueries(message)
  try {
    log[level](Object.assign(diagnose(error, line, { event, code, status }), fields), text)
  } catch {
    // A serializer that throws must not fail the response: the line is written without `err` and its like.
    write(log, level, { event, code, status, ...fields }, text)
  }
}

/** Writes a line with a logger that may throw, which must not fail the response. */
function write (log: FastifyBaseLogger, level: Exclude<ErrorLogLevel, 'silent'>, fields: Fields, message: string): void {
  try {
    log[level](fields, message)
  } catch {}
}

/** Logs that a route sends a code that it doesn't declare: its documentation is wrong. */
export function logUndocumented (log: FastifyBaseLogger, route: string, { code, status }: Pick<ErrorResponse, 'code' | 'status'>): void {
  write(log, 'warn', { event: 'undocumented_error', code, status, route }, `${route} sends ${code}, which it does not declare: add it to config.scaiErrors.codes, or to errorResponses() in its response schema`)
}

/** Logs that the error of a response was thrown without `await`: with it, the body would have been read. */
export function logPending (log: FastifyBaseLogger, { code }: ScaiError, fields: Fields | undefined): void {
  write(log, 'warn', { code, ...fields }, 'The error of a response was thrown without await, so its code depends on the status alone: write "throw await fromProvider(…)", or "throw await fromModule(…)"')
}

/** Logs that an onSend hook failed while an error was sent; the error has a line of its own. */
export function logFailedHook (log: FastifyBaseLogger, thrown: unknown, fields: Fields | undefined): void {
  write(log, 'error', { err: createFrom(thrown, 'INTERNAL_ERROR'), ...fields }, 'An onSend hook failed while an error was being sent; the error is sent anyway')
}

/** Logs that the client of a stream has disconnected, which is no error. */
export function logGone (log: FastifyBaseLogger, fields: Fields | undefined): void {
  write(log, 'info', { event: 'client_gone', ...fields }, 'The client disconnected, the stream was ended')
}

function levelOf (error: ScaiError, { settings, request, event, level }: Line): ErrorLogLevel {
  const { code, status, logLevel } = entryOf(error)
  if (status < 500 && request !== undefined && settings.isLogDisabled(request)) return 'silent'
  return event === 'client_gone' ? 'info' : settings.logLevels.get(code) ?? level ?? logLevel
}

/** Adds the reason to a line. Property by property, since each spread costs 2 µs. */
function diagnose (error: ScaiError, { request, level }: Line, fields: Record<string, unknown>): object {
  const { context, cause } = error
  if (context !== undefined) fields.context = context
  if (error.statusCode >= 500 && level === undefined) fields.err = error
  else if (cause !== undefined) fields.cause = causeSerializer(cause)
  if (error.code === 'VALIDATION_ERROR') fields.fields = error.details?.map(({ field }) => field)
  if (request !== undefined && ABOUT_THE_URL.has(error.code)) {
    fields.method = request.method
    fields.url = urlWithoutQuery(String(request.url))
  }
  return fields
}
