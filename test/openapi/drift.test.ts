import t from 'tap'
import scaiErrors, { ScaiError, errorResponses } from '../../src/index.js'
import { json, serve } from '../fixtures/service.js'

const Slug = { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } }

t.test('a code that a route sends without having declared it is logged once', async t => {
  const config = { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } as const
  const { request, log } = await serve(t, app => {
    app.get('/declared', { config }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/described', {
      config,
      schema: { response: errorResponses('USER_NOT_FOUND') }
    }, async (_request, reply) => reply.scaiError('USER_NOT_FOUND'))
    app.get('/good', { config }, async () => 'ok')
    app.get('/broken', { config }, async () => { throw new Error('boom') })
    app.post('/validated', { config, schema: { body: Slug } }, async () => 'ok')
    app.get('/silent', async (_request, reply) => reply.scaiError('TENANT_SUSPENDED'))
    app.get('/empty', { config: { scaiErrors: {} } }, async (_request, reply) => reply.scaiError('TENANT_SUSPENDED'))
    app.get('/other', { config }, async (_request, reply) => reply.scaiError('TENANT_SUSPENDED'))
    app.get('/none', { config: { scaiErrors: { codes: [] } } }, async () => {
      throw Object.assign(new Error('Taken'), { statusCode: 409 })
    })
    app.post('/foreign', { config }, async (_request, reply) => reply.code(410).send('gone'))
  })
  t.equal((await request('/validated', json({}))).status, 422)
  for (const path of ['/declared', '/described', '/good', '/broken', '/silent', '/empty']) await request(path)
  const undocumented = () => log.filter(({ event }) => event === 'undocumented_error')
  t.strictSame(undocumented(), [])

  for (const method of ['HEAD', 'GET', 'GET']) await request('/other', { method })
  await request('/none')
  for (const body of ['a', 'b']) await request('/foreign', json({ body }))
  t.match(undocumented(), [
    {
      level: 40,
      event: 'undocumented_error',
      code: 'TENANT_SUSPENDED',
      status: 403,
      route: 'GET /other',
      request_id: /^req_/,
      msg: 'GET /other sends TENANT_SUSPENDED, which it does not declare: add it to config.scaiErrors.codes, or to errorResponses() in its response schema'
    },
    { code: 'CONFLICT', status: 409, route: 'GET /none' },
    { code: 'GONE', status: 410, route: 'POST /foreign' }
  ])
  t.equal(undocumented().length, 3)
})

t.test('routes that declare codes only by errorResponses, or by their scope, are watched as well', async t => {
  const { request, log } = await serve(t, app => {
    const send = async (_request: unknown, reply: { scaiError: (code: 'USER_NOT_FOUND') => unknown }) => reply.scaiError('USER_NOT_FOUND')
    app.get('/described', { schema: { response: errorResponses('MODEL_NOT_FOUND') } }, send)
    app.get('/silent', send)
    app.register(async child => {
      await child.register(scaiErrors, { codes: ['MODEL_NOT_FOUND'] })
      child.get('/', send)
      child.get('/declared', { config: { scaiErrors: { codes: ['USER_NOT_FOUND'] } } }, send)
      child.get('/alone', { config: { scaiErrors: false } }, send)
      child.register(async grandchild => grandchild.get('/below', async () => { throw new ScaiError('MODEL_NOT_FOUND') }))
    }, { prefix: '/child' })
  })
  for (const path of ['/described', '/silent', '/child', '/child/declared', '/child/alone', '/child/below']) await request(path)
  t.match(log.filter(({ event }) => event === 'undocumented_error'), [{ route: 'GET /described' }, { route: 'GET /child' }])
})

t.test('answers of the plugin itself are never reported', async t => {
  const { request, app, log } = await serve(t, app => {
    app.post('/', { bodyLimit: 10, config: { scaiErrors: { codes: [] } } }, async (_request, reply) => reply.callNotFound())
  })
  for (const [status, init] of [
    [422, { ...json({}), body: '{' }],
    [422, { ...json({}), body: '' }],
    [413, json('more than ten')],
    [415, { method: 'POST', headers: { 'content-type': 'text/x-none' }, body: 'a' }],
    [404, json({})],
    [405, { method: 'DELETE' }]
  ] as const) t.equal((await request('/', init)).status, status)
  t.equal((await app.inject('/nothing')).statusCode, 404)
  t.strictSame(log.filter(({ event }) => event === 'undocumented_error'), [])
})

t.test('an error frame is watched as a response is', async t => {
  const { request, log } = await serve(t, app => {
    app.get('/', { config: { scaiErrors: { codes: [] } } }, async (_request, reply) => reply.scaiStream((async function * () {
      yield 'a'
      throw new ScaiError('BACKEND_ERROR')
    })()))
  })
  t.match((await request('/')).text, /BACKEND_ERROR/)
  t.match(log.filter(({ event }) => event === 'undocumented_error'), [{ code: 'BACKEND_ERROR', route: 'GET /' }])
})

for (const [when, first] of [['before', true], ['after', false]] as const) {
  t.test(`a user's own onRoute hook, ${when} the plugin's, may change what a route declares`, async t => {
    const hook = (route: { config?: object }): void => { route.config = { ...route.config, scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }
    const { request, log } = await serve(t, async app => {
      if (!first) app.addHook('onRoute', hook)
      app.get('/', async (_request, reply) => reply.scaiError('USER_NOT_FOUND'))
      app.get('/documented', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    }, { before: app => { if (first) app.addHook('onRoute', hook) } })
    await request('/')
    await request('/documented')
    t.match(log.filter(({ event }) => event === 'undocumented_error'), [{ code: 'USER_NOT_FOUND', route: 'GET /' }])
    t.equal(log.filter(({ event }) => event === 'undocumented_error').length, 1)
  })
}

t.test('an invalid declaration by a later hook is refused when the service gets ready', async t => {
  await t.rejects(serve(t, app => {
    app.addHook('onRoute', route => { route.config = { scaiErrors: { codes: ['MODEL_NOT_FUND'] } } as never })
    app.get('/', async () => 'ok')
  }), { message: /^GET \/: config\.scaiErrors: unknown error code 'MODEL_NOT_FUND': did you mean 'MODEL_NOT_FOUND'\?/ })
})
