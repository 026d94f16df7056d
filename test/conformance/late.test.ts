import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import type { RouteHandlerMethod } from 'fastify'
import t from 'tap'
import { ScaiError } from '../../src/index.js'
import { runScenes, start } from '../fixtures/conformance.js'
import type { Fault, Scene } from '../fixtures/conformance.js'

// A second answer, that comes when the first is complete, or nearly; and what would end the process of a bare
// service.

const LARGE = 'x'.repeat(20 * 2 ** 20)
const onSend = async (): Promise<void> => { await delay(5) }

/** A large answer, and then another: each of them must leave the first as it is. */
const SECONDS: Record<string, RouteHandlerMethod> = {
  'a throw': async (_request, reply) => { reply.send(LARGE); throw new Error('boom') },
  'a late throw': async (_request, reply) => { reply.send(LARGE); await delay(20); throw new Error('boom') },
  'a returned body': async (_request, reply) => { reply.send(LARGE); return 'another' },
  'a late body': async (_request, reply) => { reply.send(LARGE); await delay(20); return 'another' },
  'a second send': (_request, reply) => { reply.send(LARGE); reply.send('another') },
  'reply.scaiError': (_request, reply) => { reply.send(LARGE); reply.scaiError('MODEL_NOT_FOUND') },
  'a raw end': (_request, reply) => { reply.raw.end(LARGE); reply.scaiError('MODEL_NOT_FOUND') },
  'a hijacked end, and a throw': async (_request, reply) => { reply.hijack().raw.end(LARGE); throw new Error('boom') }
}

t.test('a complete response is never cut, however slow the client', async t => {
  const { app, log } = (await start(t, {
    title: '',
    define: app => {
      for (const [index, handler] of Object.values(SECONDS).entries()) {
        app.get(`/bare/${index}`, handler)
        app.get(`/hooked/${index}`, { onSend }, handler)
      }
    },
    faults: []
  }))!
  for (const path of ['bare', 'hooked']) {
    for (const [index, title] of Object.keys(SECONDS).entries()) {
      const { announced, length } = await readSlowly(app.server.address() as AddressInfo, `/${path}/${index}`)
      t.equal(length, announced, `${path}: ${title}`)
      // Behind a hook both are on their way before either is written: an error may overtake the first.
      if (path === 'bare') t.equal(length, LARGE.length)
    }
  }
  t.strictSame(log.filter(({ event }) => event === 'client_gone'), [], 'and nobody is said to be gone')
})

/** How many bytes of a body come, and were to come, to a client that reads only when the answer has been there for a while. */
async function readSlowly ({ port }: AddressInfo, path: string): Promise<{ announced: number, length: number }> {
  const socket = connect(port, '127.0.0.1').pause()
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
  await delay(60)
  const chunks: Buffer[] = []
  socket.on('data', chunk => { chunks.push(chunk) }).on('error', () => {}).resume()
  await once(socket, 'close')
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  return {
    announced: Number(/content-length: (\d+)/i.exec(head)?.[1] ?? LARGE.length),
    length: /chunked/i.test(head) ? body.replace(/^[0-9a-f]+\r\n|\r\n0\r\n$/g, '').length : body.length
  }
}

const onError = async (): Promise<void> => { await delay(5) }

