import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import lowestFastify from 'fastify-lowest'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import { checkConformance } from '../../src/testing.js'
import { collect, json, listen } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

// The service is made by another copy of Fastify than the one we import, and by the lowest version that is
// supported: NestJS pins one exactly, pnpm makes copies.

// The types of two versions differ.
const OtherFastify = lowestFastify as unknown as typeof Fastify

t.test('a service of another Fastify', async t => {
  t.not(OtherFastify, Fastify)
  const log: LogLine[] = []
  const app = OtherFastify(scaiServerOptions({ logger: { level: 'info', stream: collect(log) } }))
  await app.register(scaiErrors)
  const schema = { body: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 5 }, age: { type: 'integer' } } } }
  app.post('/validated', { schema }, async () => 'ok')
  app.get('/thrown', async () => { throw new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 7 }) })
  app.get('/slow', { handlerTimeout: 20 }, async () => { await delay(60) })
  app.get('/stream', { handlerTimeout: 40 }, async (_request, reply) => reply.scaiStream(async function * () {
    yield 'first'
    await delay(200)
  }))
  app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(409).end('hunter2') })
  const { request, url } = await listen(t, app, log)

  for (const [path, init, status, code] of [
    ['/thrown', {}, 429, 'BACKEND_RATE_LIMITED'],
    ['/slow', {}, 503, 'SERVICE_UNAVAILABLE'],
    ['/raw', {}, 409, 'CONFLICT'],
    ['/nowhere', {}, 404, 'NOT_FOUND'],
    ['/validated', json({ name: 'too long', age: 'x' }), 422, 'VALIDATION_ERROR']
  ] as const) {
    const answer = await request(path, init)
    t.equal(answer.status, status, path)
    t.match(answer.body, { status: 'error', error: { code } })
    const id = answer.headers.get('x-request-id')
    t.match(log.filter(({ event }) => event !== undefined).at(-1), { code, request_id: id })
    t.ok(log.some(({ msg, request_id: logged }) => msg === 'incoming request' && logged === id), 'the label of the id')
    if (code === 'VALIDATION_ERROR') t.strictSame(answer.body.error.details?.map(({ field }) => field), ['name', 'age'])
  }
  t.match(await (await fetch(`${url}/stream`)).text(), /^data: first\n\nevent: error\ndata: {"code":"SERVICE_UNAVAILABLE".*\n\ndata: \[DONE\]\n\n$/)
})

t.test('services of two Fastifys in one process', async t => {
  const schema = { body: { type: 'object', required: ['name', 'age'] } }
  for (const AnyFastify of [OtherFastify, Fastify, OtherFastify]) {
    const app = AnyFastify(scaiServerOptions())
    await app.register(scaiErrors)
    app.post('/validated', { schema }, async () => 'ok')
    app.get('/trailer', async (_request, reply) => {
      reply.trailer('server-timing', (_reply, _payload, done) => { done(null, 'hunter2') })
      throw new ScaiError('MODEL_NOT_FOUND')
    })
    const { request } = await listen(t, app)
    const { body } = await request('/validated', json({}))
    t.strictSame(body.error.details?.map(({ field }) => field), ['name', 'age'])
    const { headers } = await request('/trailer')
    // Fastify 5.11.1 announces an empty one.
    t.notOk(headers.get('trailer'), 'that of the replaced body')
  }
})

t.test('a service of another Fastify passes the conformance check', async t => {
  const app = OtherFastify(scaiServerOptions())
  await app.register(scaiErrors)
  app.get('/', async () => 'ok')
  t.strictSame(await checkConformance(app, { patience: 30_000 }), [])
})
