import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { isScaiError } from '../error/scai-error.js'
import { authoredIn } from './authored.js'
import type { Authored } from './authored.js'
import { innermost } from './causes.js'
import { isOfSocket, signIn } from './client-signs.js'
import { signsOf } from './signs.js'
import type { Signs } from './signs.js'
import { saysUnavailable } from './store-signs.js'

/**
 * Makes an error for your client from what the driver of your own database, cache or queue threw:
 * `SERVICE_UNAVAILABLE` if the store can't be reached, doesn't answer in time or refuses service, else
 * `INTERNAL_ERROR` (a wrong query, for example). What was thrown is its `cause`, for the log. A `ScaiError` is
 * returned as it is.
 *
 * Never throws, whatever it is given.
 *
 * @example
 * try {
 *   return await pool.query('SELECT slug FROM models')
 * } catch (error) {
 *   throw fromStore(error)
 * }
 */
export function fromStore (thrown: unknown): ScaiError {
  try {
    const found = innermost(thrown, outageIn)
    if (isScaiError(found)) return found
    if (typeof found === 'object') return found.authored
    return createFrom(thrown, found === true ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR')
  } catch (cause) {
    return createFrom(cause, 'INTERNAL_ERROR')
  }
}

function outageIn (error: unknown): true | Authored | undefined {
  const signs = signsOf(error)
  if (saysUnavailable(error, signs) || isOfSocket(error, signs)) return true
  return authoredIn(error) ?? (isOutOfReach(error, signs) || undefined)
}

/** The network has the same errors, whatever is at its other end. */
function isOutOfReach (error: unknown, signs: Signs): boolean {
  const kind = signIn(error, signs)
  return kind === 'timeout' || kind === 'unreachable'
}
