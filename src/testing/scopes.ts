import { inspect } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { internalOf } from '../respond/internals.js'

/** A service of any type: with HTTP/2, with another logger, with a type provider. */
export type AnyService = FastifyInstance<any, any, any, any, any>

/**
 * A scope and all its present descendants. A hook that is added to a scope applies to scopes that are added
 * later, not to those that exist.
 */
export function scopesOf (app: FastifyInstance): FastifyInstance[] {
  return [app, ...(internalOf(app, 'fastify.children') as FastifyInstance[]).flatMap(scopesOf)]
}

/**
 * @param name begins the message
 * @throws {TypeError} if this isn't a service
 */
export function checkService (app: unknown, name: string): void {
  if (typeof app === 'object' && app !== null && 'addHook' in app) return
  throw new TypeError(`${name}: expected a Fastify app, got ${inspect(app, { depth: 0 })}: is an await missing?`)
}
