import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, errorResponses, scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { assertError, watchErrors } from '../../src/testing.js'
import { listen } from '../fixtures/service.js'

const Slug = { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } }
const codes = (...codes: ScaiErrorCode[]): object => ({ config: { scaiErrors: { codes } } })

/** A service of 12 routes in three scopes, and of codes that each of them may send. */
async function build (): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors, { codes: ['AUTH_TOKEN_MISSING'] })
  app.addHook('onRequest', async request => { if (request.headers['x-user'] === undefined) throw new ScaiError('AUTH_TOKEN_MISSING') })
  const send = async (request: { query: unknown }): Promise<string> => {
    const { code } = request.query as { code?: ScaiErrorCode }
    if (code !== undefined) throw new ScaiError(code as 'MODEL_NOT_FOUND')
    return 'ok'
  }
  for (const path of ['/a', '/b', '/c', '/d']) app.get(path, codes('MODEL_NOT_FOUND'), send)
  await app.register(async models => {
    await models.register(scaiErrors, { codes: ['MODEL_ACCESS_DENIED'] })
    models.get('/', send)
    models.get('/:slug', { schema: { params: Slug }, ...codes('MODEL_NOT_FOUND', 'VALIDATION_ERROR') }, send)
    models.post('/', { schema: { body: Slug } }, send)
    models.delete('/:slug', codes('SLUG_CONFLICT'), send)
  }, { prefix: '/models' })
  await app.register(async users => {
    users.get('/', { schema: { response: errorResponses('USER_NOT_FOUND') } }, send)
    users.get('/none', send)
    users.get('/stream', codes('BACKEND_ERROR'), async (_request, reply) => reply.scaiStream((async function * () {
      yield 'a'
      throw new ScaiError('BACKEND_ERROR')
    })()))
    users.get('/raw', codes('GONE'), (_request, reply) => { reply.hijack().raw.writeHead(410).end('gone') })
  }, { prefix: '/users' })
  return app
}

const user = { 'x-user': 'a' }

t.test('each declared code is unsent until the route or scope sends it', async t => {
  const app = await build()
  const errors = watchErrors(app)
  const { url } = await listen(t, app)
  t.strictSame(errors.sent(), [])
  t.strictSame(errors.unsent(), [
    ...['/a', '/b', '/c', '/d'].map(path => ({ route: `GET ${path}`, code: 'MODEL_NOT_FOUND' })),
    { route: 'GET /models/:slug', code: 'MODEL_NOT_FOUND' },
    { route: 'DELETE /models/:slug', code: 'SLUG_CONFLICT' },
    { route: 'GET /users', code: 'USER_NOT_FOUND' },
    { route: 'GET /users/stream', code: 'BACKEND_ERROR' },
    { route: 'GET /users/raw', code: 'GONE' },
    { route: '/*', code: 'AUTH_TOKEN_MISSING' },
    { route: '/models/*', code: 'MODEL_ACCESS_DENIED' }
  ])

  await assertError(await app.inject('/users/none'), 'AUTH_TOKEN_MISSING')
  for (const path of ['/a', '/b', '/c', '/d', '/models/x']) {
    await assertError(await app.inject({ url: `${path}?code=MODEL_NOT_FOUND`, headers: user }), 'MODEL_NOT_FOUND')
  }
  await assertError(await fetch(`${url}/models?code=MODEL_ACCESS_DENIED`, { headers: user }), 'MODEL_ACCESS_DENIED')
  await assertError(await fetch(`${url}/models/x?code=SLUG_CONFLICT`, { method: 'DELETE', headers: user }), 'SLUG_CONFLICT')
  await assertError(await app.inject({ url: '/users?code=USER_NOT_FOUND', headers: user }), 'USER_NOT_FOUND')
  t.match(await (await fetch(`${url}/users/stream`, { headers: user })).text(), /event: error/)
  t.strictSame(errors.unsent(), [{ route: 'GET /users/raw', code: 'GONE' }])
  await assertError(await fetch(`${url}/users/raw`, { headers: user }), 'GONE')
  t.strictSame(errors.unsent(), [])
  t.strictSame(errors.undeclared(), [])
})

t.test('what one app has sent counts for the next that declares the same, and for no other', async t => {
  const app = await build()
  const errors = watchErrors(app)
  await app.ready()
  t.strictSame(errors.unsent(), [])
  t.match(errors.sent()[0], { route: 'GET /users/none', code: 'AUTH_TOKEN_MISSING' })

  const other = await build()
  other.get('/more', async () => 'ok')
  const others = watchErrors(other)
  await other.ready()
  t.strictSame(others.sent(), [])
  t.equal(others.unsent().length, 11)
})

t.test('an undeclared code is reported, unless it needs no declaration', async t => {
  const app = Fastify(scaiServerOptions())
  const errors = watchErrors(app)
  app.register(scaiErrors)
  app.register(async app => {
    app.post('/', codes('MODEL_NOT_FOUND'), async () => { throw new ScaiError('VALIDATION_ERROR', { details: [] }) })
    app.get('/', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/broken', async () => { throw new Error('boom') })
    app.get('/alone', { config: { scaiErrors: false } }, async (_request, reply) => reply.scaiError('GONE'))
  })
  await app.ready()
  const json = { 'content-type': 'application/json' }
  t.equal((await app.inject({ method: 'POST', url: '/', headers: json, body: '{' })).statusCode, 422)
  t.equal((await app.inject('/broken')).statusCode, 500)
  t.equal((await app.inject('/nothing')).statusCode, 404)
  t.equal((await app.inject('/alone')).statusCode, 410)
  t.strictSame(errors.undeclared(), [], 'a body that can not be parsed, a bug, an unknown route, a route that is left alone')
  t.equal((await app.inject({ method: 'POST', url: '/', headers: json, body: '{}' })).statusCode, 422)
  t.equal((await app.inject({ method: 'HEAD', url: '/' })).statusCode, 404)
  t.strictSame(errors.undeclared(), [{ route: 'POST /', code: 'VALIDATION_ERROR' }, { route: 'GET /', code: 'MODEL_NOT_FOUND' }])
})

t.test('if nothing can be said yet, it throws instead of returning nothing', async t => {
  for (const value of [build(), undefined, {}]) {
    t.throws(() => watchErrors(value as never), {
      name: 'TypeError',
      message: /^watchErrors: expected a Fastify app, got .*: is an await missing\?$/s
    })
  }
  const app = await build()
  const { sent, unsent, undeclared } = watchErrors(app)
  for (const ask of [sent, unsent, undeclared]) t.throws(ask, { message: /is known only when it is ready/ })
  await app.ready()
  t.throws(() => watchErrors(app), {
    message: 'watchErrors: call it before ready(), listen() or the first inject()',
    cause: { code: 'FST_ERR_INSTANCE_ALREADY_LISTENING' }
  })

  const late = Fastify()
  late.get('/', async () => 'ok')
  const errors = watchErrors(late)
  await late.register(scaiErrors).ready()
  t.throws(errors.unsent, { message: /has no routes, or they were added before the plugin/ })
})
