import t from 'tap'
import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'
import { build } from '../app.js'

const app = build()
const errors = watchErrors(app)

t.test('a model that nobody has', async () => {
  await assertError(await app.inject('/v1/models/gpt-9'), 'MODEL_NOT_FOUND')
})
t.test('an empty request, over a socket', async () => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/v1/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  await assertError(response, 'VALIDATION_ERROR', { details: ['model'] })
})
t.test('nothing but envelopes, whatever goes wrong', async t => {
  t.strictSame(await checkConformance(build()), [])
})
t.test('every code that is declared was sent, and no other', async t => {
  t.strictSame(errors.unsent(), [])
  t.strictSame(errors.undeclared(), [])
})
t.teardown(() => app.close())
