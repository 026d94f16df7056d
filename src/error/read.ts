import { types } from 'node:util'

/** A property of anything: nothing has none, nor has a getter or a proxy that throws. */
export function read (value: unknown, property: string): unknown {
  // Not left to `catch`: an exception costs microseconds.
  if (value === undefined || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[property]
  } catch {
    return undefined
  }
}

/** Whether this is an error, of whatever realm; a DOMException shows it by its prototype alone. */
export function isError (value: unknown): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}
