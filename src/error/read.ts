import { types } from 'node:util'

/** Reads a property of anything; `undefined` for null and undefined, and if a getter or a proxy throws. */
export function read (value: unknown, property: string): unknown {
  // Checked before, since an exception costs microseconds.
  if (value === undefined || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[property]
  } catch {
    return undefined
  }
}

/** Whether this is an error, of any realm; a DOMException is one only by its prototype. */
export function isError (value: unknown): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}
