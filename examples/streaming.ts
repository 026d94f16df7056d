// Server-sent events that fail: before the first token, and after it.
//
//   npx tsx examples/streaming.ts

import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from 'fastify-scai-errors'

const app = Fastify(scaiServerOptions())
await app.register(scaiErrors)

app.get('/v1/busy', async (_request, reply) => {
  return reply.scaiStream(async function * () {
    throw new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30 })
  })
})

app.get('/v1/broken', async (_request, reply) => {
  return reply.scaiStream(async function * () {
    yield { token: 'Hel' }
    throw new ScaiError('BACKEND_ERROR')
  }, { heartbeat: 15_000, stallTimeout: 60_000 })
})

app.get('/v1/cut', async (_request, reply) => {
  // The source ends, but its last item isn't the end of an answer.
  return reply.scaiStream(async function * () {
    yield { token: 'Hel', finished: false }
  }, { isComplete: (last: { finished: boolean } | undefined) => last?.finished === true })
})

for (const url of ['/v1/busy', '/v1/broken', '/v1/cut']) {
  const response = await app.inject(url)
  console.log(response.statusCode, response.body)
}
