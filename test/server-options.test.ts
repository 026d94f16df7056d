import Fastify, { LogController } from 'fastify'
import type { FastifyHttpOptions, FastifyRequest } from 'fastify'
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../src/index.js'
import { collect, listen, serve } from './fixtures/service.js'
import type { LogLine } from './fixtures/service.js'

class OwnResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}

const PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/

t.test('what the user passes is kept', async t => {
  const given: FastifyHttpOptions<Server> = {
    bodyLimit: 17,
    trustProxy: true,
    routerOptions: { ignoreTrailingSlash: true },
    ajv: { customOptions: { coerceTypes: false } }
  }
  t.match(scaiServerOptions(given), given)
  t.strictSame(Object.keys(given), ['bodyLimit', 'trustProxy', 'routerOptions', 'ajv'])
})

t.test('without options, the result has those of the package', async t => {
  t.strictSame(Object.keys(scaiServerOptions()).sort(), [
    'ajv', 'clientErrorHandler', 'frameworkErrors', 'genReqId', 'http', 'return503OnClosing', 'schemaErrorFormatter'
  ])
})

for (const [option, options] of [
  ['ServerResponse', scaiServerOptions({ http: { ServerResponse: OwnResponse } }).http],
  ['ServerResponse', scaiServerOptions({ https: { ServerResponse: OwnResponse } }).https],
  ['Http1ServerResponse', scaiServerOptions({ http2: true, https: { Http1ServerResponse: OwnResponse } }).https],
  ['ServerResponse', http1OptionsOf({ http1Options: { ServerResponse: OwnResponse, joinDuplicateHeaders: true } })]
] as Array<[option: string, options: Record<string, typeof ServerResponse>]>) {
  t.test(`the user's own class of responses, as ${option}, is sealed`, async t => {
    const Sealed = options[option]!
    t.equal(Object.getPrototypeOf(Sealed), OwnResponse)
    const response = new Sealed(new IncomingMessage(new Socket()))
    response.writeHead(404)
    t.notOk(response.headersSent, 'an error that is not ours is held back')
  })
}

/** What Node.js 26 takes for the HTTP/1 side of a server of HTTP/2. */
function http1OptionsOf (https: object): object {
  const { http1Options } = scaiServerOptions({ http2: true, https }).https as { http1Options: { joinDuplicateHeaders?: boolean } }
  t.equal(http1Options.joinDuplicateHeaders, true, 'all else of them is kept')
  return http1Options
}

t.test('every log line of a request has its id as request_id', async t => {
  const service = await serve(t, app => app.get('/', async () => 'ok'))
  await service.request('/')
  const lines = service.log.filter(({ msg }) => /^(incoming request|request completed)$/.test(msg))
  t.ok(lines.length > 0)
  for (const line of lines) t.match(line.request_id, PATTERN)
})

t.test('the user\'s own log controller gets the label', async t => {
  class Quiet extends LogController {
    override incomingRequest (request: FastifyRequest): void {
      request.log.info('here it comes')
    }
  }
  const service = await serve(t, app => app.get('/', async () => 'ok'), { server: { logController: new Quiet() } })
  await service.request('/')
  t.match(service.log.find(({ msg }) => msg === 'here it comes')?.request_id, PATTERN)
})

t.test('disableRequestLogging still works', async t => {
  const service = await serve(t, app => app.get('/', async () => {
    throw new Error('boom')
  }), { server: { logController: new LogController({ disableRequestLogging: true }) } })
  await service.request('/')
  t.notOk(service.log.some(({ msg }) => msg === 'incoming request'))
  t.equal(service.errorLines().length, 1, 'and the line of an error is written')
  t.equal(scaiServerOptions({ disableRequestLogging: true }).disableRequestLogging, true)
})

