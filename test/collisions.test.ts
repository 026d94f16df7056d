import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import cors from '@fastify/cors'
import Fastify from 'fastify'
import type { FastifyHttpOptions } from 'fastify'
import type { Server } from 'node:http'
import { ServerResponse } from 'node:http'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../src/index.js'
import { serve } from './fixtures/service.js'

t.test('an error handler that may not be replaced is named at start, with the fix', async t => {
  const app = Fastify(scaiServerOptions({ allowErrorHandlerOverride: false }))
  app.setErrorHandler(() => {})
  await t.rejects(async () => await app.register(scaiErrors), {
    name: 'TypeError',
    message: /allowErrorHandlerOverride is false: use the option mapError/
  })
})

t.test('the user\'s own frameworkErrors is used, and may throw', async t => {
  const seen: string[] = []
  const server: FastifyHttpOptions<Server> = {
    frameworkErrors (error, request, reply) {
      seen.push(error.code)
      if (request.url.startsWith('/throw')) throw new ScaiError('ROOM_NOT_FOUND')
      ;(reply as unknown as { send (body: unknown): void }).send(new ScaiError('USER_NOT_FOUND'))
    }
  }
  const { request } = await serve(t, () => {}, { server })
  t.equal((await request('/throw/%zz')).body.error.code, 'ROOM_NOT_FOUND')
  t.equal((await request('/%zz')).status, 404, 'its answer passes the seal as an envelope')
  t.strictSame(seen, ['FST_ERR_BAD_URL', 'FST_ERR_BAD_URL'])
})

t.test('the user\'s own clientErrorHandler is used', async t => {
  const { url } = await serve(t, () => {}, { server: { clientErrorHandler: (_error, socket) => { socket.end('mine') } } })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end('garbage\r\n\r\n')
  t.equal((await socket.toArray()).join(''), 'mine')
})

t.test('the user\'s own ServerResponse is extended', async t => {
  class Own extends ServerResponse {}
  const kinds: boolean[] = []
  const { request } = await serve(t, app => {
    app.get('/', async (_request, reply) => { kinds.push(reply.raw instanceof Own); throw new ScaiError('MODEL_NOT_FOUND') })
  }, { server: { http: { ServerResponse: Own as never } } })
  t.equal((await request('/')).body.error.code, 'MODEL_NOT_FOUND')
  t.strictSame(kinds, [true])
})

t.test('a request that arrives while the service closes is SERVICE_DRAINING, one that arrived before is answered', async t => {
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  const { app, url } = await serve(t, async app => {
    await app.register(cors, { origin: true })
    app.get('/slow', async () => { await held; return 'done' })
    app.get('/', async () => 'ok')
  })
  const open = () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const parts: string[] = []
    socket.on('data', chunk => parts.push(String(chunk)))
    return { socket, parts, closed: once(socket, 'close') }
  }
  const busy = open()
  const late = open()
  busy.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  late.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  await delay(100)
  const closed = app.close()
  await delay(100)
  late.socket.write('GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n\r\n')
  await delay(100)
  release()
  await late.closed
  busy.socket.destroy()
  await closed
  t.match(busy.parts.join(''), /^HTTP\/1\.1 200[^]*done$/)
  const answers = late.parts.join('')
  t.match(answers, /^HTTP\/1\.1 200[^]*done/)
  t.match(answers, /HTTP\/1\.1 503[^]*"code":"SERVICE_DRAINING"/)
  t.match(answers, /retry-after: 1\r\n/i)
  t.match(answers, /access-control-allow-origin: https:\/\/a\.example/i)
})
