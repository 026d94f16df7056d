import { createFrom, truncate } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { canonicalCode, isErrorStatus } from '../error/status.js'
import { read } from '../error/read.js'

export interface Authored {
  readonly authored: ScaiError
}

/** An error that was made to be answered with, as the error handler tells it. */
export function authoredIn (thrown: unknown): Authored | undefined {
  const status = statusOf(thrown)
  if (status === undefined || !(isAuthored(thrown) || isHttpException(thrown))) return undefined
  const message = read(thrown, 'message')
  const isSent = read(thrown, 'expose') === true && status < 500 && status !== 401 && typeof message === 'string'
  return { authored: createFrom(thrown, canonicalCode(status), isSent ? { message: truncate(message) } : {}) }
}

/**
 * Whether an error was made to be answered with: it says whether to expose it, or is Fastify's own. http-errors sets
 * `expose` on errors that it was given, too.
 */
export function isAuthored (thrown: unknown): boolean {
  return read(thrown, 'name') === 'FastifyError' ||
    (typeof read(thrown, 'expose') === 'boolean' && read(thrown, 'syscall') === undefined && read(thrown, 'errno') === undefined)
}

/** NestJS's `HttpException`, of whichever copy of it: its `response` is the body to answer with, not an upstream's answer. */
export function isHttpException (thrown: unknown): boolean {
  return typeof read(thrown, 'getStatus') === 'function' && typeof read(thrown, 'getResponse') === 'function'
}

/** The error status that what was thrown asks for itself. */
export function statusOf (thrown: unknown): number | undefined {
  return [read(thrown, 'statusCode'), read(thrown, 'status')].find(isErrorStatus)
}
