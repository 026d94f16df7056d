import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { secondaryServersOf } from '../../src/seal/secondary-servers.js'
import { start } from '../fixtures/conformance.js'
import type { Scene } from '../fixtures/conformance.js'
import { closes, exchangeBytes } from '../fixtures/sockets.js'

// The second server, which Fastify opens for the other address of localhost. What both answer alike is in the
// tables of test/conformance; here is what only a listener, or the end, of the first one decides.

/** How long a connection is waited for that nobody closes. */
const PATIENCE = 3000

const SKIPPED = 'skipped: localhost has no second address here'

function addressesOf (app: FastifyInstance): AddressInfo[] {
  return app.addresses() as AddressInfo[]
}

for (const [transport, bytes, code] of [
  ['https', 'hunter2\r\n\r\n', 'BAD_REQUEST'],
  ['h2-http1', 'hunter2\r\n\r\n', 'BAD_REQUEST'],
  ['h2-http1', 'CONNECT 10.0.0.7:443 HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n', 'NOT_IMPLEMENTED'],
  ['h2', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP_VERSION_NOT_SUPPORTED']
] as Array<[transport: NonNullable<Scene['transport']>, bytes: string, code: string]>) {
  t.test(`${code} over ${transport} is the same at each address, once, and has its line`, async t => {
    const running = await start(t, { title: '', transport, second: true, faults: [] })
    if (running === undefined) return t.comment(SKIPPED)
    const { app, log } = running
    for (const address of addressesOf(app)) {
      const received = await exchangeBytes(app, bytes, { secure: true, address })
      t.strictSame([...received.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code), [code], address.address)
      t.strictSame(log.splice(0).flatMap(({ event, code }) => event === undefined ? [] : [[event, code]]), [['socket_error', code]])
    }
  })
}

t.test('a response that has begun before close() is the last on its connection, though the first server is closed by then', async t => {
  let end = (): void => {}
  const opened = new Promise<void>(resolve => { end = resolve })
  const running = await start(t, {
    title: '',
    second: true,
    define: app => app.get('/begun', async (_request, reply) => {
      reply.hijack().raw.writeHead(200, { 'content-length': 8 }).write('half')
      await opened
      reply.raw.end('full')
    }),
    faults: []
  })
  if (running === undefined) return t.comment(SKIPPED)
  const { app } = running
  const sockets = addressesOf(app).slice(0, -1).map(({ port, address }) => connect(port, address))
  for (const socket of sockets) socket.setTimeout(PATIENCE, () => socket.destroy(new Error('The connection is left open')))
  const received = sockets.map(async socket => Buffer.concat(await socket.toArray()).toString())
  for (const socket of sockets) socket.write('GET /begun HTTP/1.1\r\nHost: a\r\n\r\n')
  await Promise.all(sockets.map(async socket => await once(socket, 'readable')))
  const closed = closes(app)
  while (app.server.listening) await turn()
  end()
  for (const text of await Promise.all(received)) t.match(text, /halffull$/)
  t.equal(await closed, true)
})

t.test('an event that Fastify, or somebody else, passes on is answered once', async t => {
  const running = await start(t, {
    title: '',
    second: true,
    before: app => app.addHook('onListen', async () => {
      for (const server of secondaryServersOf(app)) server.on('connect', (request, socket) => app.server.emit('connect', request, socket))
    }),
    faults: []
  })
  if (running === undefined) return t.comment(SKIPPED)
  const { app, log } = running
  const received = await exchangeBytes(app, 'CONNECT 10.0.0.7:443 HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n', { address: addressesOf(app)[0]! })
  t.equal(received.match(/^HTTP/gm)?.length, 1)
  t.equal(log.filter(({ event }) => event !== undefined).length, 1)
})
