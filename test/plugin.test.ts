import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import createHttpError from 'http-errors'
import t from 'tap'
import scaiErrors, * as all from '../src/index.js'
import { ScaiError, isScaiError, scaiServerOptions, toScaiError } from '../src/index.js'
import type { ScaiErrorCode, ScaiErrorsOptions } from '../src/index.js'
import { fromStore } from '../src/upstream.js'
import { collect, json, listen, serve } from './fixtures/service.js'
import type { LogLine } from './fixtures/service.js'

const ENVELOPE = {
  status: 'error',
  error: { code: /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/, message: String },
  meta: { request_id: /^req_[A-Za-z0-9_-]{1,64}$/ }
}

t.test('the package exports what is documented', async t => {
  t.strictSame(Object.keys(all).sort(), [
    'ErrorEnvelopeSchema', 'ScaiError', 'default', 'defineErrors', 'errSerializer', 'errorCatalog', 'errorResponses', 'isScaiError', 'scaiErrors', 'scaiServerOptions', 'toErrorFrame', 'toScaiError'
  ])
  t.equal(all.default, all.scaiErrors)
})

// What is thrown, and what the caller gets.
const revoked = Proxy.revocable({}, {})
revoked.revoke()

for (const [name, thrown, status, code] of [
  ['an object without a prototype', Object.assign(Object.create(null), { statusCode: 404 }), 404, 'NOT_FOUND'],
  ['statusCode 404', Object.assign(new Error('No such cat'), { statusCode: 404 }), 404, 'NOT_FOUND'],
  ['status 409', Object.assign(new Error('Taken'), { status: 409 }), 409, 'CONFLICT'],
  ['statusCode 418', Object.assign(new Error('A teapot'), { statusCode: 418 }), 400, 'BAD_REQUEST'],
  ['statusCode 599', Object.assign(new Error('boom'), { statusCode: 599 }), 500, 'INTERNAL_ERROR'],
  ['an http error', createHttpError(402, 'Pay first'), 402, 'PAYMENT_REQUIRED'],
  ['a coded error', new ScaiError('TENANT_SUSPENDED'), 403, 'TENANT_SUSPENDED'],
  ['a coded error that was tampered with', Object.assign(new ScaiError('TENANT_SUSPENDED'), { statusCode: 999 }), 500, 'INTERNAL_ERROR'],
  [
    'a coded error whose details were tampered with',
    Object.assign(new ScaiError('VALIDATION_ERROR', { details: [] }), { details: [1n] }), 422, 'VALIDATION_ERROR'
  ],
  [
    'a coded error whose headers can not be read', Object.assign(new ScaiError('TENANT_SUSPENDED'), { headers: revoked.proxy }),
    500, 'INTERNAL_ERROR'
  ]
] as const) {
  t.test(`throwing ${name} gives ${code}`, async t => {
    const { request } = await serve(t, app => {
      app.get('/async', async () => { throw thrown })
      app.get('/sync', () => { throw thrown })
    })
    for (const path of ['/async', '/sync']) {
      const answer = await request(path)
      t.equal(answer.status, status)
      t.match(answer.body, { ...ENVELOPE, error: { code } })
      t.notMatch(answer.text, /boom|stack/)
    }
  })
}

t.test('throwing undefined in an async handler gives INTERNAL_ERROR', async t => {
  const { request } = await serve(t, app => app.get('/', async () => { throw undefined })) // eslint-disable-line no-throw-literal
  t.match((await request('/')).body, { ...ENVELOPE, error: { code: 'INTERNAL_ERROR' } })
})

t.test('a status that is set before the throw is the error\'s', async t => {
  const { request } = await serve(t, app => app.get('/', async (_request, reply) => { reply.code(410); throw new Error('It went away') }))
  const { status, body } = await request('/')
  t.equal(status, 410)
  t.match(body.error, { code: 'GONE', message: 'It went away' })
})

