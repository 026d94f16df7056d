import { isDeepStrictEqual } from 'node:util'
import { isRecord, pointerNames } from './issue.js'

/** The shared schemas of a route's scope, by their `$id`. */
export type Schemas = Readonly<Record<string, unknown>>

/** What the schema of an alternative says of its properties. */
export interface Shape {
  /** By name, the properties that may have but a few values. */
  readonly tags: ReadonlyMap<string, Tag>
  /** All the properties that it describes. */
  readonly names: ReadonlySet<string>
  /** The types that it allows, if it says so. */
  readonly types?: ReadonlySet<unknown> | undefined
}

export interface Tag {
  readonly values: readonly unknown[]
  readonly isRequired: boolean
}

export const UNKNOWN_SHAPE: Shape = { tags: new Map(), names: new Set() }

/** A property of more values tells no alternative from another, and would be looked for in each. */
const MAX_VALUES = 16

/** References are followed so far: a schema may refer to itself. */
const MAX_DEPTH = 16

/**
 * The shape of an alternative; through references, `allOf`, and unions in it.
 *
 * @param root the schema that it is part of, for references within
 */
export function shapeOf (schema: unknown, root: unknown, schemas: Schemas | undefined, depth = 0): Shape {
  if (depth > MAX_DEPTH) return UNKNOWN_SHAPE
  const { $ref, allOf, oneOf, anyOf = oneOf } = record(schema)
  if (typeof $ref === 'string') {
    const [id = '', pointer = ''] = $ref.split('#')
    const document = id === '' ? root : own(schemas, id)
    return shapeOf(follow(document, pointer), document, schemas, depth + 1)
  }
  const shapesOf = (parts: unknown): Shape[] => Array.isArray(parts) ? parts.map(part => shapeOf(part, root, schemas, depth + 1)) : []
  return allOfThem([...shapesOf(allOf), anyOfThem(shapesOf(anyOf)), ownShape(schema)])
}

function ownShape (schema: unknown): Shape {
  const { properties, required } = record(schema)
  const tags = new Map<string, Tag>()
  for (const [name, property] of Object.entries(record(properties))) {
    const values = valuesOf(property)
    if (values === undefined || values.length > MAX_VALUES) continue
    tags.set(name, { values, isRequired: Array.isArray(required) && required.includes(name) })
  }
  return { tags, names: new Set(Object.keys(record(properties))), types: typesOf(schema) }
}

function typesOf (schema: unknown): ReadonlySet<unknown> | undefined {
  const { type, nullable } = record(schema)
  const types = type === undefined ? valuesOf(schema)?.map(typeOf) : [type].flat()
  return types && new Set(nullable === true ? [...types, 'null'] : types)
}

function typeOf (value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

/** Whether a value is of one of the types, or they are not known. */
export function isOfTypes (value: unknown, types: Shape['types']): boolean {
  return types === undefined || types.has(typeOf(value)) || (typeof value === 'number' && types.has('integer'))
}

function allOfThem (shapes: readonly Shape[]): Shape {
  const tags = new Map<string, Tag>()
  for (const [name, tag] of shapes.flatMap(({ tags }) => [...tags])) {
    const known = tags.get(name)
    tags.set(name, known === undefined ? tag : bothOf(known, tag))
  }
  return {
    tags,
    names: new Set(shapes.flatMap(({ names }) => [...names])),
    types: shapes.map(({ types }) => types).find(types => types !== undefined)
  }
}

/** The values that both allow. */
function bothOf (one: Tag, other: Tag): Tag {
  return {
    values: one.values.filter(value => other.values.some(allowed => isDeepStrictEqual(allowed, value))),
    isRequired: one.isRequired || other.isRequired
  }
}

/** The tags that all of them have, each with the values of all. */
function anyOfThem (shapes: readonly Shape[]): Shape {
  const tags = new Map<string, Tag>()
  for (const name of commonTags(shapes)) {
    const all = shapes.map(({ tags }) => tags.get(name)!)
    tags.set(name, { values: all.flatMap(({ values }) => values), isRequired: all.every(({ isRequired }) => isRequired) })
  }
  const types = shapes.map(({ types }) => types)
  const areKnown = types.length > 0 && !types.includes(undefined)
  return { tags, names: allOfThem(shapes).names, types: areKnown ? new Set(types.flatMap(types => [...types!])) : undefined }
}

/** The names of the tags that all shapes have: only these tell one from another. */
export function commonTags ([first, ...others]: readonly Shape[]): string[] {
  return Array.from(first?.tags.keys() ?? []).filter(name => others.every(({ tags }) => tags.has(name)))
}

/** The values that a schema allows, if it lists them. */
function valuesOf (schema: unknown): readonly unknown[] | undefined {
  const { const: constant, enum: values, oneOf, anyOf = oneOf } = record(schema)
  // Under `$data`, what it refers to is a value of the input.
  if (constant !== undefined) return isRecord(constant) && '$data' in constant ? undefined : [constant]
  if (Array.isArray(values)) return values
  if (!Array.isArray(anyOf)) return undefined
  const lists = anyOf.map(valuesOf)
  return lists.includes(undefined) ? undefined : lists.flat()
}

/** What a path within a schema (`#/…`, or without the `#`) leads to. */
export function follow (schema: unknown, path: string): unknown {
  try {
    return valueAt(schema, decodeURIComponent(path.replace(/^#/, '')))
  } catch {
    return undefined
  }
}

/** What a JSON pointer leads to. */
export function valueAt (root: unknown, pointer: string): unknown {
  return pointerNames(pointer).reduce<unknown>((value, name) => own(value, name), root)
}

/** An own property, if there is one. */
export function own (value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

export function record (value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
