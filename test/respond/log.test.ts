import Fastify, { LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import { handleError } from '../../src/respond/handle-error.js'
import { DEFAULT_SETTINGS } from '../../src/respond/settings.js'
import { collect, json, listen, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

const log: LogLine[] = []
const LEVELS = { error: 50, warn: 40, info: 30 }

for (const [code, level] of [
  ['INTERNAL_ERROR', 'error'],
  ['BACKEND_ERROR', 'error'],
  ['MODEL_UNAVAILABLE', 'error'],
  ['SERVICE_UNAVAILABLE', 'warn'],
  ['SERVICE_DRAINING', 'warn'],
  ['QUOTA_EXCEEDED', 'warn'],
  ['BUNKER_QUOTA_EXCEEDED', 'warn'],
  ['MODEL_NOT_FOUND', 'info'],
  ['AUTH_TOKEN_INVALID', 'info']
] as const) {
  t.test(`${code} is one line at ${level}`, async t => {
    const service = await serve(t, app => app.get('/', async () => { throw new ScaiError(code) }))
    const { status, body } = await service.request('/')
    const lines = service.errorLines()
    t.equal(lines.length, 1)
    t.match(lines[0], {
      level: LEVELS[level],
      event: 'request_error',
      code,
      status,
      request_id: body.meta.request_id,
      msg: body.error.message
    })
    t.equal('err' in lines[0]!, status >= 500, 'with err from 500 up')
  })
}

t.test('a line has no other fields than these', async t => {
  const service = await serve(t, app =>
    app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND', { cause: new Error('secret') }) }))
  await service.request('/')
  t.strictSame(Object.keys(service.errorLines()[0]!).sort(), [
    'cause', 'code', 'event', 'hostname', 'level', 'msg', 'pid', 'request_id', 'status', 'time'
  ])
})

t.test('below 500, the line has a summary of what led to the error', async t => {
  const cause = Object.assign(new Error('row is locked at https://db.example/x?key=hunter2', { cause: new RangeError('deep') }), { code: 'E_LOCKED', query: 'hunter2' })
  const service = await serve(t, app => {
    app.get('/coded', async () => { throw new ScaiError('SLUG_CONFLICT', { cause }) })
    app.get('/foreign', async () => { throw Object.assign(new Error('No such plan'), { statusCode: 404 }) })
    app.get('/text', async (_request, reply) => {
      reply.code(409)
      throw 'a mere string' // eslint-disable-line no-throw-literal
    })
    app.get('/none', async () => { throw new ScaiError('SLUG_CONFLICT') })
  })
  for (const path of ['/coded', '/foreign', '/text', '/none']) await service.request(path)
  t.strictSame(service.errorLines().map(({ cause }) => cause), [
    { type: 'Error', code: 'E_LOCKED', message: 'row is locked at https://db.example/x?…', cause: { type: 'RangeError', message: 'deep' } },
    { type: 'Error', message: 'No such plan' },
    { type: 'string', message: 'a mere string' },
    undefined
  ])
  t.notMatch(JSON.stringify(service.log), /hunter2/)
})

t.test('a failed validation has the fields that are wrong, not their messages', async t => {
  const body = { type: 'object', properties: { n: { type: 'integer' } }, required: ['a'] }
  const service = await serve(t, app => app.post('/', { schema: { body } }, async () => 'ok'))
  await service.request('/', json({ n: 'hunter2' }))
  const [line] = service.errorLines()
  t.match(line, { code: 'VALIDATION_ERROR', fields: ['a', 'n'], cause: undefined, err: undefined })
  t.notMatch(JSON.stringify(line), /hunter2|must be/)
})

t.test('an unknown route has its method and its URL, without the query', async t => {
  const service = await serve(t, app => app.get('/known', async () => 'ok'))
  await service.request('/unknown/path?key=hunter2')
  await service.request('/known?key=hunter2', { method: 'DELETE' })
  t.match(service.errorLines(), [
    { code: 'NOT_FOUND', method: 'GET', url: '/unknown/path?…' },
    { code: 'METHOD_NOT_ALLOWED', method: 'DELETE', url: '/known?…' }
  ])
  t.notMatch(JSON.stringify(service.errorLines()), /hunter2/)
})

t.test('a replaced foreign body is logged as replaced, with what was thrown if anything was', async t => {
  const service = await serve(t, app => {
    app.get('/sent', async (_request, reply) => reply.code(409).send('theirs'))
    app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(502).end('theirs') })
    app.get('/coded', async () => { throw new ScaiError('SLUG_CONFLICT') })
    app.register(async child => {
      child.setErrorHandler((_error, _request, reply) => reply.code(404).send('theirs'))
      child.get('/handled', async () => { throw new Error('boom') })
    })
  })
  for (const path of ['/sent', '/raw', '/coded', '/handled']) await service.request(path)
  t.match(service.errorLines(), [
    { code: 'CONFLICT', replaced: true, cause: undefined },
    { code: 'BACKEND_ERROR', replaced: true },
    { code: 'SLUG_CONFLICT', replaced: undefined },
    { code: 'NOT_FOUND', replaced: true, cause: { type: 'Error', message: 'boom' } }
  ])
})

t.test('logLevels changes the level by code, in its scope', async t => {
  const logLevels = { MODEL_NOT_FOUND: 'debug', RATE_LIMITED: 'silent', INTERNAL_ERROR: 'info', SLUG_CONFLICT: 'error' } as const
  const service = await serve(t, app => {
    const fail = (scope: FastifyInstance): void => {
      scope.get('/404', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
      scope.get('/429', async () => { throw new ScaiError('RATE_LIMITED', { retryAfter: 1 }) })
      scope.get('/500', async () => { throw new Error('boom') })
      scope.get('/409', async () => { throw new ScaiError('SLUG_CONFLICT') })
    }
    fail(app)
    app.register(async child => {
      await child.register(scaiErrors, { logLevels: { SLUG_CONFLICT: 'silent' } })
      fail(child)
    }, { prefix: '/child' })
  }, { errors: { logLevels }, server: { logger: { level: 'debug', stream: collect(log) } } })
  for (const prefix of ['', '/child']) for (const path of ['/404', '/429', '/500', '/409']) await service.request(prefix + path)
  t.strictSame(log.filter(({ event }) => event !== undefined).map(({ level, status }) => [level, status]), [
    [20, 404], [30, 500], [50, 409], [20, 404], [30, 500]
  ])
})

for (const [title, server] of [
  ['disableRequestLogging', { disableRequestLogging: true }],
  ['a function of the request', { disableRequestLogging: ({ url }: { url: string }) => url.startsWith('/quiet') }],
  ['a LogController', { logController: new LogController({ disableRequestLogging: true }) }]
] as Array<[string, object]>) {
  t.test(`with request logging off by ${title}, errors below 500 are silent`, async t => {
    const { request, errorLines } = await serve(t, app => {
      app.get('/quiet/404', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
      app.get('/quiet/500', async () => { throw new Error('boom') })
      app.get('/quiet/raw', (_request, reply) => { reply.hijack().raw.writeHead(404).end('theirs') })
    }, { server, errors: { logLevels: { MODEL_NOT_FOUND: 'error' } } })
    for (const path of ['/quiet/404', '/quiet/500', '/quiet/raw', '/quiet/nowhere']) await request(path)
    t.strictSame(errorLines().map(({ status }) => status), [500])
  })
}

t.test('a rule for request logging that throws does not turn it off', async t => {
  class Broken extends LogController {
    override isLogDisabled (): boolean { throw new Error('no') }
    override incomingRequest (): void {}
    override requestCompleted (): void {}
  }
  const { request, errorLines } = await serve(t, app => app.get('/', async () => {
    throw new ScaiError('MODEL_NOT_FOUND')
  }), { server: { logController: new Broken() } })
  await request('/')
  t.equal(errorLines().length, 1)
})

t.test('an error after the headers is logged at its own level', async t => {
  const service = await serve(t, app => app.get('/', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200).write('x')
    handleError(new Error('boom'), _request, reply, DEFAULT_SETTINGS)
    handleError(new ScaiError('MODEL_NOT_FOUND'), _request, reply, DEFAULT_SETTINGS)
  }))
  await service.request('/').catch(() => {})
  t.match(service.errorLines()[0], { level: 50, event: 'request_error', code: 'INTERNAL_ERROR', err: {} })
})

t.test('err is our own error, with the messages and stacks of its causes and nothing else of them', async t => {
  const deep = Object.assign(new Error('connect ECONNREFUSED'), { password: 'hunter2' })
  const foreign = Object.assign(new Error('query failed', { cause: deep }), {
    query: 'SELECT hunter2',
    headers: { authorization: 'hunter2' }
  })
  const service = await serve(t, app => app.get('/', async () => { throw foreign }))
  const { text } = await service.request('/')
  const { err } = service.errorLines()[0]!
  t.equal(err?.type, 'ScaiError')
  t.match(err?.message, /query failed: connect ECONNREFUSED$/)
  t.match(err?.stack, /^ScaiError: .+\ncaused by: Error: query failed\n.*log\.test[^]*caused by: Error: connect ECONNREFUSED/)
  t.notMatch(JSON.stringify(service.log), /hunter2/)
  t.notMatch(text, /query|ECONNREFUSED|hunter2/)
})

t.test('context is logged at every level, and never sent', async t => {
  const service = await serve(t, app => {
    app.get('/404', async () => { throw new ScaiError('MODEL_NOT_FOUND', { context: { tenant: 'tenant of the context' } }) })
    app.get('/502', async () => { throw new ScaiError('BACKEND_ERROR', { context: { tenant: 'tenant of the context' } }) })
  })
  for (const path of ['/404', '/502']) t.notMatch((await service.request(path)).text, 'tenant of the context')
  for (const line of service.errorLines()) t.strictSame(line.context, { tenant: 'tenant of the context' })
})

t.test('what was thrown is in the log even if it is no error', async t => {
  const service = await serve(t, app => app.get('/', async () => { throw 'a mere string' })) // eslint-disable-line no-throw-literal
  t.notMatch((await service.request('/')).text, /mere/)
  t.strictSame(service.errorLines()[0]?.context, { thrown: 'a mere string' })
})

t.test('a serializer that throws costs the line its err, never the response', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log), serializers: { err () { throw new Error('no') } } } }))
  await app.register(scaiErrors)
  app.get('/', async () => { throw new Error('boom') })
  const service = await listen(t, app, log)
  const { status, body } = await service.request('/')
  t.equal(status, 500)
  t.equal(body.error.code, 'INTERNAL_ERROR')
  t.match(service.errorLines(), [{ event: 'request_error', code: 'INTERNAL_ERROR', status: 500, request_id: body.meta.request_id }])
  t.notOk('err' in service.errorLines()[0]!)
})

