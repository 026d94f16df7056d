import type { FastifyBaseLogger } from 'fastify'
import { entryOf } from '../scai-error.js'
import type { ScaiError } from '../scai-error.js'

type Fields = Readonly<Record<string, unknown>>

/**
 * Writes the one line of an error. The error itself is in it only from 500 up, and always ours:
 * pino's `err` serializer adds the messages and stacks of its causes, and nothing else of a foreign
 * error, whose enumerable fields may hold request bodies, headers or keys.
 *
 * @param extra what the line is to say besides
 */
export function logError (log: FastifyBaseLogger, error: ScaiError, extra: Fields): void {
  const { status, logLevel } = entryOf(error)
  const fields = {
    event: 'request_error',
    code: error.code,
    status,
    ...extra,
    ...(error.context !== undefined && { context: error.context })
  }
  try {
    log[logLevel](status < 500 ? fields : { ...fields, err: error }, error.message)
  } catch {
    // A serializer that throws costs the line its `err`, and what it says besides, never the response.
    log[logLevel]({ event: fields.event, code: fields.code, status, ...extra }, error.message)
  }
}

/** Writes the line of an error that nobody is told of any more. */
export function logClientGone (log: FastifyBaseLogger, error: ScaiError): void {
  log.info({ event: 'client_gone', code: error.code, status: error.statusCode }, 'The client is gone: no error was sent')
}