t.test('a 401 without credentials is AUTH_TOKEN_MISSING, with credentials AUTH_TOKEN_INVALID', async t => {
  const { request } = await serve(t, app => app.get('/', async () => { throw createHttpError(401) }))
  t.equal((await request('/')).body.error.code, 'AUTH_TOKEN_MISSING')
  t.equal((await request('/', { headers: { authorization: 'Bearer x' } })).body.error.code, 'AUTH_TOKEN_INVALID')
})

t.test('errors of every hook become the envelope', async t => {
  const { request } = await serve(t, app => {
    for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const) {
      let calls = 0
      app.get(`/${hook}`, { [hook]: async () => { if (calls++ === 0) throw new ScaiError('TENANT_SUSPENDED') } }, async () => ({}))
    }
  })
  for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend']) {
    t.match((await request(`/${hook}`)).body, { ...ENVELOPE, error: { code: 'TENANT_SUSPENDED' } }, hook)
  }
})

t.test('a body that can not be read', async t => {
  const { request } = await serve(t, app => {
    app.post('/', { bodyLimit: 20 }, async () => 'ok')
    app.addContentTypeParser('application/vnd.own', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, JSON.parse(String(body)))
      } catch (error) {
        done(Object.assign(error as Error, { statusCode: 400 }))
      }
    })
  })
  const post = async (body: string, type = 'application/json') =>
    (await request('/', { method: 'POST', body, headers: { 'content-type': type } })).body.error
  t.match(await post('{"a'), { code: 'VALIDATION_ERROR', details: [{ field: 'body', message: 'must be valid JSON' }] })
  t.match(await post(''), { code: 'VALIDATION_ERROR', details: [{ field: 'body', message: 'must not be empty' }] })
  t.match(await post('{"__proto__":{}}'), { code: 'VALIDATION_ERROR', details: [{ field: 'body', message: 'must be valid JSON' }] })
  t.match(await post('hunter2', 'application/vnd.own'), { code: 'VALIDATION_ERROR', details: [{ field: 'body', message: 'is not valid' }] })
  t.match(await post(JSON.stringify('x'.repeat(30))), { code: 'CONTENT_TOO_LARGE', details: undefined })
  t.match(await post('a', 'text/csv'), { code: 'UNSUPPORTED_MEDIA_TYPE' })
})

t.test('a part that the schema rejects is named, with the place in it', async t => {
  const { request } = await serve(t, app => app.post('/:slug', {
    schema: {
      params: { type: 'object', properties: { slug: { type: 'string', minLength: 2 } } },
      querystring: { type: 'object', properties: { limit: { type: 'integer' } } },
      headers: { type: 'object', required: ['x-tenant-id'] },
      body: {
        type: 'object',
        required: ['model'],
        properties: { messages: { type: 'array', items: { type: 'object', properties: { role: { enum: ['user', 'assistant'] } } } } }
      }
    }
  }, async () => 'ok'))
  const headers = { 'x-tenant-id': 't1' }
  for (const [path, body, init, detail] of [
    ['/a', { model: 'm' }, { headers }, { field: 'path.slug', message: 'path parameter must have at least 2 characters' }],
    ['/ab', {}, { headers }, { field: 'model', message: 'is required' }],
    [
      '/ab', { model: 'm', messages: [{ role: 'x' }] }, { headers },
      { field: 'messages.0.role', message: 'must be one of: "user", "assistant"' }
    ],
    ['/ab?limit=x', { model: 'm' }, { headers }, { field: 'query.limit', message: 'query parameter must be an integer' }],
    ['/ab', { model: 'm' }, {}, { field: 'header.x-tenant-id', message: 'header is required' }]
  ] as const) {
    const answer = await request(path, json(body, init))
    t.equal(answer.status, 422)
    t.strictSame(answer.body.error.details, [detail])
  }
})

