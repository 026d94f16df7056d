import { setTimeout as delay } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import httpProxy from '@fastify/http-proxy'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { WebSocket } from 'ws'
import scaiErrors from '../../src/index.js'
import { start } from '../fixtures/conformance.js'
import type { Scene } from '../fixtures/conformance.js'
import { closes, exchangeBytes, upgrade } from '../fixtures/sockets.js'

// Handshakes (Upgrade), beside others who listen for them, count listeners and take theirs off.

const KEY = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']

interface Row {
  title: string
  path?: string
  protocol?: string
  headers?: string[]
  /** The status line, and the code of the envelope or the body. */
  status: number
  holds: string
}

const refuse = (_request: unknown, socket: Duplex): void => { socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') }

async function proxied (app: FastifyInstance): Promise<void> {
  const upstream = Fastify()
  upstream.get('/x', async () => 'upstream')
  await upstream.listen({ host: '127.0.0.1', port: 0 })
  app.addHook('onClose', async () => { await upstream.close() })
  await app.register(httpProxy, { upstream: upstream.listeningOrigin, prefix: '/proxy', websocket: true })
}

async function socketed (app: FastifyInstance): Promise<void> {
  await app.register(websocket)
  app.get('/socket', { websocket: true }, socket => { socket.close() })
}

const SCENES: Array<Omit<Scene, 'faults'> & { rows: Row[], then?: (app: FastifyInstance) => void }> = [
  {
    title: 'nobody listens',
    rows: [{ title: 'an upgrade is an ordinary request', path: '/good', status: 200, holds: 'good' }]
  },
  {
    title: 'nobody listens at the second server of localhost',
    second: true,
    rows: [{ title: 'an upgrade is an ordinary request', path: '/good', status: 200, holds: 'good' }]
  },
  {
    title: 'a listener from before the plugin',
    before: app => app.server.on('upgrade', refuse),
    rows: [{ title: 'its refusal is the envelope', status: 403, holds: 'AUTHZ_PERMISSION_DENIED' }]
  },
  {
    title: 'a listener that was added after listen()',
    then: app => app.server.on('upgrade', refuse),
    rows: [{ title: 'its refusal is the envelope', status: 403, holds: 'AUTHZ_PERMISSION_DENIED' }]
  },
  {
    title: 'a listener of the first server, asked at the second',
    second: true,
    then: app => app.server.on('upgrade', refuse),
    rows: [{ title: 'its refusal is the envelope', status: 403, holds: 'AUTHZ_PERMISSION_DENIED' }]
  },
  {
    title: 'a listener that was taken off',
    then: app => app.server.on('upgrade', refuse).removeListener('upgrade', refuse),
    rows: [{ title: 'an upgrade is an ordinary request', path: '/good', status: 200, holds: 'good' }]
  },
  ...([
    ['bytes', socket => { socket.write(Buffer.from('HTTP/1.1 401 No\r\n\r\n')); socket.write('hunter2'); socket.end('hunter2', () => {}) }],
    ['a typed array', socket => { socket.write(new Uint8Array(Buffer.from('HTTP/1.1 401 No\r\n\r\nhunter2'))); socket.end() }],
    ['a text and an end', socket => { socket.write('HTTP/1.1 401 No\r\nhunter2: 1\r\n\r\n'); socket.write('hunter2', () => socket.end()) }]
  ] as Array<[string, (socket: Duplex) => void]>).map(([title, answer]) => ({
    title: `a refusal by ${title}`,
    then: (app: FastifyInstance) => { app.server.on('upgrade', (_request, socket: Duplex) => answer(socket)) },
    rows: [{ title: 'is the envelope alone', status: 401, holds: 'AUTH_TOKEN_MISSING' }]
  })),
  {
    title: '@fastify/http-proxy',
    define: proxied,
    rows: [
      { title: 'outside its prefix, h2c', path: '/other', status: 404, holds: 'NOT_FOUND' },
      { title: 'outside its prefix, a WebSocket', path: '/other', protocol: 'websocket', headers: KEY, status: 404, holds: 'NOT_FOUND' }
    ]
  },
  {
    title: '@fastify/http-proxy, and the plugin twice',
    define: async app => {
      await app.register(scaiErrors)
      await app.register(async child => { await child.register(scaiErrors) })
      await proxied(app)
    },
    rows: [{ title: 'outside its prefix', path: '/other', status: 404, holds: 'NOT_FOUND' }]
  },
  {
    title: '@fastify/websocket',
    define: socketed,
    rows: [
      { title: 'an unknown route', path: '/none', protocol: 'websocket', headers: KEY, status: 404, holds: 'NOT_FOUND' },
      {
        title: 'an unknown version',
        path: '/socket',
        protocol: 'websocket',
        headers: ['Sec-WebSocket-Version: 99', KEY[1]!],
        status: 400,
        holds: 'BAD_REQUEST'
      }
    ]
  },
  {
    title: '@fastify/http-proxy and @fastify/websocket',
    define: async app => {
      await socketed(app)
      await proxied(app)
    },
    rows: [{ title: 'an unknown route', path: '/none', protocol: 'websocket', headers: KEY, status: 404, holds: 'NOT_FOUND' }]
  }
]

for (const { rows, then, ...scene } of SCENES) {
  t.test(scene.title, async t => {
    const running = await start(t, { ...scene, faults: [] })
    if (running === undefined) return t.comment('skipped: localhost has no second address here')
    const { app } = running
    then?.(app)
    const address = scene.second ? app.addresses()[0] as AddressInfo : undefined
    for (const { title, path = '/', protocol, headers = [], status, holds } of rows) {
      const bytes = upgrade(path, protocol, ...headers, ...status === 200 ? ['Connection: close'] : [])
      const answer = await exchangeBytes(app, bytes, address === undefined ? {} : { address })
      t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\n\\r\\n[^]*${holds}`), title)
      t.equal(answer.match(/^HTTP\/1\.1/gm)?.length, 1, 'once')
      t.notMatch(answer, /hunter2/)
    }
    t.equal(await closes(app), true, 'and close() ends')
  })
}

t.test('a handshake while the service closes is SERVICE_DRAINING, even if its listener has been removed', async t => {
  const { app, log } = (await start(t, {
    title: '',
    define: async app => {
      await socketed(app)
      app.addHook('preClose', async () => { await delay(200) })
    },
    faults: []
  }))!
  const { port } = app.server.address() as { port: number }
  const early = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  await new Promise(resolve => early.on('close', resolve))
  app.server.on('upgrade', refuse)
  const closed = app.close()
  await delay(50)
  t.match(await exchangeBytes(app, upgrade('/socket', 'websocket', ...KEY)), /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"SERVICE_DRAINING"/)
  await closed
  t.match(log.filter(({ event }) => event !== undefined), [{ event: 'socket_error', code: 'SERVICE_DRAINING', level: 40 }])
})

t.test('we add no listener that others could count or remove', async t => {
  const { app } = (await start(t, { title: '', faults: [] }))!
  t.equal(app.server.listenerCount('upgrade'), 0)
  app.server.removeAllListeners('upgrade').on('upgrade', refuse)
  t.match(await exchangeBytes(app, upgrade('/')), /"AUTHZ_PERMISSION_DENIED"/)
})

for (const [title, answer, expected] of [
  ['begins with nothing', ['', 'HTTP/1.1 403 hunter2\r\n\r\n'], /^HTTP\/1\.1 403 [^]*"AUTHZ_PERMISSION_DENIED"/],
  ['comes in pieces', ['HTTP', Buffer.from('/1.1 4'), '03 hunter2\r\n', 'hunter2'], /^HTTP\/1\.1 403 [^]*"AUTHZ_PERMISSION_DENIED"/],
  ['comes in pieces, and agrees', ['HTTP', Buffer.from('/1.1 1'), '01 Yes\r\n', '\r\nfine'], /^HTTP\/1\.1 101 Yes\r\n\r\nfine$/],
  ['is none', ['a', 'b'], /^ab$/],
  ['never comes', [], /^$/]
] as const) {
  t.test(`an answer that ${title} is told by its status`, async t => {
    const { app } = (await start(t, { title: '', faults: [] }))!
    app.server.on('upgrade', (_request: unknown, socket: Duplex) => {
      const write = (chunks: ReadonlyArray<string | Buffer>): void => {
        if (chunks.length === 0) socket.end()
        else socket.write(chunks[0]!, () => write(chunks.slice(1)))
      }
      write(answer)
    })
    const received = await exchangeBytes(app, upgrade('/'))
    t.match(received, expected)
    t.notMatch(received, /hunter2/)
  })
}

t.test('what follows a refusal is swallowed without an error', async t => {
  const { app } = (await start(t, { title: '', faults: [] }))!
  const errors: unknown[] = []
  app.server.on('upgrade', (_request: unknown, socket: Duplex) => {
    socket.on('error', error => errors.push(error))
    socket.write('HTTP/1.1 401 No\r\n\r\n')
    socket.write('hunter2', error => errors.push(error))
    socket.end()
  })
  t.match(await exchangeBytes(app, upgrade('/')), /"AUTH_TOKEN_MISSING"/)
  t.strictSame(errors, [undefined])
})
