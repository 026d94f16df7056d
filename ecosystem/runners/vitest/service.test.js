import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'
import { afterAll, expect, test } from 'vitest'
import { build } from '../app.js'

const app = build()
const errors = watchErrors(app)

test('a model that nobody has', async () => {
  await assertError(await app.inject('/v1/models/gpt-9'), 'MODEL_NOT_FOUND')
})
test('an empty request, over a socket', async () => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/v1/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  await assertError(response, 'VALIDATION_ERROR', { details: ['model'] })
})
test('nothing but envelopes, whatever goes wrong', async () => {
  expect(await checkConformance(build())).toEqual([])
})
afterAll(async () => {
  await app.close()
  expect(errors.unsent()).toEqual([])
  expect(errors.undeclared()).toEqual([])
})
