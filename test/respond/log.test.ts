import Fastify from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import { collect, listen, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

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
    t.match(lines[0], { level: LEVELS[level], event: 'request_error', code, status, request_id: body.meta.request_id, msg: body.error.message })
    t.equal('err' in lines[0]!, status >= 500, 'with err from 500 up')
  })
}

t.test('a line has no other fields than these', async t => {
  const service = await serve(t, app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND', { cause: new Error('secret') }) }))
  await service.request('/')
  t.strictSame(Object.keys(service.errorLines()[0]!).sort(), ['cause', 'code', 'event', 'hostname', 'level', 'msg', 'pid', 'request_id', 'status', 'time'])
})

t.test('err is our own error, with the messages and stacks of its causes and nothing else of them', async t => {
  const deep = Object.assign(new Error('connect ECONNREFUSED'), { password: 'hunter2' })
  const foreign = Object.assign(new Error('query failed', { cause: deep }), { query: 'SELECT hunter2', headers: { authorization: 'hunter2' } })
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
    app.get('/404', async () => { throw new ScaiError('MODEL_NOT_FOUND', { context: { tenant: 't1' } }) })
    app.get('/502', async () => { throw new ScaiError('BACKEND_ERROR', { context: { tenant: 't1' } }) })
  })
  for (const path of ['/404', '/502']) t.notMatch((await service.request(path)).text, /t1/)
  for (const line of service.errorLines()) t.strictSame(line.context, { tenant: 't1' })
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

t.test('a cause that can not be looked at costs the line its err, never the response', async t => {
  const cause = new Proxy(new Error('boom'), { get () { throw new Error('no') } })
  const service = await serve(t, app => app.get('/', async () => { throw new ScaiError('BACKEND_ERROR', { cause }) }))
  const { status, body } = await service.request('/')
  t.equal(status, 502)
  t.equal(body.error.code, 'BACKEND_ERROR')
  t.match(service.errorLines(), [{ code: 'BACKEND_ERROR', status: 502 }])
})

t.test('a service without a logger works just the same', async t => {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors)
  app.get('/', async () => { throw new Error('boom') })
  const { request } = await listen(t, app)
  t.equal((await request('/')).body.error.code, 'INTERNAL_ERROR')
})
