import type { FastifyInstance } from 'fastify'

/**
 * A scope and those that it has by now, however deep. A hook that is added to a scope reaches the ones
 * that come later, not those that are there.
 */
export function scopesOf (app: FastifyInstance): FastifyInstance[] {
  const children = Object.getOwnPropertySymbols(app).find(({ description }) => description === 'fastify.children')
  const own = children === undefined ? [] : (app as unknown as Record<symbol, FastifyInstance[]>)[children] ?? []
  return [app, ...own.flatMap(scopesOf)]
}
