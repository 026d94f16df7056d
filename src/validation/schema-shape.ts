import { isRecord, pointerNames } from './issue.js'

/** The shared schemas of a route's scope, by their `$id`. */
export type Schemas = Readonly<Record<string, unknown>>

/** What the schema of an alternative says of its properties. */
export interface Shape {
  /** By name, the values that it allows for a property that may have but a few. */
  readonly constants: ReadonlyMap<string, readonly unknown[]>
  /** All the properties that it describes. */
  readonly names: ReadonlySet<string>
}

export const UNKNOWN_SHAPE: Shape = { constants: new Map(), names: new Set() }

/** References are followed so far: a schema may refer to itself. */
const MAX_DEPTH = 16

/**
 * The shape of an alternative; through references and `allOf`.
 *
 * @param root the schema that it is part of, for references within
 */
export function shapeOf (schema: unknown, root: unknown, schemas: Schemas | undefined, depth = 0): Shape {
  if (depth > MAX_DEPTH) return UNKNOWN_SHAPE
  const { $ref, properties, allOf } = record(schema)
  if (typeof $ref === 'string') {
    const [id = '', pointer = ''] = $ref.split('#')
    const document = id === '' ? root : own(schemas, id)
    return shapeOf(follow(document, pointer), document, schemas, depth + 1)
  }
  const parts = Array.isArray(allOf) ? allOf.map(part => shapeOf(part, root, schemas, depth + 1)) : []
  const described = Object.entries(record(properties))
  const constants = described.flatMap(([name, property]): Array<[string, readonly unknown[]]> => {
    const values = valuesOf(property)
    return values === undefined ? [] : [[name, values]]
  })
  return {
    constants: new Map([...parts.flatMap(part => [...part.constants]), ...constants]),
    names: new Set([...parts.flatMap(part => [...part.names]), ...described.map(([name]) => name)])
  }
}

/** The values that a schema allows, if it lists them. */
function valuesOf (schema: unknown): readonly unknown[] | undefined {
  const { const: constant, enum: values, oneOf, anyOf = oneOf } = record(schema)
  if (constant !== undefined) return [constant]
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
