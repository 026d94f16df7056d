import type { ErrorDefinition } from './definition.js'

/**
 * What `defineErrors` has added, in one place for all copies of this package, of whatever version: a
 * gateway and its modules may each bring a copy. Definitions are kept as they were written, since each
 * version has columns and defaults of its own. None is ever changed or removed.
 */
interface Registry {
  readonly definitions: Map<string, ErrorDefinition>
}

const REGISTRY = Symbol.for('fastify-scai-errors.registry')

const shared = globalThis as { [REGISTRY]?: Registry }

export const { definitions } = shared[REGISTRY] ??= { definitions: new Map() }