t.test('a cause that cannot be inspected costs the line its err, never the response', async t => {
  const cause = new Proxy(new Error('boom'), { get () { throw new Error('no') } })
  const service = await serve(t, app => app.get('/', async () => { throw new ScaiError('BACKEND_ERROR', { cause }) }))
  const { status, body } = await service.request('/')
  t.equal(status, 502)
  t.equal(body.error.code, 'BACKEND_ERROR')
  t.match(service.errorLines(), [{ code: 'BACKEND_ERROR', status: 502 }])
})

t.test('without the plugin, what fails before there is a route is the envelope all the same', async t => {
  const { request } = await listen(t, Fastify(scaiServerOptions()))
  t.equal((await request('/%')).body.error.code, 'BAD_REQUEST')
})

t.test('a service without a logger works just the same', async t => {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors)
  app.get('/', async () => { throw new Error('boom') })
  const { request } = await listen(t, app)
  t.equal((await request('/')).body.error.code, 'INTERNAL_ERROR')
})

t.test('a logger that throws costs only its line', async t => {
  const { request } = await serve(t, app => {
    app.addHook('onRequest', async request => {
      for (const level of ['info', 'warn', 'error'] as const) request.log[level] = () => { throw new Error('no') }
    })
    app.get('/coded', async () => { throw new ScaiError('SLUG_CONFLICT') })
    app.get('/down', async () => { throw new ScaiError('SERVICE_UNAVAILABLE') })
    app.get('/bug', async () => { throw new Error('boom') })
    app.get('/undeclared', { config: { scaiErrors: { codes: ['GONE'] } } }, async () => { throw new ScaiError('SLUG_CONFLICT') })
  }, { server: { disableRequestLogging: true } })
  for (const [path, code] of [['/coded', 'SLUG_CONFLICT'], ['/down', 'SERVICE_UNAVAILABLE'], ['/bug', 'INTERNAL_ERROR'], ['/undeclared', 'SLUG_CONFLICT']] as const) {
    t.equal((await request(path)).body.error?.code, code, path)
  }
})

