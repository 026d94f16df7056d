// The module's tests: it sends every error that it declares, no other one, and nothing but envelopes.
//
//   node --import tsx --test examples/module.test.ts

import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'
import { buildModule } from './module.js'

test('the module sends what it declares', async () => {
  const app = await buildModule()
  const errors = watchErrors(app)
  const post = (payload: object) => app.inject({ method: 'POST', url: '/messages', payload })

  await assertError(await post({ scope: 'nightly', text: 'Hi' }), 'SCAIQUEUE_SCOPE_PAUSED', { retryAfter: 60, details: ['scope'] })
  await assertError(await post({ scope: 'daily', text: 'Hi', key: 'used' }), 'SCAIQUEUE_IDEMPOTENCY_CONFLICT')
  await assertError(await post({ scope: 'daily', text: '' }), 'VALIDATION_ERROR', { details: ['text'] })
  deepEqual([errors.unsent(), errors.undeclared()], [[], []])
})

test('the module sends nothing but envelopes, whatever goes wrong', async () => {
  deepEqual(await checkConformance(await buildModule()), [])
})
