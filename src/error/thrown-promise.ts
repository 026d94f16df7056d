import { types } from 'node:util'
import { isError, read } from './read.js'
import { createFrom } from './scai-error.js'
import type { ScaiError } from './scai-error.js'

const MISSING_AWAIT = 'A promise was thrown, or passed as an error: an await is missing where the promise was made'

/**
 * The error for a promise that was thrown, which is always a mistake. Its rejection is handled here, since it
 * would end the process. The `then` of any other thenable isn't called: a query builder would run its query.
 */
export function fromPromise (thrown: unknown): ScaiError | undefined {
  if (types.isPromise(thrown)) Promise.prototype.then.call(thrown, undefined, () => {})
  else if (isError(thrown) || typeof read(thrown, 'then') !== 'function') return undefined
  return createFrom(new TypeError(MISSING_AWAIT), 'INTERNAL_ERROR')
}
