import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import httpProxy from '@fastify/http-proxy'
import replyFrom from '@fastify/reply-from'
import Fastify from 'fastify'
import t from 'tap'
import type { Test } from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import { relayReplies } from '../../src/upstream.js'
import { SECRET } from '../fixtures/conformance.js'
import { openHttp2 } from '../fixtures/raw.js'
import { serve } from '../fixtures/service.js'
import type { Service } from '../fixtures/service.js'
import { answerWith, closedPort, leaks, misbehave } from '../fixtures/upstreams.js'

const ID = 'req_0123456789'
const details = [{ field: 'text', message: 'must not be empty' }]
const paused = { code: 'SCAIQUEUE_PAUSED', message: 'Paused', retry_after: 30, details }
const envelope = (error: object): string => JSON.stringify({ status: 'error', error, meta: { request_id: ID } })
const own = { 'content-type': 'application/json', 'x-request-id': ID, 'x-module': 'hunter2', 'set-cookie': 'hunter2=1' }

type Reply = [status: number, headers: Record<string, string>, body: string | Buffer]

const REPLIES: Record<string, Reply> = {
  '/good': [200, { 'content-type': 'text/plain', 'x-module': 'a' }, 'good'],
  '/unknown': [503, own, envelope(paused)],
  '/known': [400, own, envelope({ code: 'MODEL_ACCESS_DENIED', message: 'No' })],
  '/details': [422, own, envelope({ code: 'VALIDATION_ERROR', message: 'No', details })],
  '/delay': [429, { ...own, 'retry-after': '7' }, envelope({ code: 'RATE_LIMITED', message: 'No' })],
  '/token': [401, own, envelope({ code: 'SERVICE_TOKEN_INVALID', message: 'hunter2' })],
  '/gzip': [409, { ...own, 'content-encoding': 'gzip' }, gzipSync(envelope({ code: 'CONFLICT', message: 'No' }))],
  '/deflate': [409, { ...own, 'content-encoding': 'deflate' }, deflateSync(envelope({ code: 'CONFLICT', message: 'No' }))],
  '/br': [409, { ...own, 'content-encoding': 'br' }, brotliCompressSync(envelope({ code: 'CONFLICT', message: 'No' }))],
  '/GZIP': [409, { ...own, 'content-encoding': 'GZIP' }, gzipSync(envelope({ code: 'CONFLICT', message: 'No' }))],
  '/no-gzip': [409, { ...own, 'content-encoding': 'gzip' }, envelope({ code: 'CONFLICT', message: 'hunter2' })],
  '/html': [404, { 'content-type': 'text/html', etag: '"hunter2"' }, `<h1>${SECRET}</h1>`],
  '/empty': [500, {}, ''],
  '/large': [500, own, envelope({ code: 'CONFLICT', message: 'hunter2'.repeat(20_000) })]
}

/** A module; what it was asked with. */
async function module (t: Test): Promise<{ url: string, ids: unknown[], accepted: unknown[] }> {
  const ids: unknown[] = []
  const accepted: unknown[] = []
  const server = createServer((request, response) => {
    ids.push(request.headers['x-request-id'])
    accepted.push(request.headers['accept-encoding'])
    const [status, headers, body] = REPLIES[request.url!]!
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => { server.close(); server.closeAllConnections() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ids, accepted }
}

/** Gateways before it, by each plugin; what is behind them may stall for so long. */
const gateways: Record<string, (t: Test, upstream: string) => Promise<Service>> = {
  'http-proxy': (t, upstream) => serve(t, async app => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('access-control-allow-origin', 'https://a.test') })
    await app.register(httpProxy, { upstream, undici: { bodyTimeout: 100, headersTimeout: 100 }, replyOptions: relayReplies() })
  }),
  'reply-from': (t, upstream) => serve(t, async app => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('access-control-allow-origin', 'https://a.test') })
    await app.register(replyFrom, { undici: { bodyTimeout: 100, headersTimeout: 100 } })
    app.get('/*', (request, reply) => { reply.from(upstream + request.url, relayReplies()) })
  }),
  'reply-from by Node.js': (t, upstream) => serve(t, async app => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('access-control-allow-origin', 'https://a.test') })
    await app.register(replyFrom, { http: { requestOptions: { timeout: 100 } } })
    app.get('/*', (request, reply) => { reply.from(upstream + request.url, relayReplies()) })
  })
}

