// What is run under each version of Node.js and Fastify: prints how much was checked, and throws what was wrong.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import Fastify from 'fastify'
import scaiErrors, { ScaiError, defineErrors, errorResponses, scaiServerOptions } from 'fastify-scai-errors'
import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'
import { fromProvider } from 'fastify-scai-errors/upstream'

defineErrors({ SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' } })

function build (options = {}) {
  const app = Fastify(scaiServerOptions(options))
  app.register(scaiErrors)
  app.register(async app => {
    app.get('/v1/models/:slug', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.post('/v1/chat', {
      schema: { body: { type: 'object', required: ['model', 'messages'], properties: { model: { type: 'string' } } }, response: errorResponses('BACKEND_RATE_LIMITED') }
    }, async () => { throw new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30 }) })
    app.get('/own', async () => { throw new ScaiError('SCAIQUEUE_QUEUE_FULL') })
    app.get('/bug', async () => undefined.hunter2)
    app.get('/provider', async () => { throw fromProvider(await fetch('http://127.0.0.1:1').catch(error => error)) })
    app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(403).end('theirs') })
    app.get('/stream', async (_request, reply) => reply.scaiStream(async function * () {
      yield { token: 1 }
      throw new ScaiError('BACKEND_ERROR')
    }()))
  })
  return app
}

let checked = 0
const app = build()
const errors = watchErrors(app)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
for (const [path, init, code, expected] of [
  ['/v1/models/gpt-9', {}, 'MODEL_NOT_FOUND'],
  ['/v1/chat', { ...json, body: '{}' }, 'VALIDATION_ERROR', { details: ['model', 'messages'] }],
  ['/v1/chat', { ...json, body: '{"a' }, 'VALIDATION_ERROR', { details: ['body'] }],
  ['/v1/chat', { ...json, body: '{"model":"m","messages":[]}' }, 'BACKEND_RATE_LIMITED', { retryAfter: 30 }],
  ['/own', {}, 'SCAIQUEUE_QUEUE_FULL'],
  ['/bug', {}, 'INTERNAL_ERROR'],
  ['/provider', {}, 'BACKEND_ERROR'],
  ['/raw', {}, 'AUTHZ_PERMISSION_DENIED'],
  ['/nowhere', {}, 'NOT_FOUND'],
  ['/own', { method: 'DELETE' }, 'METHOD_NOT_ALLOWED'],
  ['/%zz', {}, 'BAD_REQUEST']
]) {
  await assertError(await fetch(url + path, init), code, expected)
  checked++
}
const stream = await (await fetch(`${url}/stream`)).text()
assert.match(stream, /^data: {"token":1}\n\nevent: error\ndata: {"code":"BACKEND_ERROR",[^\n]+}\n\ndata: \[DONE\]\n\n$/)
assert.deepEqual(errors.unsent(), [])
await app.close()

assert.deepEqual(await checkConformance(build(), { skip: ['/raw'] }), [])
assert.deepEqual(await checkConformance(build({ http2: true }), { skip: ['/raw', '/stream'] }), [])
assert.equal(createRequire(import.meta.url)('fastify-scai-errors').ScaiError, ScaiError)
console.log(checked + 5)
