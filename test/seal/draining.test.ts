import { equal } from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import cors from '@fastify/cors'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { readAnswers } from '../fixtures/raw-http.js'
import type { Answer } from '../fixtures/raw-http.js'
import { openSocket } from '../fixtures/raw.js'
import { listen, serve } from '../fixtures/service.js'

const CONNECTIONS = 200
/** Of these, so many have a request in flight that ends only when another one has followed it, late. */
const BUSY = 20
/** Answers after which the service is closed. */
const IN_MID_TRAFFIC = 1500

t.test('a service that closes under load answers every request that has arrived, rejects the rest, and cuts nothing off', async t => {
  const arrivals = new Map<string, 'in time' | 'late'>()
  const gate = createGate()
  const { app } = await serve(t, app => {
    app.get('/work/:id', async ({ params }) => {
      const { id } = params as { id: string }
      await delay(2 + [...id].reduce((sum, digit) => sum + digit.charCodeAt(0) * 7, 0) % 49)
      return { id }
    })
    app.get('/busy/:id', async ({ params }) => {
      await gate.opened
      return params
    })
  })
  let closing = false
  const busy = new Set<string>()
  // The bytes of a request are read, and it is announced, in one go.
  app.server.prependListener('request', ({ url = '' }: IncomingMessage) => {
    const id = url.slice(url.lastIndexOf('/') + 1)
    arrivals.set(id, closing ? 'late' : 'in time')
    if (url.startsWith('/busy/')) busy.add(id)
    if (closing && busy.delete(id.replace('after-', '')) && busy.size === 0) gate.open()
  })

  const { port } = app.server.address() as AddressInfo
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => createClient(port, n)))
  for (const [n, client] of clients.entries()) client.send(n < BUSY ? `/busy/${n}` : `/work/${n}-0`)
  await until(() => busy.size === BUSY && clients.reduce((sum, { answers }) => sum + answers.size, 0) >= IN_MID_TRAFFIC)

  closing = true
  const closed = app.close()
  for (const [n, client] of clients.slice(0, BUSY).entries()) client.send(`/work/after-${n}`)
  await Promise.all(clients.map(({ closed }) => closed))
  await closed

  const outcomes = clients.flatMap(client => client.sent.map(id => ({ id, arrival: arrivals.get(id), answer: client.answers.get(id) })))
  t.strictSame(outcomes.map(faultOf).filter(fault => fault !== undefined), [])
  t.strictSame(clients.map(({ rest }) => rest.toString()).filter(rest => rest !== ''), [], 'no answer is cut')
  t.strictSame(
    clients.slice(0, BUSY).map(({ answers }) => [...answers.values()].map(({ status }) => status)),
    Array(BUSY).fill([200, 503]),
    'busy connections have both'
  )
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
})

for (const path of ['/', '/nowhere']) {
  t.test(`a request for ${path} that arrives late on a busy connection has CORS headers and a log line`, async t => {
    const gate = createGate()
    const { app, log, url } = await serve(t, async app => {
      await app.register(cors, { origin: 'https://console.example' })
      app.get('/', async () => gate.opened)
    })
    const { socket, received } = await openClient(url)

    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(app.server, 'request')
    const { closed } = await startClosing(app)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\norigin: https://console.example\r\n\r\n`)
    await once(app.server, 'request')
    gate.open()
    await closed

    const { answers: [first, late], rest } = readAnswers(await received, [], true)
    t.equal(first?.status, 200)
    checkDraining(late)
    t.equal(late?.headers.get('access-control-allow-origin'), 'https://console.example')
    t.equal(rest.length, 0)
    t.match(log.filter(({ event }) => event !== undefined), [
      { level: 40, event: 'request_error', code: 'SERVICE_DRAINING', status: 503, request_id: late?.headers.get('x-request-id') }
    ])
  })
}