const passed: Array<[path: string, status: number, error: object]> = [
  ['/unknown', 503, paused],
  ['/known', 403, { code: 'MODEL_ACCESS_DENIED', message: 'No' }],
  ['/details', 422, { code: 'VALIDATION_ERROR', message: 'No', details }],
  ['/delay', 429, { code: 'RATE_LIMITED', message: 'No', retry_after: 7 }],
  ['/token', 502, { code: 'BACKEND_ERROR', message: 'The upstream provider returned an error' }],
  ...['/gzip', '/deflate', '/br', '/GZIP'].map((path): [string, number, object] => [path, 409, { code: 'CONFLICT', message: 'No' }])
]
const UNAVAILABLE = { code: 'MODULE_DEPENDENCY_UNAVAILABLE', message: 'A module that this request depends on is unavailable' }

for (const [title, connect] of Object.entries(gateways)) {
  t.test(`${title}: a success passes with its headers, and the id is passed on`, async t => {
    const { url, ids } = await module(t)
    const gateway = await connect(t, url)
    const { status, text, headers } = await gateway.request('/good')
    t.strictSame([status, text, headers.get('x-module'), headers.get('content-type')], [200, 'good', 'a', 'text/plain'])
    t.strictSame(ids, [headers.get('x-request-id')])
  })

  t.test(`${title}: a module that answers with 503 is called once`, async t => {
    const { url, ids } = await module(t)
    const gateway = await connect(t, url)
    await gateway.request('/unknown')
    t.equal(ids.length, 1)
  })

  for (const [path, status, error] of [
    ...passed, ...['/no-gzip', '/html', '/empty', '/large'].map(path => [path, 424, UNAVAILABLE] as const)
  ]) {
    t.test(`${title}: ${path} is ${status}, with nothing else of the module`, async t => {
      const { url } = await module(t)
      const gateway = await connect(t, url)
      const answer = await gateway.request(path)
      t.strictSame([answer.status, answer.body.error], [status, error])
      t.strictSame(leaks(answer, Number(new URL(url).port)), [])
      for (const name of ['x-module', 'set-cookie', 'etag', 'content-encoding']) t.equal(answer.headers.get(name), null, name)
      t.equal(answer.headers.get('access-control-allow-origin'), 'https://a.test', 'headers of the gateway stay')
      t.not(answer.body.meta.request_id, ID)
    })
  }

  t.test(`${title}: the error of a HEAD request has the code of its status`, async t => {
    const { url } = await module(t)
    const gateway = await connect(t, url)
    t.equal((await fetch(`${gateway.url}/details`, { method: 'HEAD' })).status, 422)
    t.equal((await fetch(`${gateway.url}/html`, { method: 'HEAD' })).status, 424)
  })

  const ok = 'HTTP/1.1 200 OK\r\nx-module: hunter2\r\naccess-control-allow-origin: https://hunter2.test\r\ncontent-length: 100\r\n\r\n'
  const failures: Array<[title: string, (socket: Socket) => void]> = [
    ['breaks off at once', socket => { socket.resetAndDestroy() }],
    ['sends garbage', socket => { socket.end(`${SECRET}\r\n\r\n`) }],
    ['stalls', () => {}],
    ['breaks off after its head', socket => { socket.write(ok); setTimeout(() => socket.resetAndDestroy(), 20) }],
    [
      'breaks off after the head of an error',
      socket => { socket.write(ok.replace('200 OK', '409 Conflict')); setTimeout(() => socket.resetAndDestroy(), 20) }
    ],
    ['stalls after its head', socket => { socket.write(ok) }],
    ['stalls after the head of an error', socket => { socket.write(ok.replace('200 OK', '409 Conflict')) }]
  ]
  for (const [misdeed, act] of failures) {
    // Node.js has no limit for a body.
    if (misdeed === 'stalls after its head' && title === 'reply-from by Node.js') continue
    t.test(`${title}: a module that ${misdeed} is unavailable`, async t => {
      const port = await misbehave(t, act)
      const gateway = await connect(t, `http://127.0.0.1:${port}`)
      const answer = await gateway.request('/')
      t.strictSame([answer.status, answer.body.error, leaks(answer, port)], [424, UNAVAILABLE, []])
      t.strictSame([answer.headers.get('x-module'), answer.headers.get('access-control-allow-origin')], [null, 'https://a.test'])
      t.match(gateway.errorLines().at(-1), { code: 'MODULE_DEPENDENCY_UNAVAILABLE', status: 424 })
    })
  }

  t.test(`${title}: a module that does not exist is unavailable`, async t => {
    const gateway = await connect(t, `http://127.0.0.1:${await closedPort()}`)
    t.strictSame((await gateway.request('/')).body.error, UNAVAILABLE)
  })

  t.test(`${title}: what a module says of its connection is not passed`, async t => {
    const head = 'HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=1\r\ntrailer: x-sum\r\nx-module: a\r\ncontent-length: 4\r\n\r\n'
    const port = await misbehave(t, socket => {
      socket.once('data', data => socket.end(`${head}${String(data).startsWith('HEAD') ? '' : 'good'}`))
    }, true)
    const gateway = await connect(t, `http://127.0.0.1:${port}`)
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await fetch(gateway.url, { method })
      t.strictSame([status, headers.get('x-module'), headers.get('content-length')], [200, 'a', '4'])
      t.strictSame(['x-hop', 'trailer'].map(name => headers.get(name)), [null, null])
      t.not(headers.get('keep-alive'), 'timeout=1')
    }
  })

  t.test(`${title}: a module is asked for no encoding but those that can be read`, async t => {
    const { url, accepted } = await module(t)
    const gateway = await connect(t, url)
    for (const encoding of ['gzip, deflate, br, zstd', 'zstd;q=1, BR;q=0.5', 'zstd', 'identity']) {
      await fetch(`${gateway.url}/good`, { headers: { 'accept-encoding': encoding } })
    }
    t.strictSame(accepted, ['gzip, deflate, br', 'BR;q=0.5', 'identity', 'identity'])
  })

  t.test(`${title}: a module that breaks off in its body breaks the answer off`, async t => {
    const port = await misbehave(t, socket => { socket.write(`${ok}some`); setTimeout(() => socket.resetAndDestroy(), 50) })
    const gateway = await connect(t, `http://127.0.0.1:${port}`)
    const response = await fetch(gateway.url)
    t.equal(response.status, 200)
    await t.rejects(response.text())
  })

  t.test(`${title}: a client that disconnects releases the module`, async t => {
    const closed = new Promise<void>(resolve => {
      t.context = misbehave(t, socket => { socket.write(`${ok}some`); socket.once('close', resolve) })
    })
    const gateway = await connect(t, `http://127.0.0.1:${await t.context}`)
    const controller = new AbortController()
    const response = await fetch(gateway.url, { signal: controller.signal })
    t.equal(response.status, 200)
    controller.abort()
    await closed
  })
}