const faults: Fault[] = [
  { title: 'a stream of objects', handler: async () => Readable.from([{ hunter2: 1 }]), status: 500, code: 'INTERNAL_ERROR' },
  {
    title: 'a stream of numbers',
    handler: (_request, reply) => { reply.send(Readable.from([1, 2])) },
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a stream that fails, behind a complete answer',
    handler: (_request, reply) => {
      reply.scaiError('MODEL_NOT_FOUND')
      reply.send(new Readable({ read () {} }).destroy(new Error('boom')))
    },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'a web stream of objects',
    handler: async () => Readable.toWeb(Readable.from([{ hunter2: 1 }])),
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a fetch Response of objects',
    handler: async () => new Response(new ReadableStream({ start (controller) { controller.enqueue({ hunter2: 1 } as never) } })),
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a stream with an invalid head',
    handler: async (_request, reply) => { reply.raw.statusMessage = 'hunter2\n'; return Readable.from(['a']) },
    status: 500,
    code: 'INTERNAL_ERROR',
    http1: true
  },
  {
    title: 'an asynchronous onError hook, and reply.scaiError that is not returned',
    route: { onError },
    handler: async (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'an asynchronous onError hook, and an error that is sent and not returned',
    route: { onError },
    handler: async (_request, reply) => { reply.send(new Error('boom')) },
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'an asynchronous onError hook, and a body behind reply.scaiError',
    route: { onError },
    handler: async (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND'); return 'another' },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'an asynchronous onError hook that sends, and waits for it',
    route: { onError: async (_request, reply) => { await reply.code(409).send('hunter2') } },
    handler: async () => { throw new Error('boom') },
    status: 409,
    code: 'CONFLICT'
  },
  {
    title: 'an asynchronous onError hook, and a thrown text behind reply.scaiError',
    route: { onError },
    handler: async (_request, reply) => {
      reply.scaiError('MODEL_NOT_FOUND')
      // eslint-disable-next-line no-throw-literal
      throw 'hunter2'
    },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'an onError hook that sends, and does not go on',
    route: { onError: (_request, reply, _error, _done) => { reply.send('hunter2') } },
    handler: async () => { throw new Error('boom') },
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'an onSend hook that hijacks the reply, and fails',
    route: { onSend: async (_request, reply) => { reply.hijack(); throw new Error('hunter2') } },
    handler: async () => { throw new ScaiError('MODEL_NOT_FOUND') },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'a raw write behind a reply that is replaced',
    handler: (_request, reply) => {
      reply.send(new Response('hunter2', { status: 409 }))
      reply.raw.write('hunter2', () => {})
    },
    status: 409,
    code: 'CONFLICT'
  },
  {
    title: 'a raw write behind an error',
    handler: (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND'); reply.raw.write('hunter2'); reply.raw.end('hunter2') },
    status: 404,
    code: 'MODEL_NOT_FOUND'
  },
  {
    title: 'a stream, and an error while it is sent',
    handler: async (_request, reply) => {
      reply.send(new Blob(['fi', 'ne']).stream())
      await delay(5)
      throw new Error('hunter2')
    },
    status: 200,
    body: 'fine'
  },
  {
    title: 'a slow stream, and an error while it is sent',
    handler: async (_request, reply) => {
      reply.send(Readable.from((async function * () { yield 'fi'; await delay(20); yield 'ne' })()))
      await delay(5)
      throw new Error('hunter2')
    },
    status: 200,
    body: 'fine'
  },
  {
    title: 'an asynchronous onError hook that outlasts the handlerTimeout',
    route: { handlerTimeout: 20, onError: async () => { await delay(60) } },
    handler: async () => { throw new Error('boom') },
    status: 500,
    code: 'INTERNAL_ERROR'
  }
]

/** Over HTTP/1.1, Fastify itself destroys the connection. */
const streams: Fault[] = [
  {
    title: 'a complete answer behind a stream that fails at once',
    handler: (_request, reply) => { reply.send(new Readable({ read () {} }).destroy(new Error('hunter2'))); return 'fine' },
    status: 200,
    body: 'fine'
  }
]

const scenes: Scene[] = (['http', 'h2c'] as const).map(transport => ({
  title: `the process lives, over ${transport}`,
  transport,
  faults: transport === 'http' ? faults : [...faults.filter(({ http1 }) => http1 === undefined), ...streams]
}))

t.test('what would end the process', async t => runScenes(t, scenes))

t.test('an error after the beginning of a success cuts it off, and has one line', async t => {
  const { app, log } = (await start(t, {
    title: '',
    define: app => app.get('/', (_request, reply) => {
      reply.raw.write('hunter2')
      reply.send(new Response('hunter2', { status: 409 }))
    }),
    faults: []
  }))!
  const { port } = app.server.address() as AddressInfo
  await t.rejects(fetch(`http://127.0.0.1:${port}/`).then(async response => await response.text()))
  t.match(log.filter(({ event }) => event !== undefined), [{ code: 'CONFLICT', msg: 'The headers are out, the error was not sent' }])
})

t.test('a stream of objects that has begun is cut off', async t => {
  const { app } = (await start(t, {
    title: '',
    define: app => app.get('/', async () => Readable.from(['a'.repeat(10), { hunter2: 1 }])),
    faults: []
  }))!
  const { port } = app.server.address() as AddressInfo
  await t.rejects(fetch(`http://127.0.0.1:${port}/`).then(response => response.text()))
})
