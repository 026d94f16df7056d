import type { FastifyBaseLogger } from 'fastify'
import type { LogLevel } from '../error/definition.js'
import { entryOf } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import type { ErrorResponse } from './response.js'

type Fields = Readonly<Record<string, unknown>>

/**
 * Writes the one line of an error. The error itself is in it only from 500 up, and always ours:
 * pino's `err` serializer adds the messages and stacks of its causes, and nothing else of a foreign
 * error, whose enumerable fields may hold request bodies, headers or keys.
 *
 * @param extra what the line is to say besides
 */
export function logError (log: FastifyBaseLogger, error: ScaiError, extra?: Fields): void {
  write(log, entryOf(error).logLevel, error, extra, error.message)
}

/** Writes the line of an error that can't be sent any more: the client is gone, or the headers are out. */
export function logUnsent (log: FastifyBaseLogger, error: ScaiError, event: 'client_gone' | 'request_error'): void {
  write(log, 'info', error, { event }, event === 'client_gone' ? 'The client is gone, the error was not sent' : 'The headers are out, the error was not sent')
}

/** Writes that a route sends a code which it doesn't declare: its documentation is wrong. */
export function logUndocumented (log: FastifyBaseLogger, route: string, { code, status }: Pick<ErrorResponse, 'code' | 'status'>): void {
  log.warn({ event: 'undocumented_error', code, status, route }, `${route} sends ${code}, which is missing in its config.scaiErrors.codes`)
}

/** Writes that an error of a response was thrown without `await`: its body would have told more. */
export function logPending (log: FastifyBaseLogger, { code }: ScaiError): void {
  log.warn({ code }, 'An error of a response was thrown without await, so only its status tells: throw await fromProvider(response)')
}

/** Writes the line of a stream whose client has left, which is no error. */
export function logGone (log: FastifyBaseLogger, extra: Fields): void {
  log.info({ event: 'client_gone', ...extra }, 'The client is gone, the stream was ended')
}

function write (log: FastifyBaseLogger, level: LogLevel, error: ScaiError, extra: Fields | undefined, message: string): void {
  const { code, status } = entryOf(error)
  const fields = { event: 'request_error', code, status, ...extra }
  try {
    log[level](status < 500 && error.context === undefined ? fields : { ...fields, ...forDiagnosis(error, status) }, message)
  } catch {
    // A serializer that throws costs the line its `err`, and what it says besides, never the response.
    log[level](fields, message)
  }
}

function forDiagnosis (error: ScaiError, status: number): Fields {
  return { ...error.context !== undefined && { context: error.context }, ...status >= 500 && { err: error } }
}