t.test('ids of the user\'s own generator are kept if they have the documented form', async t => {
  let own = 'req_own'
  const { request } = await serve(t, app => app.get('/', async () => 'ok'), { server: { genReqId: () => own } })
  t.equal((await request('/')).headers.get('x-request-id'), 'req_own')
  own = '12-34'
  t.match((await request('/')).headers.get('x-request-id'), PATTERN)
})

for (const [option, pattern] of [
  [{ requestIdHeader: 'x-request-id' }, /requestIdHeader.*trustRequestId/],
  [{ requestIdLogLabel: 'reqId' }, /request_id.*requestIdLogLabel/],
  [{ return503OnClosing: true }, /leave it out.*SERVICE_DRAINING/],
  [{ loger: true } as object, /^scaiServerOptions: unknown option 'loger': did you mean 'logger'\?$/],
  [{ trustRequestId: true } as object, /^scaiServerOptions: trustRequestId is an option of the plugin: write app\.register\(scaiErrors, { trustRequestId: … }\)$/]
] as const) {
  t.test(`${Object.keys(option)[0]} is refused, with the fix`, async t => {
    t.throws(() => scaiServerOptions(option), { name: 'TypeError', message: pattern })
  })
}

t.test('an option that only a newer Fastify knows is kept', async t => {
  t.match(scaiServerOptions({ invented: true } as {}), { invented: true })
})

t.test('the documented label may be given', async t => {
  t.doesNotThrow(() => scaiServerOptions({ requestIdLogLabel: 'request_id', requestIdHeader: false }))
})

t.test('without scaiServerOptions', async t => {
  const log: LogLine[] = []
  const app = Fastify({ logger: { stream: collect(log) } })
  await app.register(scaiErrors)
  app.get('/', async () => { throw new Error('boom') })
  const service = await listen(t, app, log)
  const { headers, body } = await service.request('/')

  t.match(body.meta.request_id, PATTERN, 'ids have the documented form')
  t.equal(headers.get('x-request-id'), body.meta.request_id)
  t.equal(service.errorLines()[0]?.request_id, body.meta.request_id, 'the line of an error has it under the documented label')
  const warnings = log.filter(({ level }) => level === 40)
  t.equal(warnings.length, 1, 'one warning names what is not covered')
  t.match(warnings[0]?.msg, /without scaiServerOptions/)
  t.ok(
    log.filter(({ msg }) => /^(incoming request|request completed)$/.test(msg)).every(({ request_id: id }) => id === body.meta.request_id),
    'and every line of the request'
  )
})

t.test('without scaiServerOptions the user\'s own generator is kept, too', async t => {
  const app = Fastify({ genReqId: () => 'req_own' })
  await app.register(scaiErrors)
  app.get('/', async () => 'ok')
  const { request } = await listen(t, app)
  t.equal((await request('/')).headers.get('x-request-id'), 'req_own')
})

t.test('without scaiServerOptions requestIdHeader is refused when the plugin is registered', async t => {
  const app = Fastify({ requestIdHeader: 'x-request-id' })
  await t.rejects(async () => await app.register(scaiErrors), /requestIdHeader.*trustRequestId/)
})

t.test('without the plugin, the first request causes one warning', async t => {
  const warnings = t.capture(process, 'emitWarning', () => {}).args
  const app = Fastify(scaiServerOptions())
  app.get('/', async () => 'ok')
  const { request } = await listen(t, app)
  t.strictSame(warnings(), [])
  await request('/')
  await request('/nothing')
  t.match(warnings(), [[/^scaiServerOptions\(\) was called, but the plugin is missing.* Write "await app\.register\(scaiErrors\)"/]])
})

t.test('with the plugin in a child only, there is no such warning', async t => {
  const warnings = t.capture(process, 'emitWarning', () => {}).args
  const app = Fastify(scaiServerOptions())
  app.register(async child => { await child.register(scaiErrors) })
  app.get('/', async () => 'ok')
  await (await listen(t, app)).request('/')
  t.strictSame(warnings(), [])
})