t.test('a handler may throw the error that attachValidation left', async t => {
  const { request } = await serve(t, app =>
    app.post('/', {
      attachValidation: true,
      schema: { body: { type: 'object', required: ['a'] } }
    }, async request => { throw request.validationError }))
  t.match((await request('/', json({}))).body.error, { code: 'VALIDATION_ERROR', details: [{ field: 'a', message: 'is required' }] })
})

t.test('a handler that takes too long is SERVICE_UNAVAILABLE', async t => {
  const { request } = await serve(t, app => app.get('/', { handlerTimeout: 20 }, async () => { await delay(200) }))
  const { status, body } = await request('/')
  t.equal(status, 503)
  t.equal(body.error.code, 'SERVICE_UNAVAILABLE')
})

t.test('unknown routes', async t => {
  const { request } = await serve(t, app => {
    app.get('/models/:slug', async () => 'ok')
    app.post('/models/:slug', async () => 'ok')
    app.get('/mine', (_request, reply) => reply.callNotFound())
    app.get('/host', { constraints: { host: 'scai.example' } }, async () => 'ok')
    app.register(async child => child.get('/b', async () => 'ok'), { prefix: '/a' })
  })
  for (const [method, path, code, allow] of [
    ['GET', '/nothing', 'NOT_FOUND', null],
    ['GET', '/nothing?a=b%20c', 'NOT_FOUND', null],
    ['DELETE', '/nothing', 'NOT_FOUND', null],
    ['DELETE', '/models/gpt', 'METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
    ['PUT', '/models/gpt?a=b', 'METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
    ['POST', '/a/b', 'METHOD_NOT_ALLOWED', 'GET, HEAD'],
    ['GET', '/mine', 'NOT_FOUND', null],
    ['GET', '/host', 'NOT_FOUND', null],
    ['POST', '/host', 'NOT_FOUND', null]
  ] as const) {
    const answer = await request(path, { method })
    t.match(answer.body, { ...ENVELOPE, error: { code } }, `${method} ${path}`)
    t.equal(answer.status, code === 'NOT_FOUND' ? 404 : 405)
    t.equal(answer.headers.get('allow'), allow)
  }
})

t.test('an OPTIONS route for everything, like that of @fastify/cors, does not turn a 404 into a 405', async t => {
  const { request } = await serve(t, async app => {
    await app.register(cors, { origin: true })
    app.get('/known', async () => 'ok')
  })
  t.equal((await request('/nothing')).body.error.code, 'NOT_FOUND')
  const { headers, body } = await request('/known', { method: 'POST' })
  t.equal(body.error.code, 'METHOD_NOT_ALLOWED')
  t.equal(headers.get('allow'), 'GET, HEAD, OPTIONS')
})

t.test('notFoundHandler: false allows the user\'s own', async t => {
  const { request } = await serve(t, app => app.setNotFoundHandler((_request, reply) => reply.scaiError('MODEL_NOT_FOUND')), { errors: { notFoundHandler: false } })
  t.equal((await request('/nothing')).body.error.code, 'MODEL_NOT_FOUND')
})

t.test('reply.scaiError', async t => {
  const seen: unknown[] = []
  const { request, errorLines } = await serve(t, app => {
    app.addHook('onError', async (_request, _reply, error) => { seen.push(error) })
    app.get('/async', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND', { message: 'No gpt-9' }))
    app.get('/returned', (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/plain', (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') })
    app.get('/callback', (_request, reply) => { setImmediate(() => reply.scaiError('MODEL_NOT_FUND' as ScaiErrorCode)) })
    app.get('/hook', { preHandler: (_request, reply) => { reply.scaiError('TENANT_SUSPENDED') } }, async () => 'ok')
  })
  t.match((await request('/async')).body.error, { code: 'MODEL_NOT_FOUND', message: 'No gpt-9' })
  t.equal((await request('/returned')).status, 404, 'can be returned from a plain handler')
  t.equal((await request('/plain')).status, 404, 'need not be returned')
  t.equal((await request('/hook')).body.error.code, 'TENANT_SUSPENDED')
  t.ok(seen.every(error => isScaiError(error)), 'is seen by onError hooks')
  t.equal(seen.length, 4)
  t.equal((await request('/callback')).body.error.code, 'INTERNAL_ERROR', 'with a wrong code, does not end the process')
  t.match(errorLines().at(-1)?.err?.message, /Unknown error code 'MODEL_NOT_FUND'/)
})

for (const [title, call, message] of [
  ['a text in place of the options', 'No such model', "MODEL_NOT_FOUND: the options must be an object: write { message: 'No such model' }"],
  ['a truth value in place of the options', true, 'MODEL_NOT_FOUND: the options must be an object, got true'],
  ['a symbol in place of the options', Symbol('x'), 'MODEL_NOT_FOUND: the options must be an object, got Symbol(x)'],
  ['a misspelt option', { mesage: 'No such model' }, "MODEL_NOT_FOUND: unknown option 'mesage': did you mean 'message'?"],
  [
    'an error in place of the options', Object.assign(new Error('SECRET'), { key: 'SECRET' }),
    'MODEL_NOT_FOUND: the options must be an object: write { cause: [Error] }'
  ]
] as const) {
  t.test(`reply.scaiError with ${title} is a 500, and the log has the fix and the line`, async t => {
    const { request, errorLines, log } = await serve(t, app =>
      app.get('/', function handler (_request, reply) { reply.scaiError('MODEL_NOT_FOUND', call as {}) }))
    const { status, text, body } = await request('/')
    t.equal(status, 500)
    t.equal(body.error.code, 'INTERNAL_ERROR')
    t.match(errorLines()[0]?.err?.message, message)
    t.match(errorLines()[0]?.err?.stack, /caused by: TypeError: .+\n {4}at .*handler \(.+plugin\.test\.ts/)
    t.notMatch(text + JSON.stringify(log), 'SECRET')
  })
}

t.test('mapError', async t => {
  class NoRows extends Error {}
  const { request, errorLines } = await serve(t, app => {
    app.get('/code', async () => { throw new NoRows('users') })
    app.get('/error', async () => { throw new RangeError('users') })
    app.get('/other', async () => { throw createHttpError(409) })
    app.get('/junk', async () => { throw new TypeError('users') })
    app.get('/throws', async () => { throw null }) // eslint-disable-line no-throw-literal
    app.get('/coded', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
  }, {
    errors: {
      mapError (thrown, request) {
        if (isScaiError(thrown)) return 'INTERNAL_ERROR'
        if (thrown instanceof NoRows) return 'USER_NOT_FOUND'
        if (thrown instanceof RangeError) return new ScaiError('ROOM_NOT_FOUND', { message: request.url })
        if (thrown instanceof TypeError) return 'NO_CODE' as never
        return (thrown as { nothing?: undefined }).nothing
      }
    }
  })
  t.equal((await request('/code')).body.error.code, 'USER_NOT_FOUND')
  t.match((await request('/error')).body.error, { code: 'ROOM_NOT_FOUND', message: '/error' })
  t.equal((await request('/other')).body.error.code, 'CONFLICT')
  t.equal((await request('/coded')).body.error.code, 'MODEL_NOT_FOUND', 'is not asked about coded errors')
  t.equal((await request('/junk')).body.error.code, 'INTERNAL_ERROR')
  t.match(errorLines().at(-1)?.err?.message, /mapError must return .*'NO_CODE'/)
  t.equal((await request('/throws')).body.error.code, 'INTERNAL_ERROR')
  t.match(errorLines().at(-1)?.err?.message, /Cannot read properties of null/)
})

for (const [options, pattern] of [
  [{ mapError: 'x' }, /mapError must be a synchronous function, or a list of them, got 'x'/],
  [{ mapError: async () => {} }, /mapError must be a synchronous function/],
  [{ trustRequestId: 'yes' }, /trustRequestId must be true or false, got 'yes'/],
  [{ maxDetails: 0 }, /maxDetails must be an integer > 0, got 0/],
  [{ maxDetails: 1.5 }, /maxDetails/],
  [{ shouldRetryHeader: 1 }, /shouldRetryHeader/],
  [{ notFoundHandler: null }, /notFoundHandler/],
  [{ retryHeaders: true }, /unknown option 'retryHeaders': did you mean 'shouldRetryHeader'\?/],
  [{ trustRequestID: true }, /unknown option 'trustRequestID': did you mean 'trustRequestId'\?/],
  [{ trust_request_id: true }, /did you mean 'trustRequestId'\?/],
  [{ mapErrors: () => {} }, /did you mean 'mapError'\?/],
  [{ maxDetail: 1 }, /did you mean 'maxDetails'\?/],
  [{ normaliseReplies: false }, /did you mean 'normalizeReplies'\?/],
  [{ logLevels: 'debug' }, /logLevels must be levels by code/],
  [{ logLevels: { MODEL_NOT_FUND: 'debug' } }, /logLevels: unknown error code 'MODEL_NOT_FUND': did you mean 'MODEL_NOT_FOUND'\?/],
  [{ logLevels: { NOTHING_OF_THE_KIND: 'debug' } }, /is it misspelt, or not yet added by defineErrors\?/],
  [{ logLevels: { MODEL_NOT_FOUND: 'loud' } }, /the level of MODEL_NOT_FOUND must be one of error, warn, info, debug, silent, got 'loud'/],
  [{ mapError: [() => undefined, 'x'] }, /mapError must be a synchronous function, or a list of them/],
  [{ mapError: toScaiError }, /mapError must not be toScaiError, which has an answer for everything/],
  [{ mapError: [fromStore] }, /mapError must not be fromStore/],
  [{ notFoundHandlr: false }, /did you mean 'notFoundHandler'\?/]
] as const) {
  t.test(`the option ${JSON.stringify(options)} is refused at start`, async t => {
    const app = Fastify(scaiServerOptions())
    await t.rejects(async () => await app.register(scaiErrors, options as unknown as ScaiErrorsOptions), { name: 'TypeError', message: pattern })
  })
}

t.test('options that others pass on are ignored, with one warning; those of register are accepted', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  const options = { prefix: '/v1', logLevel: 'warn', logSerializers: {}, http: {}, logController: {}, ajv: {}, genReqId: () => 'x' }
  await app.register(scaiErrors, options as ScaiErrorsOptions)
  t.strictSame(log.map(({ level, msg }) => [level, msg]), [
    [40, 'fastify-scai-errors: unknown options are ignored: http, logController, ajv, genReqId']
  ])
})

t.test('registered twice', async t => {
  const mapRange = (thrown: unknown) => thrown instanceof RangeError ? 'ROOM_NOT_FOUND' : undefined
  const mapAll = () => 'USER_NOT_FOUND' as const
  const define = (app: FastifyInstance) => {
    app.get('/range', async () => { throw new RangeError() })
    app.get('/other', async () => { throw new TypeError() })
    app.post('/validated', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 'ok')
  }
  await t.test('in the same scope, a later mapError is asked after the first', async t => {
    const { request, errorLines, log } = await serve(t, async app => {
      await app.register(scaiErrors, { mapError: mapAll, maxDetails: 1 })
      define(app)
    }, { errors: { mapError: mapRange } })
    t.equal((await request('/range')).body.error.code, 'ROOM_NOT_FOUND')
    t.equal((await request('/other')).body.error.code, 'USER_NOT_FOUND')
    t.equal(errorLines().length, 2, 'and each error is logged once')
    t.notOk(log.some(({ level }) => level === 40))
  })
  await t.test('in a child, its options hold for that child alone', async t => {
    const { request } = await serve(t, app => {
      define(app)
      app.register(async child => {
        await child.register(scaiErrors, { mapError: mapAll, shouldRetryHeader: false, trustRequestId: true })
        define(child)
      }, { prefix: '/child' })
    }, { errors: { mapError: mapRange } })
    t.equal((await request('/range')).body.error.code, 'ROOM_NOT_FOUND')
    t.equal((await request('/other')).body.error.code, 'INTERNAL_ERROR')
    t.equal((await request('/child/range')).body.error.code, 'USER_NOT_FOUND', 'it is asked before the parent\'s')
    const init = { headers: { 'x-request-id': 'req_theirs' } }
    t.equal((await request('/child/other', init)).body.meta.request_id, 'req_theirs')
    t.not((await request('/other', init)).body.meta.request_id, 'req_theirs')
    t.notOk((await request('/child/other')).headers.has('x-should-retry'))
    t.ok((await request('/other')).headers.has('x-should-retry'))
  })
})

t.test('registered in a child only, and without scaiServerOptions, it holds for that child', async t => {
  const app = Fastify()
  app.get('/outside', async () => { throw new Error('boom') })
  app.register(async child => {
    await child.register(scaiErrors)
    child.get('/inside', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
  }, { prefix: '/child' })
  const { request } = await listen(t, app)
  t.equal((await request('/child/inside')).body.error.code, 'MODEL_NOT_FOUND')
  t.equal((await request('/child/nothing')).body.error.code, 'NOT_FOUND')
  t.equal(JSON.parse((await request('/outside')).text).statusCode, 500)
})

t.test('a client that has disconnected gets nothing, and the log says so', async t => {
  const events = new EventEmitter()
  const service = await serve(t, app => app.get('/', async (_request, reply) => {
    events.emit('arrived')
    await once(reply.raw, 'close')
    setImmediate(() => events.emit('left'))
    throw new Error('too late')
  }))
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(events, 'arrived')
  socket.destroy()
  await once(events, 'left')
  t.match(service.errorLines(), [{ event: 'client_gone', level: 30, code: 'INTERNAL_ERROR', status: 500 }])
})

t.test('once the headers are sent, the response is cut off and nothing is added to it', async t => {
  const service = await serve(t, app => app.get('/', async (_request, reply) => {
    reply.raw.writeHead(200, { 'content-length': '10' })
    reply.raw.write('half')
    throw new ScaiError('BACKEND_ERROR')
  }))
  await t.rejects(service.request('/'))
  t.match(service.errorLines(), [{ code: 'BACKEND_ERROR', status: 502 }])
})

t.test('@fastify/rate-limit: RATE_LIMITED with its Retry-After', async t => {
  const { request } = await serve(t, async app => {
    await app.register(rateLimit, { max: 1, timeWindow: 60_000 })
    app.get('/', async () => 'ok')
  })
  await request('/')
  const { status, headers, body } = await request('/')
  t.equal(status, 429)
  t.equal(body.error.code, 'RATE_LIMITED')
  t.ok(body.error.retry_after! > 50)
  t.equal(headers.get('retry-after'), String(body.error.retry_after))
})

t.test('@fastify/under-pressure: SERVICE_UNAVAILABLE with its Retry-After', async t => {
  const { request } = await serve(t, async app => {
    await app.register(underPressure, { maxHeapUsedBytes: 1, retryAfter: 33, sampleInterval: 10 })
    app.get('/', async () => 'ok')
  })
  await delay(50)
  const { status, body } = await request('/')
  t.equal(status, 503)
  t.match(body.error, { code: 'SERVICE_UNAVAILABLE', retry_after: 33 })
})

t.test('a user\'s own error handler in a child still sends what it wants', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  await app.register(scaiErrors)
  app.register(async child => {
    child.setErrorHandler((error, _request, reply) => {
      reply.send(isScaiError(error) ? error : new ScaiError('ROOM_NOT_FOUND', { cause: error }))
    })
    child.get('/', async () => { throw new Error('boom') })
  })
  const { request, errorLines } = await listen(t, app, log)
  t.equal((await request('/')).body.error.code, 'ROOM_NOT_FOUND', 'and may pass a coded error on')
  t.equal(errorLines().length, 1)
})
