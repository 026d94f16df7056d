import { once } from 'node:events'
import { constants } from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { RouteHandlerMethod } from 'fastify'
import t from 'tap'
import { ScaiError } from '../../src/index.js'
import { start } from '../fixtures/conformance.js'
import type { Http2Connection } from '../fixtures/raw.js'

// A client that leaves before it has its answer. Over HTTP/2 the response has lost its request by then.

const THROWN: Record<string, RouteHandlerMethod> = {
  'an error that nobody foresaw': async () => { throw new Error('boom') },
  'a coded error': async () => { throw new ScaiError('MODEL_NOT_FOUND') },
  'reply.scaiError': async (_request, reply) => reply.scaiError('BACKEND_TIMEOUT')
}

const SENT: Record<string, RouteHandlerMethod> = {
  'a reply': async (_request, reply) => reply.code(409).send('hunter2'),
  'a stream': async (_request, reply) => reply.code(502).send(Readable.from(['hunter2'])),
  'a raw reply': (_request, reply) => { reply.hijack().raw.writeHead(502).end('hunter2') },
  'a raw reply in parts': (_request, reply) => {
    const { raw } = reply.hijack()
    raw.statusCode = 404
    raw.flushHeaders()
    raw.write('hunter2')
    raw.end()
  },
  'a head after a head': (_request, reply) => { reply.hijack().raw.writeHead(502).writeHead(503).end('hunter2') }
}

for (const transport of ['h2c', 'h2'] as const) {
  for (const [title, answer] of Object.entries({ ...THROWN, ...SENT })) {
    t.test(`${title}, when the client has gone, over ${transport}`, async t => {
      let [arrive, finish] = [(): void => {}, (_failure?: unknown): void => {}]
      const arrived = new Promise<void>(resolve => { arrive = resolve })
      const finished = new Promise<unknown>(resolve => { finish = resolve })
      const { open, log } = (await start(t, {
        title,
        transport,
        define: app => app.get('/', async function (request, reply) {
          arrive()
          await once(reply.raw, 'close')
          await delay(5)
          // Not after the answer: a reply is a promise of a response that never comes.
          setTimeout(finish, 10)
          return answer.call(this, request, reply)
        }),
        faults: []
      }))!
      const connection = await open() as Http2Connection
      const stream = connection.session.request({ ':path': '/' }).on('error', () => {})
      await arrived
      stream.close(constants.NGHTTP2_CANCEL)
      await finished
      await delay(5)

      const lines = log.filter(({ event }) => event !== undefined)
      if (title in THROWN) t.match(lines, [{ event: 'client_gone', level: 30 }])
      t.ok(lines.length <= 1, JSON.stringify(lines))
      t.equal((await connection.ask({ path: '/good' })).status, 200, 'the connection lives on')
      connection.close()
    })
  }
}
