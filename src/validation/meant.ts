import { isDeepStrictEqual } from 'node:util'
import { isRecord } from './issue.js'
import { commonTags, isOfTypes, own } from './schema-shape.js'
import type { Shape, Tag } from './schema-shape.js'

interface Shaped {
  readonly shape: Shape
}

/** A tag of the input that no alternative allows. */
export interface UnknownTag {
  readonly tag: string
  readonly allowed: readonly unknown[]
}

/**
 * Makes a function that tells which of a union's alternatives was meant, by its index, as far as their shapes tell. A
 * hostile body asks it for every item of a list.
 */
export function chooserOf (shapes: readonly Shape[]): (value: unknown) => number | undefined {
  const all = shapes.map((shape, index) => ({ shape, index }))
  const ofObjects = all.filter(({ shape }) => isOfTypes({}, shape.types))
  const tags = tagNames(ofObjects)
  return value => {
    const isObject = isRecord(value) && !Array.isArray(value)
    const ofType = isObject ? ofObjects : all.filter(({ shape }) => isOfTypes(value, shape.types))
    const left = isObject ? narrowByTags(ofType, value, tags) : ofType
    if ('tag' in left) return undefined
    return (left.length === 1 ? left[0] : mostShared(left, value))?.index
  }
}

/**
 * The alternatives that allow the input's tags, the properties for which each has but a few values.
 *
 * @param tags the names of the tags of these alternatives
 */
export function narrowByTags<T extends Shaped> (
  alternatives: readonly T[], value: unknown, tags: readonly string[] = tagNames(alternatives)
): readonly T[] | UnknownTag {
  if (alternatives.length < 2 || !isRecord(value) || Array.isArray(value)) return alternatives
  let left = alternatives
  for (const tag of tags) {
    if (left.length === 1) break
    const of = (alternative: T): Tag => alternative.shape.tags.get(tag)!
    const matching = left.filter(alternative => allows(of(alternative), own(value, tag)))
    if (matching.length === 0) return { tag, allowed: left.flatMap(alternative => of(alternative).values) }
    left = matching
  }
  return left
}

/** The names of the tags that all alternatives have: those first that have other values in each. */
function tagNames (alternatives: readonly Shaped[]): string[] {
  const names = commonTags(alternatives.map(({ shape }) => shape))
  const isShared = (name: string): boolean => {
    const values = alternatives.flatMap(({ shape }) => shape.tags.get(name)!.values)
    return new Set(values).size < values.length
  }
  return [...names.filter(name => !isShared(name)), ...names.filter(isShared)]
}

function allows ({ values, isRequired }: Tag, value: unknown): boolean {
  return value === undefined ? !isRequired : values.some(allowed => isSame(allowed, value))
}

/** Ajv converts scalars to the type of the schema, in a query always, but not before it has asked for what is required. */
function isSame (allowed: unknown, value: unknown): boolean {
  return isRecord(allowed) || isRecord(value) ? isDeepStrictEqual(allowed, value) : String(allowed) === String(value)
}

/** The alternative that has more of the input's property names than any other. */
export function mostShared<T extends Shaped> (alternatives: readonly T[], value: unknown): T | undefined {
  if (!isRecord(value) || Array.isArray(value)) return undefined
  // The schema's names are few, the input's as many as the client likes.
  const counts = alternatives.map(({ shape }) => Array.from(shape.names).filter(name => Object.hasOwn(value, name)).length)
  const most = Math.max(0, ...counts)
  return most > 0 && counts.indexOf(most) === counts.lastIndexOf(most) ? alternatives[counts.indexOf(most)] : undefined
}
