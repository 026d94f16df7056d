import { inspect } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { internalOf } from '../respond/internals.js'

/** A service of any types: over HTTP/2, with a logger of its own, with a type provider. */
export type AnyService = FastifyInstance<any, any, any, any, any>

/**
 * A scope and those that it has by now, however deep. A hook that is added to a scope reaches the ones
 * that come later, not those that are there.
 */
export function scopesOf (app: FastifyInstance): FastifyInstance[] {
  return [app, ...(internalOf(app, 'fastify.children') as FastifyInstance[]).flatMap(scopesOf)]
}

/**
 * @param name begins the message
 * @throws {TypeError} on something that is no service
 */
export function checkService (app: unknown, name: string): void {
  if (typeof app === 'object' && app !== null && 'addHook' in app) return
  throw new TypeError(`${name}: expected a Fastify app, got ${inspect(app, { depth: 0 })}: is an await missing?`)
}
