import type { ErrorDefinition } from './definition.js'

/**
 * The definitions of `defineErrors`, shared by all copies of this package, of any version: a gateway and its
 * modules may each have a copy. They are kept as they were written, since properties and defaults differ
 * between versions, and are never changed or removed.
 */
interface Registry {
  readonly definitions: Map<string, ErrorDefinition>
}

const REGISTRY = Symbol.for('fastify-scai-errors.registry')

const shared = globalThis as { [REGISTRY]?: Registry }

export const { definitions } = shared[REGISTRY] ??= { definitions: new Map() }
