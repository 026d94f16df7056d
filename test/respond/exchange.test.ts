import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import { exchangeOf, requestIdOf } from '../../src/respond/exchange.js'
import { collect, listen, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

const PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/

t.test('a raw request and its response have one exchange, known to every copy of this package', async t => {
  const request = {}
  const exchange = exchangeOf({ req: request })
  t.equal(exchangeOf(request), exchange)
  t.equal((request as Record<symbol, unknown>)[Symbol.for('fastify-scai-errors.exchange')], exchange)
})

t.test('a response that has lost its request keeps the exchange', async t => {
  const response: { req?: object | undefined } = { req: {} }
  const exchange = exchangeOf(response)
  response.req = undefined
  t.equal(exchangeOf(response), exchange)
})

t.test('an id is made once, and another generator\'s is kept if it has the documented form', async t => {
  const exchange = exchangeOf({})
  t.match(requestIdOf(exchange, 'not ours'), PATTERN)
  t.equal(requestIdOf(exchange, 'req_own'), exchange.id)
  t.equal(requestIdOf(exchangeOf({}), 'req_own'), 'req_own')
})

function define (app: FastifyInstance): void {
  app.get('/ok', async () => 'ok')
  app.get('/thrown', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
  app.get('/bug', async () => { throw new Error('boom') })
  app.get('/sent', async (_request, reply) => reply.code(409).send('mine'))
  app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(502).end('theirs') })
  app.get('/stream', (_request, reply) => {
    reply.scaiStream((async function * () {
      yield 'one'
      throw new Error('boom')
    })())
  })
}

const PATHS = ['/ok', '/thrown', '/bug', '/sent', '/raw', '/stream', '/nowhere']

for (const [title, scope] of [
  ['with ids of its own that fit', app => app.setGenReqId(() => `req_own${Math.random().toString(36).slice(2)}`)],
  ['with ids of its own that do not fit', app => app.setGenReqId(() => 'not ours')],
  ['without ids of its own', () => {}]
] as Array<[string, (app: FastifyInstance) => void]>) {
  t.test(`in a scope ${title}, the id in the response is the id in every log line`, async t => {
    const { request, log } = await serve(t, app => {
      app.register(async child => {
        scope(child)
        define(child)
      })
    })
    for (const path of PATHS) {
      log.length = 0
      const { headers, body } = await request(path)
      const id = headers.get('x-request-id')
      t.match(id, PATTERN)
      if (body.meta !== undefined) t.equal(body.meta.request_id, id, `${path}: the envelope`)
      t.ok(log.length > 0)
      for (const line of log) t.equal(line.request_id, id, `${path}: ${line.msg}`)
    }
  })
}

t.test('in a scope whose generator was set before the plugin, no id of another form is sent', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  app.register(async child => {
    child.setGenReqId(() => 'not ours')
    define(child)
  })
  app.register(scaiErrors)
  const { request, errorLines } = await listen(t, app, log)
  for (const path of PATHS) {
    log.length = 0
    const { headers, body } = await request(path)
    const id = headers.get('x-request-id')
    t.match(id, PATTERN)
    if (body.meta !== undefined) t.equal(body.meta.request_id, id)
    for (const line of errorLines()) t.equal(line.request_id, id)
  }
})
