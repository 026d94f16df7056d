// The service that each runner tests. With BROKEN it lacks the plugin: each must notice.

import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from 'fastify-scai-errors'

const body = { type: 'object', required: ['model'], properties: { model: { type: 'string' } } }

export function build () {
  const app = Fastify(process.env.BROKEN === undefined ? scaiServerOptions() : {})
  if (process.env.BROKEN === undefined) app.register(scaiErrors)
  app.register(async app => {
    app.get('/v1/models/:slug', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async (_request, reply) => {
      return reply.scaiError('MODEL_NOT_FOUND')
    })
    app.post('/v1/chat', { schema: { body } }, async () => ({ answer: 42 }))
  })
  return app
}