t.test('over HTTP/2 pseudo-headers are not passed on', async t => {
  const server = createHttp2Server()
  server.on('stream', (stream, headers) => {
    const [status, own, body] = REPLIES[headers[':path']!]!
    stream.respond({ ':status': status, ...own })
    stream.end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const gateway = await serve(t, async app => {
    await app.register(replyFrom, { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, http2: true })
    app.get('/*', (request, reply) => { reply.from(request.url, relayReplies()) })
  })
  t.match(await gateway.request('/good'), { status: 200, text: 'good' })
  t.match((await gateway.request('/known')).body.error, { code: 'MODEL_ACCESS_DENIED' })
})

t.test('over HTTP/2, connection headers of a module are not passed on; an error of HEAD has the code of its status', async t => {
  const fine = await answerWith(t, 200, 'fine', { 'x-module': 'a', 'keep-alive': 'timeout=5' })
  const failing = await answerWith(t, 404)
  const app = Fastify(scaiServerOptions({ http2: true }))
  await app.register(scaiErrors)
  await app.register(replyFrom, { disableCache: true })
  for (const [path, source] of [['/fine', fine], ['/failing', failing]] as const) {
    app.get(path, (_request, reply) => reply.from(source, relayReplies()))
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const client = await openHttp2(app.server.address() as AddressInfo)
  t.match(await client.ask({ path: '/fine' }), { status: 200 })
  t.match(await client.ask({ method: 'HEAD', path: '/failing' }), { status: 424 })
  client.close()
})