t.test('query strings of URLs are in no text of a line', async t => {
  const service = await serve(t, app => {
    app.get('/text', async () => { throw 'GET https://h/x?token=hunter2' }) // eslint-disable-line no-throw-literal
    app.get('/plain', async () => { throw Object.assign(new Error('no answer of https://h/x?token=hunter2'), { statusCode: 404 }) })
    app.get('/mapped', async () => { throw new TypeError('https://h/x?token=hunter2') })
  }, { errors: { mapError: thrown => { if (thrown instanceof TypeError) throw thrown } } })
  for (const path of ['/text', '/plain', '/mapped', '/odata(\'7\')?token=hunter2']) await service.request(path)
  t.equal(service.errorLines().length, 4)
  t.notMatch(JSON.stringify(service.errorLines()), /hunter2/)
})

t.test('a raw reply is logged by the request, as any other', async t => {
  const service = await serve(t, app => {
    app.get('/quiet', { logLevel: 'silent' }, (_request, reply) => { reply.hijack().raw.writeHead(409).end('x') })
    app.get('/loud', (_request, reply) => { reply.hijack().raw.writeHead(409).end('x') })
    app.register(async child => {
      await child.register(scaiErrors, { logLevels: { CONFLICT: 'silent' } })
      child.get('/child', (_request, reply) => { reply.hijack().raw.writeHead(409).end('x') })
    })
  })
  for (const path of ['/quiet', '/loud', '/child']) t.equal((await service.request(path)).status, 409)
  t.match(service.errorLines(), [{ code: 'CONFLICT', replaced: true, request_id: /^req_/ }])
  t.equal(service.errorLines().length, 1)
})
