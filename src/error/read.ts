/** A property of anything: a getter or a proxy that throws has none. */
export function read (value: unknown, property: string): unknown {
  try {
    return (value as Record<string, unknown>)[property]
  } catch {
    return undefined
  }
}
