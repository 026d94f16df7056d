import { createFrom, truncate } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { canonicalCode, isErrorStatus } from '../error/status.js'
import { read } from '../error/read.js'

export interface Authored {
  readonly authored: ScaiError
}

/**
 * An error that was made to be answered with (it says whether to expose it, or is Fastify's own), as the error handler tells
 * it. http-errors sets `expose` on errors that it was given, too.
 */
export function authoredIn (thrown: unknown): Authored | undefined {
  const status = statusOf(thrown)
  const expose = read(thrown, 'expose')
  const isAuthored = read(thrown, 'name') === 'FastifyError' ||
    (typeof expose === 'boolean' && read(thrown, 'syscall') === undefined && read(thrown, 'errno') === undefined)
  if (status === undefined || !isAuthored) return undefined
  const message = read(thrown, 'message')
  const isSent = expose === true && status < 500 && status !== 401 && typeof message === 'string'
  return { authored: createFrom(thrown, canonicalCode(status), isSent ? { message: truncate(message) } : {}) }
}

/** The error status that what was thrown asks for itself. */
export function statusOf (thrown: unknown): number | undefined {
  return [read(thrown, 'statusCode'), read(thrown, 'status')].find(isErrorStatus)
}
