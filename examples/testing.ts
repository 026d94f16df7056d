// The functions of fastify-scai-errors/testing, without a test runner. With one: module.test.ts.
//
//   npx tsx examples/testing.ts

import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from 'fastify-scai-errors'
import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'

function build () {
  const app = Fastify(scaiServerOptions())
  app.register(scaiErrors)
  app.register(async routes => {
    const config = { scaiErrors: { codes: ['MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED'] } } as const
    routes.get('/v1/models/:slug', { config }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  })
  return app
}

const app = build()
const errors = watchErrors(app)

const response = await app.inject('/v1/models/gpt-9')
await assertError(response, 'MODEL_NOT_FOUND')
await assertError(response, 'USER_NOT_FOUND').catch((error: Error) => { console.log(error.message) })

console.log('unsent:', errors.unsent())
console.log('undeclared:', errors.undeclared())
console.log('violations:', await checkConformance(build()))
