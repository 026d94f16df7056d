import { types } from 'node:util'
import { isError, read } from './read.js'
import { createFrom } from './scai-error.js'
import type { ScaiError } from './scai-error.js'

const MISSING_AWAIT = 'A promise was thrown, or passed as an error: an await is missing where the promise was made'

/**
 * The error for a promise that was thrown: a mistake, whatever becomes of the promise. Its rejection,
 * which nobody else handles, would end the process. Any other thenable is never asked for its result:
 * that could start what it stands for, as with a query builder.
 */
export function fromPromise (thrown: unknown): ScaiError | undefined {
  if (types.isPromise(thrown)) Promise.prototype.then.call(thrown, undefined, () => {})
  else if (isError(thrown) || typeof read(thrown, 'then') !== 'function') return undefined
  return createFrom(new TypeError(MISSING_AWAIT), 'INTERNAL_ERROR')
}
