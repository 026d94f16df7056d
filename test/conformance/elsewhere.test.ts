import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, RouteHandlerMethod } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { listen } from '../fixtures/service.js'

// Where Fastify answers, and the response isn't one of a server that it has made.

const HANDLERS: Record<string, [handler: RouteHandlerMethod, code: ScaiErrorCode]> = {
  'a coded error': [async () => { throw new ScaiError('MODEL_NOT_FOUND') }, 'MODEL_NOT_FOUND'],
  'a raw reply': [(_request, reply) => { reply.raw.statusCode = 404; reply.raw.end('hunter2') }, 'NOT_FOUND'],
  'a hijacked reply': [(_request, reply) => { reply.hijack().raw.writeHead(502, { etag: '"hunter2"' }).end('hunter2') }, 'BACKEND_ERROR'],
  'a hijacked reply in parts': [
    (_request, reply) => { const { raw } = reply.hijack(); raw.writeHead(502); raw.write('hunter2'); raw.end('hunter2') },
    'BACKEND_ERROR'
  ],
  'a raw pipe': [
    (_request, reply) => { reply.hijack().raw.statusCode = 503; Readable.from(['hunter2']).pipe(reply.raw) }, 'SERVICE_UNAVAILABLE'
  ],
  'a stream': [async (_request, reply) => reply.code(409).send(Readable.from(['hunter2'])), 'CONFLICT'],
  'a raw status, rewritten behind a hook': [async (_request, reply) => { reply.raw.writeHead(409); return 'hunter2' }, 'CONFLICT']
}

function define (app: FastifyInstance): void {
  for (const [index, [handler]] of Object.values(HANDLERS).entries()) app.get(`/${index}`, handler)
  app.get('/failing', { onSend: async () => { throw new Error('hunter2') } }, async () => 'hunter2')
  app.get('/fine', (_request, reply) => { reply.raw.end('fine') })
}

const ASKED: Array<[title: string, path: string, code: ScaiErrorCode]> = [
  ...Object.entries(HANDLERS).map(([title, [, code]], index): [string, string, ScaiErrorCode] => [title, `/${index}`, code]),
  ['an onSend hook that keeps failing', '/failing', 'INTERNAL_ERROR'],
  ['an unknown route', '/none', 'NOT_FOUND'],
  ['a bad percent-encoding', '/%zz', 'BAD_REQUEST']
]

t.test('app.inject()', async t => {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors)
  define(app)
  for (const [title, url, code] of ASKED) {
    const { statusCode: status, headers, payload: text } = await app.inject(url)
    t.equal(checkEnvelope({ status, headers: new Headers(headers as Record<string, string>), text }).error.code, code, title)
  }
  t.equal((await app.inject('/fine')).payload, 'fine')
})

t.test('app.inject() without scaiServerOptions()', async t => {
  const app = Fastify()
  await app.register(scaiErrors)
  define(app)
  for (const [title, url, code] of ASKED.slice(0, -1)) {
    const { statusCode: status, headers, payload: text } = await app.inject(url)
    t.equal(checkEnvelope({ status, headers: new Headers(headers as Record<string, string>), text }).error.code, code, title)
  }
})

t.test('a server that serverFactory makes', async t => {
  const app = Fastify(scaiServerOptions({ serverFactory: handle => createServer(handle) }))
  await app.register(scaiErrors)
  define(app)
  const { request } = await listen(t, app)
  for (const [title, path, code] of ASKED) t.equal(checkEnvelope(await request(path)).error.code, code, title)
  t.equal((await request('/fine')).text, 'fine')
})

t.test('a server whose responses somebody has patched before', async t => {
  const ended: string[] = []
  const app = Fastify(scaiServerOptions({
    serverFactory: handle => createServer((request, response) => {
      const { end } = response
      response.end = function (this: typeof response, ...args: Parameters<typeof end>) {
        ended.push(request.url!)
        return end.apply(this, args)
      } as typeof end
      handle(request, response)
    })
  }))
  await app.register(scaiErrors)
  define(app)
  const { request } = await listen(t, app)
  for (const [title, path, code] of ASKED.slice(0, -1)) t.equal(checkEnvelope(await request(path)).error.code, code, title)
  t.equal((await request('/fine')).text, 'fine')
  t.strictSame(ended, [...ASKED.slice(0, -1).map(([, path]) => path), '/fine'])
})

// What answers before the plugin's first hook, or where there is none of its.
t.test('a server that serverFactory makes, beside the plugin', async t => {
  const app = Fastify(scaiServerOptions({
    serverFactory: handle => createServer(handle),
    frameworkErrors: (_error, _request, reply) => { (reply as FastifyReply).code(400).send('hunter2') }
  }))
  app.addHook('onRequest', async (request, reply) => { if (request.url === '/early') reply.raw.writeHead(403).end('hunter2') })
  app.register(async child => { await child.register(scaiErrors) })
  app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(502).end('hunter2') })
  const { request } = await listen(t, app)
  for (const [path, code] of [['/%zz', 'BAD_REQUEST'], ['/early', 'AUTHZ_PERMISSION_DENIED'], ['/raw', 'BACKEND_ERROR']] as const) {
    t.equal(checkEnvelope(await request(path)).error.code, code, path)
  }
})
