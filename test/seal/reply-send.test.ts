import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { collect, listen, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

const SECRET = 'mysql://root:hunter2@db'

/** What may be thrown that is no `Error`, or not of this realm. */
const THROWN: ReadonlyArray<readonly [title: string, thrown: unknown]> = [
  ['an object', { message: SECRET, apiKey: SECRET }],
  ['a text', SECRET],
  ['nothing', undefined],
  ['null', null],
  ['an error of another realm', runInNewContext(`new Error('${SECRET}')`)],
  ['a Response', new Response(SECRET)],
  ['a list', [SECRET]],
  ['bytes', Buffer.from(SECRET)]
]

type Handler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => unknown

/** How a handler of one's own gives an error on. */
const GIVEN_ON: ReadonlyArray<readonly [title: string, handler: Handler]> = [
  ['throws it', error => { throw error }],
  ['rejects with it', async error => { throw error }],
  ['sends it', (error, _request, reply) => { reply.send(error) }],
  ['returns it', async error => error ?? Promise.reject(error)]
]

for (const [title, handler] of GIVEN_ON) {
  t.test(`what was thrown is an error if a handler ${title}`, async t => {
    const { request, errorLines, log } = await serve(t, app => {
      for (const [index, [, thrown]] of THROWN.entries()) {
        app.register(async child => {
          child.setErrorHandler(handler)
          child.get(`/sync/${index}`, () => { throw thrown })
          child.get(`/async/${index}`, async () => { throw thrown })
        })
      }
    })
    for (const [index, [title]] of THROWN.entries()) {
      for (const path of ['/sync', '/async']) {
        const response = await request(`${path}/${index}`)
        t.equal(checkEnvelope(response).error.code, 'INTERNAL_ERROR', `${path} ${title}`)
        t.notMatch(response.text, /hunter2/)
        t.equal(errorLines().length, 1, `${path} ${title}`)
        log.length = 0
      }
    }
  })
}

t.test('a handler that turns it into something else is left alone', async t => {
  const { request } = await serve(t, app => {
    app.setErrorHandler(async (_error, _request, reply) => reply.code(204).send())
    app.get('/', async () => { throw undefined }) // eslint-disable-line no-throw-literal
    app.register(async child => {
      child.setErrorHandler((error, _request, reply) => { reply.code(200).send(error) })
      child.get('/rpc', async () => { throw { jsonrpc: '2.0' } }) // eslint-disable-line no-throw-literal
    })
    app.register(async child => {
      child.setErrorHandler(async () => ({ cached: true }))
      child.get('/fallback', async () => { throw { message: SECRET } }) // eslint-disable-line no-throw-literal
    })
  })
  t.equal((await request('/')).status, 204)
  t.equal((await request('/fallback')).text, '{"cached":true}')
  t.equal((await request('/rpc')).text, '{"jsonrpc":"2.0"}')
})

/** What may fail on a reply that was sent under 404. */
const FAILING: ReadonlyArray<readonly [title: string, define: (app: FastifyInstance, fail: () => never) => unknown]> = [
  ['an onSend hook', (app, fail) => app.get('/', { onSend: async () => fail() }, async (_request, reply) => reply.code(404).send('x'))],
  [
    'a preSerialization hook',
    (app, fail) => app.get('/', { preSerialization: async () => fail() }, async (_request, reply) => reply.code(404).send({}))
  ],
  ['a serializer', (app, fail) => app.get('/', (_request, reply) => { reply.code(404).serializer(fail as never).send({}) })],
  ['a serializer of texts', (app, fail) => app.get('/', (_request, reply) => { reply.code(404).type('text/plain').serializer(fail as never).send('x') })]
]

const fail = (): never => { throw new Error(`commit failed: ${SECRET}`) }

for (const [title, define] of FAILING) {
  t.test(`${title} that fails on a reply is a bug, whatever the reply's status`, async t => {
    const { request, errorLines } = await serve(t, app => define(app, fail))
    const response = await request('/')
    t.equal(checkEnvelope(response).error.code, 'INTERNAL_ERROR')
    t.notMatch(response.text, /hunter2/)
    t.match(errorLines().at(-1), { code: 'INTERNAL_ERROR', err: { stack: /commit failed/ } })
  })
}

t.test('likewise a hook that was there before the plugin', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  app.addHook('onSend', async ({ url }) => { if (url === '/') fail() })
  await app.register(scaiErrors)
  app.get('/', async (_request, reply) => reply.code(404).send('x'))
  const { request } = await listen(t, app, log)
  const response = await request('/')
  t.equal(checkEnvelope(response).error.code, 'INTERNAL_ERROR')
  t.notMatch(response.text, /hunter2/)
})

t.test('a plain error after reply.code() still has its status', async t => {
  const { request } = await serve(t, app => app.get('/', async (_request, reply) => {
    reply.code(404).type('text/html')
    throw new Error('No such plan')
  }))
  t.match((await request('/')).body, { error: { code: 'NOT_FOUND', message: 'No such plan' } })
})

t.test('a head without a body that Node.js refused leaves the envelope its body', async t => {
  const { request } = await serve(t, app => {
    for (const status of [204, 304]) {
      app.get(`/${status}`, async (_request, reply) => reply.code(status).header('x-user', 'Zoë ✓').send())
    }
  })
  for (const path of ['/204', '/304']) t.equal(checkEnvelope(await request(path)).error.code, 'INTERNAL_ERROR', path)
})

t.test('a stream that begins with the envelope ends with it', async t => {
  const { request } = await serve(t, app => {
    app.get('/', { onSend: async (_request, _reply, body) => Readable.from([body, SECRET]) }, async () => { throw new TypeError('b') })
  })
  t.equal(checkEnvelope(await request('/')).error.code, 'INTERNAL_ERROR')
})

t.test('a hook that keeps failing on a route with normalizeReplies: false sends no body of Fastify\'s', async t => {
  const thrown = Object.assign(new Error(SECRET), { code: 'ECONNREFUSED', syscall: 'connect', headers: { 'x-leak': 'hunter2' } })
  const { request } = await serve(t, app => {
    app.get('/', { config: { scaiErrors: { normalizeReplies: false } }, onSend: async () => { throw thrown } }, async () => {
      throw Object.assign(new Error('n'), { statusCode: 404 })
    })
  })
  const response = await request('/')
  t.equal(checkEnvelope(response).error.code, 'SERVICE_UNAVAILABLE')
  t.equal(response.headers.get('x-leak'), null)
})
