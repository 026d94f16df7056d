import { isRecord } from './issue.js'
import { own } from './schema-shape.js'
import type { Schemas } from './schema-shape.js'

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']

/**
 * The shared schemas that a schema refers to, directly or indirectly. Adding all schemas of a service would cost
 * more than compiling the schema. All of them if a reference can't be resolved by an `$id` as it is written.
 */
export function referredSchemas (schema: unknown, schemas: Schemas): Schemas {
  const referred: Record<string, unknown> = {}
  const seen = new Set<unknown>()
  const queue = [schema]
  while (queue.length > 0) {
    const next = queue.pop()
    if (!isRecord(next) || seen.has(next)) continue
    seen.add(next)
    for (const id of referencesOf(next)) {
      const shared = own(schemas, id) ?? own(schemas, `${id}#`)
      if (shared === undefined) return schemas
      referred[id] = shared
      queue.push(shared)
    }
    queue.push(...Object.values(next))
  }
  return referred
}

/** The other documents that a schema refers to. */
function referencesOf (schema: Readonly<Record<PropertyKey, unknown>>): string[] {
  const references = REFERENCES.map(name => schema[name]).filter(reference => typeof reference === 'string')
  return references.map(reference => reference.replace(/#.*$/, '')).filter(id => id !== '')
}
