import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { start } from '../fixtures/conformance.js'
import type { Scene } from '../fixtures/conformance.js'
import { exchangeBytes, upgrade } from '../fixtures/sockets.js'

// What goes wrong on a connection beside its requests, and who else listens.

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const CONNECT = 'CONNECT 10.0.0.7:443 HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n'
const UPLOAD = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
const HASTY = { requestTimeout: 100, http: { headersTimeout: 100, connectionsCheckingInterval: 20 } }

function codesOf (received: string): string[] {
  return [...received.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code!)
}

function statusesOf (received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

const define = (app: FastifyInstance): void => {
  app.post('/upload', async () => 'ok')
  app.get('/slow', async () => { await delay(50); return 'slow' })
  app.get('/never', () => {})
  app.post('/open', { onRequest: (_request, reply) => { reply.hijack().raw.write('begun') } }, async () => 'never')
  app.get('/begun', (_request, reply) => {
    const { raw } = reply.hijack()
    raw.writeHead(200, { 'content-length': 8 }).write('half')
    setTimeout(() => raw.end('full'), 50)
  })
  app.post('/early', { onRequest: (_request, reply) => { reply.send('x'.repeat(2 ** 23)) } }, async () => 'never')
  app.server.on('upgrade', (_request: unknown, socket: Duplex) => { socket.end('HTTP/1.1 403 hunter2\r\n\r\n') })
}

for (const [title, bytes, statuses, codes, server] of [
  ['a body that is never ended', `${UPLOAD}Content-Length: 8\r\n\r\n{`, [408], ['REQUEST_TIMEOUT'], HASTY],
  ['a broken chunk', `${UPLOAD}Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\nhunter2\r\n`, [400], ['BAD_REQUEST']],
  ['a broken chunk behind its own response, which has begun', `${UPLOAD.replace('upload', 'open')}Transfer-Encoding: chunked\r\n\r\nhunter2\r\n`, [], []],
  ['a too large chunk extension', `${UPLOAD}Transfer-Encoding: chunked\r\n\r\n3;${'hunter2'.repeat(2400)}`, [413], ['CONTENT_TOO_LARGE']],
  ['garbage behind an answered request', `${GET('/good')}hunter2\r\n\r\n`, [200, 400], ['BAD_REQUEST']],
  ['garbage behind a request that is being answered', `${GET('/slow')}hunter2\r\n\r\n`, [200, 400], ['BAD_REQUEST']],
  ['garbage behind two requests', `${GET('/slow')}${GET('/good')}hunter2\r\n\r\n`, [200, 200, 400], ['BAD_REQUEST']],
  ['garbage behind the last request', `GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n${GET('/good')}`, [200], []],
  ['a request that is never ended behind an answered one', `${GET('/good')}GET / HTTP/1.1\r\n`, [200, 408], ['REQUEST_TIMEOUT'], HASTY],
  ['garbage behind a response that has begun', `${GET('/begun')}hunter2\r\n\r\n`, [200, 400], ['BAD_REQUEST']],
  ['a broken chunk behind the answer', `${UPLOAD.replace('upload', 'early')}Transfer-Encoding: chunked\r\n\r\nhunter2\r\n`, [200], []],
  ['CONNECT', CONNECT, [501], ['NOT_IMPLEMENTED']],
  ['CONNECT behind a request that is being answered', GET('/slow') + CONNECT, [200, 501], ['NOT_IMPLEMENTED']],
  ['CONNECT behind two requests', GET('/slow') + GET('/good') + CONNECT, [200, 200, 501], ['NOT_IMPLEMENTED']],
  ['CONNECT behind a response that has begun', GET('/begun') + CONNECT, [200, 501], ['NOT_IMPLEMENTED']],
  ['CONNECT behind the last request', GET('/slow').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n') + CONNECT, [200], []],
  ['a handshake behind a request that is being answered', GET('/slow') + upgrade('/'), [200, 403], ['AUTHZ_PERMISSION_DENIED']],
  ['a handshake behind a response that has begun', GET('/begun') + upgrade('/'), [200, 403], ['AUTHZ_PERMISSION_DENIED']]
] as Array<[string, string, number[], string[], Scene['server']?]>) {
  t.test(`${title} is answered once, and logged once, under one id`, async t => {
    const { app, log } = (await start(t, { title, define, faults: [], ...server && { server } }))!
    const received = await exchangeBytes(app, bytes)
    await delay(20)
    t.strictSame(statusesOf(received), statuses)
    t.strictSame(codesOf(received), codes)
    if (received.includes('half')) t.match(received, /halffull(?:HTTP|$)/, 'and no answer is within another')
    const lines = log.filter(({ event }) => event !== undefined)
    t.strictSame(lines.map(({ code }) => code), codes)
    const id = /"request_id":"(req_[\w-]+)"/.exec(received)?.[1]
    for (const line of lines) t.equal(line.request_id, id)
    if (bytes.startsWith(UPLOAD)) t.equal(log.find(({ msg }) => msg === 'incoming request')?.request_id, id, 'that of the request')
    t.notMatch(received, /hunter2/)
  })
}

t.test('garbage that continues while a request is being answered is logged once', async t => {
  const { app } = (await start(t, { title: '', define, faults: [] }))!
  const asked = once(app.server, 'request') as Promise<[unknown, ServerResponse]>
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(GET('/never'))
  const [, response] = await asked
  const before = response.listenerCount('finish')
  for (let i = 0; i < 5; i++) {
    socket.write('hunter2\r\n\r\n')
    await delay(2)
  }
  t.equal(response.listenerCount('finish'), before + 1)
  socket.destroy()
})

t.test('a client that leaves while its CONNECT waits for an earlier response is no error', async t => {
  const { app, log } = (await start(t, { title: '', define, faults: [] }))!
  const asked = once(app.server, 'request')
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(GET('/slow') + CONNECT)
  await asked
  socket.resetAndDestroy()
  await delay(80)
  t.strictSame(log.filter(({ event }) => event !== undefined), [])
})

t.test('a client that leaves in mid-body is told of once, under the id of its request', async t => {
  const { app, log } = (await start(t, { title: '', define, faults: [] }))!
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`${UPLOAD}Content-Length: 8\r\n\r\n{`)
  await delay(30)
  socket.resetAndDestroy()
  await delay(30)
  const lines = log.filter(({ event }) => event !== undefined)
  t.match(
    lines,
    [{
      event: 'client_gone',
      request_id: log[0]?.request_id
    }].map(line => ({ ...line, request_id: log.find(({ msg }) => msg === 'incoming request')?.request_id }))
  )
  t.equal(lines.length, 1)
})

t.test('a scanner\'s CONNECT is no error of the service, over HTTP/1 and 2', async t => {
  for (const transport of ['http', 'h2c'] as const) {
    const { open, log } = (await start(t, { title: '', transport, faults: [] }))!
    const connection = await open()
    await connection.ask(transport === 'http' ? { raw: CONNECT } : { method: 'CONNECT' })
    connection.close()
    const lines = log.filter(({ event }) => event !== undefined)
    t.match(lines, [{ event: 'socket_error', code: 'NOT_IMPLEMENTED', level: 30 }])
    t.notOk('err' in lines[0]!)
  }
})

for (const [title, second] of [['the server', undefined], ['the second server of localhost', true]] as const) {
  t.test(`a listener of CONNECT that is added after listen() keeps its tunnel, at ${title}`, async t => {
    const running = await start(t, { title: '', faults: [], ...second && { second } })
    if (running === undefined) return t.comment('skipped: localhost has no second address here')
    const { app, log, open } = running
    app.server.on('connect', (_request: unknown, socket: Duplex) => { socket.end('HTTP/1.1 200 Tunnel\r\nContent-Length: 0\r\n\r\n') })
    const connection = await open()
    t.equal((await connection.ask({ raw: CONNECT })).status, 200)
    t.equal(await connection.rest(), '', 'and nothing of ours')
    t.strictSame(log.filter(({ event }) => event !== undefined), [])
  })
}

t.test('a client of a server of HTTP/2 alone that does not negotiate gets the envelope', async t => {
  const { app, log } = (await start(t, { title: '', transport: 'h2', faults: [] }))!
  const received = await exchangeBytes(app, GET('/good'), { secure: true })
  t.strictSame(statusesOf(received), [505])
  t.strictSame(codesOf(received), ['HTTP_VERSION_NOT_SUPPORTED'])
  t.match(log.filter(({ event }) => event !== undefined), [{ event: 'socket_error', code: 'HTTP_VERSION_NOT_SUPPORTED', level: 30 }])
  app.server.on('unknownProtocol', (socket: Duplex) => { socket.resume().end('mine') })
  t.equal(await exchangeBytes(app, GET('/good'), { secure: true }), 'mine', 'unless somebody else listens')
})

// Events of the server that others listen to: their listener is asked, and alone.
for (const [event, bytes, status] of [
  ['checkContinue', 'POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n', 402],
  ['checkExpectation', 'GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: hunter2\r\n\r\n', 402]
] as const) {
  t.test(`a listener of ${event} answers, and its error is the envelope`, async t => {
    const { app } = (await start(t, { title: '', define, faults: [] }))!
    app.server.on(event, (_request: unknown, response: { writeHead: (status: number) => { end: (body: string) => void } }) => {
      response.writeHead(status).end('hunter2')
    })
    const received = await exchangeBytes(app, bytes)
    t.strictSame(statusesOf(received), [status])
    t.strictSame(codesOf(received), ['PAYMENT_REQUIRED'])
  })
}
t.test('a listener of timeout keeps the connection', async t => {
  const { app } = (await start(t, { title: '', define, faults: [], server: { connectionTimeout: 30 } }))!
  app.server.on('timeout', () => {})
  t.match(await exchangeBytes(app, 'GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 [^]*slow$/)
})

t.test('a client that takes its answer and never closes is left in the end', async t => {
  const { app } = (await start(t, { title: '', define, faults: [] }))!
  const opened = once(app.server, 'connection') as Promise<[Duplex]>
  const client = connect({ port: (app.server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  const [socket] = await opened
  client.resume().on('error', () => {}).write('hunter2\r\n\r\n')
  await once(client, 'end')
  // Without a deadline the test would end by its own.
  await once(socket, 'close')
  t.notOk(client.writableEnded, 'the client has not closed its side')
  client.destroy()
})
