import { inspect } from 'node:util'
import { isError } from './read.js'

/** How much of a text is shown. */
const MAX_LENGTH = 64

/** A value, for the message of a mistake, which is logged: never what an object holds, it may be a secret. */
export function show (value: unknown): string {
  // Whatever the depth, it would come with its stack.
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
