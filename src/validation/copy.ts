import { isRecord } from './issue.js'

/** How deep input may be nested: for a recursive schema, Ajv's work for each level grows with the number of levels. */
const MAX_DEPTH = 100

/** How many values a copy may still have, and what has been copied. */
interface State {
  left: number
  readonly copies: Copies
}

/** By the object or list that was copied, its copy. */
export type Copies = Map<object, object>

/**
 * A deep copy of JSON values. Other values (a file, a date) are shared, since no validator changes them. An object
 * that the input refers to twice (YAML can) is copied once. For small input this is several times as fast as
 * `structuredClone`, which could be the most expensive part of a 422.
 *
 * @param limit the most values that it may have
 * @param copies where to note what was copied
 * @throws {RangeError} if there are more, or they are nested too deep
 */
export function copyOf (value: unknown, limit: number, copies: Copies = new Map()): unknown {
  return isRecord(value) ? copyRecord(value, 0, { left: limit, copies }) : value
}

/** Puts back the properties that were removed from copies. */
export function restore (copies: Copies): void {
  for (const [original, copy] of copies as Map<Readonly<Record<string, unknown>>, Record<string, unknown>>) {
    // Items of lists are never removed.
    if (Array.isArray(original)) continue
    for (const name in original) {
      if (!Object.hasOwn(copy, name)) copy[name] = original[name]
    }
  }
}

function copyRecord (value: object, depth: number, state: State): object {
  if (depth > MAX_DEPTH) throw new RangeError('Nested too deep')
  const known = state.copies.get(value)
  if (known !== undefined) return known
  const copy = shallowCopyOf(value, state) as Record<string, unknown> | undefined
  if (copy === undefined) return value

  state.copies.set(value, copy)
  for (const name in copy) {
    if (state.left-- === 0) throw new RangeError('Too many values')
    const inner = copy[name]
    if (isRecord(inner)) copy[name] = copyRecord(inner, depth + 1, state)
  }
  return copy
}

function shallowCopyOf (value: object, { left }: State): object | undefined {
  if (Array.isArray(value)) {
    if (value.length > left) throw new RangeError('Too many values')
    return value.slice()
  }
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Object.prototype) return { ...value }
  // Fastify's query and parameters have no prototype.
  const isBare = prototype === null || Object.getPrototypeOf(prototype) === null
  return isBare ? Object.assign(Object.create(prototype) as object, value) : undefined
}