t.test('a late request that Fastify can not read is the last on its connection', async t => {
  const gate = createGate()
  const { app, url } = await serve(t, app => app.get('/', async () => gate.opened))
  const { socket, received } = await openClient(url)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(app.server, 'request')
  const { closed } = await startClosing(app)
  socket.write('GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(app.server, 'request')
  gate.open()
  await closed
  const { answers } = readAnswers(await received, [], true)
  t.strictSame(answers.map(({ status, headers }) => [status, headers.get('connection')]), [[200, 'keep-alive'], [400, 'close']])
})

t.test('a handshake or a CONNECT that arrives late waits for the request in flight', async t => {
  for (const [bytes, code] of [
    ['GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: scai\r\n\r\n', 'SERVICE_DRAINING'],
    ['CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n', 'NOT_IMPLEMENTED']
  ] as const) {
    const gate = createGate()
    const { app, url } = await serve(t, app => app.get('/', async () => gate.opened))
    app.server.on('upgrade', (_request: unknown, socket: Socket) => { socket.destroy() })
    const { socket, received } = await openClient(url)
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const [request] = await once(app.server, 'request') as [IncomingMessage]
    const { closed } = await startClosing(app)
    socket.write(bytes)
    // Its parser is done with the connection.
    await until(() => request.socket.listenerCount('data') === 0)
    gate.open()
    await closed
    const { answers: [first, late] } = readAnswers(await received, [], true)
    t.equal(first?.status, 200)
    t.equal(late && checkEnvelope(late).error.code, code)
  }
})

for (const second of [false, true]) {
  t.test(`sessions of HTTP/2 end with what is under way${second ? ', at the second server of localhost' : ''}`, async t => {
    const gate = createGate()
    const app = Fastify({ ...scaiServerOptions({ http2: true }), http2: true })
    await app.register(scaiErrors)
    app.get('/', async () => gate.opened)
    await app.listen(second ? { port: 0 } : { host: '127.0.0.1', port: 0 })
    t.teardown(() => app.close())
    const address = app.addresses()[0] as AddressInfo
    if (second && app.addresses().length < 2) return t.comment('skipped: localhost has no second address here')
    const [idle, busy] = await Promise.all([0, 1].map(async () => {
      const session = connectHttp2(`http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`)
      await once(session, 'remoteSettings')
      return session
    })) as [ClientHttp2Session, ClientHttp2Session]
    const stream = busy.request({ ':path': '/' })
    await once(app.server, 'request')
    const closed = app.close()
    await once(idle, 'close')
    gate.open()
    t.equal(Buffer.concat(await stream.toArray()).toString(), 'fine')
    await closed
  })
}

t.test('a request whose body is still being uploaded finishes', async t => {
  const { app, url } = await serve(t, app => {
    app.post('/', async ({ body }) => body)
  })
  const { socket, received } = await openClient(url)

  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{"a"')
  await once(app.server, 'request')
  const { closed } = await startClosing(app)
  socket.write(':"bc"}')
  await closed

  const { answers: [answer] } = readAnswers(await received, [], true)
  t.equal(answer?.status, 200)
  t.equal(answer?.text, '{"a":"bc"}')
})

for (const order of ['before', 'after']) {
  t.test(`a request in an onRequest hook finishes, though that was added ${order} the plugin`, async t => {
    const gate = createGate()
    const app = Fastify(scaiServerOptions())
    if (order === 'after') await app.register(scaiErrors)
    app.addHook('onRequest', () => gate.opened)
    if (order === 'before') await app.register(scaiErrors)
    app.get('/', async () => 'fine')
    const { url } = await listen(t, app)
    const { socket, received } = await openClient(url)

    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await once(app.server, 'request')
    const { closed } = await startClosing(app)
    gate.open()
    await closed

    const { answers: [answer] } = readAnswers(await received, [], true)
    t.equal(answer?.status, 200)
    t.equal(answer?.text, 'fine')
  })
}

t.test('a request is late as soon as close() is called, though a preClose hook from before the plugin still waits', async t => {
  const gate = createGate()
  const app = Fastify(scaiServerOptions())
  let waiting = false
  app.addHook('preClose', async () => {
    waiting = true
    await gate.opened
  })
  await app.register(scaiErrors)
  app.get('/', async () => 'fine')
  const { url } = await listen(t, app)
  const { socket, received } = await openClient(url)

  const closed = app.close()
  await until(() => waiting)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  const { answers: [late] } = readAnswers(await received, [], true)
  gate.open()
  await closed
  checkDraining(late)
})

interface Client {
  /** Ids of the requests sent, in their order. */
  sent: string[]
  answers: Map<string, Answer>
  /** What the server sent behind the last complete answer. */
  rest: Buffer
  /** The connection is closed, and there is no other to be had. */
  closed: Promise<void>
  send (path: string): void
}

/** A client that sends the next request when it has its answer, and opens a new connection when it must. */
async function createClient (port: number, n: number): Promise<Client> {
  let socket = await openSocket(port)
  let pending: string[] = []
  const client: Client = {
    sent: [],
    answers: new Map(),
    rest: Buffer.alloc(0),
    closed: Promise.resolve(),
    send (path) {
      const id = path.slice(path.lastIndexOf('/') + 1)
      client.sent.push(id)
      pending.push(id)
      socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    }
  }

  async function converse (): Promise<void> {
    try {
      for await (const chunk of socket) {
        const { answers, rest } = readAnswers(Buffer.concat([client.rest, chunk]), [], false)
        client.rest = rest
        for (const answer of answers) client.answers.set(pending.shift()!, answer)
        if (pending.length === 0 && answers.at(-1)?.headers.get('connection') !== 'close') client.send(`/work/${n}-${client.sent.length}`)
      }
    } catch {
      // The connection is reset: then what is pending has no answer.
    }
    if (client.rest.length > 0) return
    pending = []
    try {
      socket = await openSocket(port)
    } catch {
      return
    }
    client.send(`/work/${n}-${client.sent.length}`)
    await converse()
  }

  client.closed = converse()
  return client
}

/** What is wrong with how a request came out, if anything. */
function faultOf ({ id, arrival, answer }: {
  id: string
  arrival: 'in time' | 'late' | undefined
  answer: Answer | undefined
}): string | undefined {
  try {
    if (arrival === 'in time') equal(answer?.status, 200)
    else if (answer !== undefined) checkDraining(answer)
  } catch (error) {
    return `${id}, ${arrival}: ${answer?.status} ${answer?.text} ${error}`
  }
  return undefined
}

function checkDraining (answer: Answer | undefined): void {
  equal(answer?.status, 503)
  const { error } = checkEnvelope(answer)
  equal(error.code, 'SERVICE_DRAINING')
  equal(error.retry_after, 1)
  equal(answer.headers.get('retry-after'), '1')
  equal(answer.headers.get('connection'), 'close')
}

interface RawClient {
  socket: Socket
  /** All that the server sent until it closed the connection. */
  received: Promise<Buffer>
}

async function openClient (url: string): Promise<RawClient> {
  const socket = await openSocket(Number(new URL(url).port))
  return { socket, received: socket.toArray().then(Buffer.concat) }
}

/** Closes a service, as far as it goes while a request is in flight. */
async function startClosing (app: FastifyInstance): Promise<{ closed: PromiseLike<void> }> {
  const closed = app.close()
  await until(() => !app.server.listening)
  return { closed }
}

function createGate (): { opened: Promise<string>, open: () => void } {
  let open = () => {}
  const opened = new Promise<string>(resolve => { open = () => resolve('fine') })
  return { opened, open }
}

async function until (isDone: () => boolean): Promise<void> {
  while (!isDone()) await turn()
}

for (const [title, path] of [
  ['a reply', '/slow'], ['a raw reply', '/raw'], ['a raw reply that would be kept', '/kept'], ['an error', '/error'],
  ['a raw error', '/raw-error']
] as const) {
  t.test(`${title} in flight is the last on its connection, which close() needn't wait for`, async t => {
    const gate = createGate()
    const { app, url } = await serve(t, app => {
      app.get('/slow', async () => gate.opened)
      app.get('/raw', async (_request, reply) => { await gate.opened; reply.hijack().raw.end('fine') })
      app.get('/kept', async (_request, reply) => {
        await gate.opened
        reply.hijack().raw.writeHead(200, { Connection: 'keep-alive' }).end('fine')
      })
      app.get('/error', async () => { await gate.opened; throw new Error('boom') })
      app.get('/raw-error', async (_request, reply) => {
        await gate.opened
        reply.hijack().raw.writeHead(502, 'No', { connection: 'keep-alive' }).end('boom')
      })
    })
    const { socket, received } = await openClient(url)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    await once(app.server, 'request')
    const { closed } = await startClosing(app)
    gate.open()
    const { answers: [answer] } = readAnswers(await received, [], true)
    t.equal(answer?.headers.get('connection'), 'close')
    await closed
  })
}

t.test('services that share their options close one by one', async t => {
  const options = scaiServerOptions()
  const build = async (): ReturnType<typeof listen> => {
    const app = Fastify(options)
    await app.register(scaiErrors)
    app.server.on('upgrade', (_request, socket) => { socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n') })
    app.get('/', async () => 'fine')
    return listen(t, app)
  }
  const closed = await build()
  const open = await build()
  await closed.app.close()

  for (const { request, url } of [open, await build()]) {
    const { status, headers } = await request('/')
    t.strictSame([status, headers.get('connection')], [200, 'keep-alive'])
    const { socket, received } = await openClient(url)
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: any\r\n\r\n')
    t.match(String(await received), /^HTTP\/1\.1 101 /)
    const withoutHost = await openClient(url)
    withoutHost.socket.write('GET / HTTP/1.1\r\n\r\n')
    const { answers: [refusal] } = readAnswers(await withoutHost.received, [], true)
    t.match(refusal, { status: 400, text: /"BAD_REQUEST"/ })
  }
})

t.test('a response that has begun before close() doesn\'t keep it waiting', async t => {
  const gate = createGate()
  const { app, url } = await serve(t, app => app.get('/', async (_request, reply) => {
    reply.hijack().raw.writeHead(200, { 'content-length': 8 }).write('half')
    await gate.opened
    reply.raw.end('full')
  }))
  const { socket, received } = await openClient(url)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(app.server, 'request')
  const { closed } = await startClosing(app)
  gate.open()
  t.match((await received).toString(), /halffull$/)
  await closed
})
