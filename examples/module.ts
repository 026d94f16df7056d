// A module behind the gateway: a queue. It doesn't listen yet, so that its tests can build it, too.

import { randomUUID } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import scaiErrors, { ScaiError, errorResponses, scaiServerOptions } from 'fastify-scai-errors'
import './queue-errors.js'

const Message = Type.Object({ scope: Type.String(), text: Type.String({ minLength: 1 }), key: Type.Optional(Type.String()) })
const keys = new Set(['used'])

export async function buildModule ({ logger = false } = {}): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions({ logger }))
  // All its callers are our own gateways, so a request has the same id in both logs.
  await app.register(scaiErrors, { trustRequestId: true })

  app.withTypeProvider<TypeBoxTypeProvider>().post('/messages', {
    schema: { body: Message, response: { 202: Type.Object({ id: Type.String() }), ...errorResponses('SCAIQUEUE_SCOPE_PAUSED', 'SCAIQUEUE_IDEMPOTENCY_CONFLICT') } }
  }, async (request, reply) => {
    const { scope, key } = request.body
    if (scope === 'nightly') {
      throw new ScaiError('SCAIQUEUE_SCOPE_PAUSED', { retryAfter: 60, details: [{ field: 'scope', message: 'is paused during the day' }] })
    }
    if (key !== undefined && keys.has(key)) return reply.scaiError('SCAIQUEUE_IDEMPOTENCY_CONFLICT')
    return reply.code(202).send({ id: randomUUID() })
  })
  return app
}
