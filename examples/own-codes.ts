// Your own codes: defined, thrown, mapped from an error class, and declared for the documentation.
//
//   npx tsx examples/own-codes.ts
//   NODE_OPTIONS='--import tsx' npx scai-errors catalog examples/queue-errors.ts

import Fastify from 'fastify'
import scaiErrors, { ScaiError, errorCatalog, scaiServerOptions } from 'fastify-scai-errors'
import './queue-errors.js'

class KeyAlreadyUsed extends Error {}

const app = Fastify(scaiServerOptions())
await app.register(scaiErrors, {
  mapError: thrown => thrown instanceof KeyAlreadyUsed ? 'SCAIQUEUE_IDEMPOTENCY_CONFLICT' : undefined,
  logLevels: { SCAIQUEUE_SCOPE_PAUSED: 'info' }
})

app.get('/paused', { config: { scaiErrors: { codes: ['SCAIQUEUE_SCOPE_PAUSED'] } } }, async () => {
  // TypeScript knows that this code needs `retryAfter`.
  throw new ScaiError('SCAIQUEUE_SCOPE_PAUSED', { retryAfter: 60 })
})
app.get('/used', { config: { scaiErrors: { codes: ['SCAIQUEUE_IDEMPOTENCY_CONFLICT'] } } }, async () => {
  throw new KeyAlreadyUsed('daily/7')
})

for (const path of ['/paused', '/used']) {
  const response = await app.inject(path)
  console.log(response.statusCode, JSON.stringify(response.json().error))
}
console.log(errorCatalog.SCAIQUEUE_SCOPE_PAUSED.retry)
