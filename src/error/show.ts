import { inspect } from 'node:util'
import { isError } from './read.js'

/** The longest string that is shown. */
const MAX_LENGTH = 64

/** Shows a value in the message of a mistake. The message is logged, so the contents of objects, which may be secret, are left out. */
export function show (value: unknown): string {
  // At any depth, its stack would be shown.
  if (isError(value)) return '[Error]'
  return inspect(value, { depth: isArray(value) ? 0 : -1, customInspect: false, maxStringLength: MAX_LENGTH, maxArrayLength: 3 })
}

/** Of a revoked proxy, `Array.isArray` can't tell. */
function isArray (value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
