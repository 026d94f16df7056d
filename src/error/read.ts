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
