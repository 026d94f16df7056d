import { isRecord } from './issue.js'

/** How deep input may be nested: what Ajv does for each level of a recursive schema grows with the levels. */
const MAX_DEPTH = 100

/**
 * A copy, as deep as JSON goes; whatever else there is (a file, a date), no validator changes. For
 * small input several times as fast as `structuredClone`, which may be the dearest part of a 422.
 *
 * @throws {RangeError} where it is nested too deep
 */
export function copyOf (value: unknown, depth = 0): unknown {
  if (!isRecord(value)) return value
  if (depth > MAX_DEPTH) throw new RangeError('Nested too deep')
  if (Array.isArray(value)) return value.map(item => copyOf(item, depth + 1))
  const copy = shallowCopyOf(value)
  if (copy === undefined) return value

  for (const name in copy) {
    const inner = copy[name]
    if (isRecord(inner)) copy[name] = copyOf(inner, depth + 1)
  }
  return copy
}

function shallowCopyOf (value: object): Record<string, unknown> | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype) return { ...value }
  // What Fastify reads off the URL inherits nothing.
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null
  return isBare ? Object.assign(Object.create(prototype) as object, value) as Record<string, unknown> : undefined
}
