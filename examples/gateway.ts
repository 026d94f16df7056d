// A small gateway like ScaiGrid's, with a module behind it.
//
//   npm run demo            serves it, and prints requests to try
//   npm run demo -- --tour  sends one request for each kind of error, and prints the answers

import { fork } from 'node:child_process'
import { once } from 'node:events'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type } from '@sinclair/typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import scaiErrors, { ScaiError, errorResponses, scaiServerOptions } from 'fastify-scai-errors'
import { fromModule } from 'fastify-scai-errors/upstream'
import './queue-errors.js'

const tour = process.argv.includes('--tour')
const models = new Map([
  ['scai-small', { slug: 'scai-small', backend: 'ready' }],
  ['scai-large', { slug: 'scai-large', backend: 'busy' }],
  ['scai-old', { slug: 'scai-old', backend: 'broken' }],
  ['scai-next', { slug: 'scai-next', backend: 'shaky' }]
])

const Model = Type.Object({ slug: Type.String() })
const Slug = Type.Object({ slug: Type.String() })
const Chat = Type.Object({
  model: Type.String(),
  messages: Type.Array(Type.Object({
    role: Type.Union([Type.Literal('system'), Type.Literal('user'), Type.Literal('assistant')]),
    content: Type.String({ minLength: 1 })
  }), { minItems: 1 }),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 }))
})

const app = Fastify(scaiServerOptions({ logger: !tour })).withTypeProvider<TypeBoxTypeProvider>()
await app.register(scaiErrors)
await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'A small gateway', version: '1.0.0' } } })
await app.register(swaggerUi, { routePrefix: '/docs' })

app.get('/v1/models/:slug', {
  schema: { params: Slug, response: { 200: Model, ...errorResponses('MODEL_NOT_FOUND') } }
}, async (request, reply) => {
  return models.get(request.params.slug) ?? reply.scaiError('MODEL_NOT_FOUND')
})

app.delete('/v1/models/:slug', {
  schema: { params: Slug },
  config: { scaiErrors: { codes: ['AUTH_TOKEN_MISSING', 'AUTHZ_PERMISSION_DENIED'] } }
}, async (request, reply) => {
  if (request.headers.authorization === undefined) return reply.scaiError('AUTH_TOKEN_MISSING')
  throw new ScaiError('AUTHZ_PERMISSION_DENIED', { context: { model: request.params.slug } })
})

app.post('/v1/chat', {
  schema: { body: Chat, response: errorResponses('MODEL_NOT_FOUND', 'BACKEND_RATE_LIMITED', 'BACKEND_ERROR') }
}, async (request, reply) => {
  const model = models.get(request.body.model)
  if (model === undefined) return reply.scaiError('MODEL_NOT_FOUND')
  return reply.scaiStream(complete(model.backend))
})

// The queue is a module in a process of its own. Its responses are passed on, errors unchanged.
const queue = fork(new URL('module-process.ts', import.meta.url), process.argv.slice(2))
const [queueUrl] = await once(queue, 'message') as [string]
app.addHook('onClose', async () => { queue.kill() })

app.post('/v1/queue/messages', {
  config: { scaiErrors: { codes: ['SCAIQUEUE_SCOPE_PAUSED', 'SCAIQUEUE_IDEMPOTENCY_CONFLICT', 'VALIDATION_ERROR', 'MODULE_DEPENDENCY_UNAVAILABLE'] } }
}, async (request, reply) => {
  try {
    const response = await fetch(`${queueUrl}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': request.id },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(5000)
    })
    if (!response.ok) throw await fromModule(response)
    return reply.code(response.status).send(await response.json())
  } catch (error) {
    throw fromModule(error)
  }
})

// A bug: the client learns nothing about it, the log has its stack.
app.get('/v1/usage', async () => {
  const usage: { tokens?: { total: number } } = {}
  return usage.tokens!.total
})

// An error before the first token is an ordinary error response, a later one an error event.
async function * complete (backend: string): AsyncGenerator<{ token: string }> {
  if (backend === 'busy') throw new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30 })
  if (backend === 'broken') throw new ScaiError('BACKEND_ERROR', { cause: new Error('connect ECONNREFUSED 10.0.0.7:443') })
  yield { token: 'Hello' }
  if (backend === 'shaky') throw new ScaiError('BACKEND_ERROR', { cause: new Error('read ECONNRESET') })
  yield { token: '!' }
}

interface Stop {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

const json = { 'content-type': 'application/json' }
const messages = '[{"role":"user","content":"Hi"}]'
const stops: Stop[] = [
  { method: 'GET', path: '/v1/models/scai-small' },
  { method: 'GET', path: '/v1/models/gpt-9' },
  { method: 'GET', path: '/v1/nothing' },
  { method: 'PUT', path: '/v1/models/scai-small' },
  { method: 'DELETE', path: '/v1/models/scai-small' },
  { method: 'DELETE', path: '/v1/models/scai-small', headers: { authorization: 'Bearer abc' } },
  { method: 'POST', path: '/v1/chat', headers: json, body: '{"model":"scai-small","messages":[{"role":"robot","content":"Hi"}]}' },
  { method: 'POST', path: '/v1/chat', headers: json, body: `{"messages":${messages}}` },
  { method: 'POST', path: '/v1/chat', headers: json, body: '{"model":' },
  { method: 'POST', path: '/v1/chat', headers: { 'content-type': 'text/csv' }, body: 'model,scai-small' },
  { method: 'POST', path: '/v1/chat', headers: json, body: `{"model":"scai-small","messages":${messages}}` },
  { method: 'POST', path: '/v1/chat', headers: json, body: `{"model":"scai-next","messages":${messages}}` },
  { method: 'POST', path: '/v1/chat', headers: json, body: `{"model":"scai-large","messages":${messages}}` },
  { method: 'POST', path: '/v1/chat', headers: json, body: `{"model":"scai-old","messages":${messages}}` },
  { method: 'POST', path: '/v1/queue/messages', headers: json, body: '{"scope":"daily","text":"Hi"}' },
  { method: 'POST', path: '/v1/queue/messages', headers: json, body: '{"scope":"nightly","text":"Hi"}' },
  { method: 'POST', path: '/v1/queue/messages', headers: json, body: '{"scope":"daily","text":""}' },
  { method: 'GET', path: '/v1/usage' }
]

const address = await app.listen({ host: '127.0.0.1', port: tour ? 0 : Number(process.env['PORT'] ?? 3000) })
if (tour) {
  for (const { method, path, headers = {}, body = null } of stops) {
    const response = await fetch(address + path, { method, headers, body })
    console.log(`${method} ${path}${body === null ? '' : ` ${body}`}\n${response.status} ${await response.text()}\n`)
  }
  await app.close()
} else {
  console.log(`\nDocumentation: ${address}/docs\n\nTry:`)
  for (const { method, path, headers = {}, body } of stops) {
    const options = [method === 'GET' ? '' : ` -X ${method}`, ...Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`), body === undefined ? '' : ` -d '${body}'`]
    console.log(`  curl -i${options.join('')} ${address}${path}`)
  }
  console.log()
}
