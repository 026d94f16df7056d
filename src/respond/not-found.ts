import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ScaiError } from '../error/scai-error.js'

/** Every wrong method is a 404 to Fastify; that it is a 405 shows only in the routes of other methods. */
export function toNotFound (app: FastifyInstance, { raw: { method = '', url = '' } }: FastifyRequest): ScaiError {
  const allowed = app.supportedMethods.filter(candidate => app.findRoute({ method: candidate, url }) !== null)
  // With a route of its own, it was the handler that called this. And @fastify/cors answers OPTIONS everywhere.
  if (allowed.includes(method) || allowed.every(candidate => candidate === 'OPTIONS')) return new ScaiError('NOT_FOUND')
  return new ScaiError('METHOD_NOT_ALLOWED', { headers: { allow: allowed.join(', ') } })
}
