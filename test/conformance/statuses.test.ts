import type { FastifyReply } from 'fastify'
import t from 'tap'
import { SECRET, runScenes, start } from '../fixtures/conformance.js'
import type { Fault, Scene } from '../fixtures/conformance.js'

// All the ways to be told a status. Once an error, a response stays one, as in bare Node.js.

// From the first on: Node.js warns once a process.
const warnings: string[] = []
process.on('warning', ({ name }) => { warnings.push(name) })

type Raw = FastifyReply['raw']

const hijacked = (answer: (raw: Raw) => unknown): NonNullable<Fault['handler']> => (_request, reply) => { answer(reply.hijack().raw) }

function tried (action: () => unknown): void {
  try {
    action()
  } catch {}
}

const stays: Fault[] = [
  {
    title: 'an invalid header, caught',
    handler: hijacked(raw => { tried(() => raw.writeHead(500, { x: 'hunter2\nvalue' })); raw.end(SECRET) }),
    status: 500,
    code: 'INTERNAL_ERROR',
    headers: { x: null }
  },
  {
    title: 'an invalid name of a header, caught',
    handler: hijacked(raw => { tried(() => raw.writeHead(502, { 'x hunter2': 'a' })); raw.end(SECRET) }),
    status: 502,
    code: 'BACKEND_ERROR'
  },
  {
    title: 'an invalid header, caught, and a body to Fastify',
    handler: async (_request, reply) => { tried(() => reply.raw.writeHead(503, { x: 'hunter2\nvalue' })); return { hunter2: 1 } },
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    headers: { x: null }
  },
  {
    title: 'an invalid header, caught, and a plain error',
    handler: async (_request, reply) => {
      tried(() => reply.raw.writeHead(409, { x: 'hunter2\nvalue' }))
      throw new Error('Taken')
    },
    status: 409,
    code: 'CONFLICT',
    message: 'Taken'
  },
  {
    title: 'a head of a success after it, caught',
    handler: hijacked(raw => { raw.writeHead(500); tried(() => raw.writeHead(200)); raw.end(SECRET) }),
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a status of a success after it',
    handler: hijacked(raw => { raw.writeHead(500); raw.statusCode = 200; raw.end(SECRET) }),
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a status of a success after it, and parts',
    handler: hijacked(raw => { raw.writeHead(500); raw.statusCode = 200; raw.write(SECRET); raw.end() }),
    status: 500,
    code: 'INTERNAL_ERROR'
  },
  {
    title: 'a status of a success after flushed headers',
    handler: hijacked(raw => { raw.statusCode = 503; raw.flushHeaders(); raw.statusCode = 200; raw.end(SECRET) }),
    status: 503,
    code: 'SERVICE_UNAVAILABLE'
  },
  {
    title: 'flushed headers after both',
    handler: hijacked(raw => { raw.writeHead(503); raw.statusCode = 200; raw.flushHeaders(); raw.end(SECRET) }),
    status: 503,
    code: 'SERVICE_UNAVAILABLE'
  },
  {
    title: 'a success, sent by Fastify, after a raw head',
    handler: (_request, reply) => { reply.raw.writeHead(500); reply.code(200).send('hunter2') },
    status: 500,
    code: 'INTERNAL_ERROR'
  }
]

const texts: Fault[] = [
  {
    title: 'statusCode as a text',
    handler: hijacked(raw => { raw.statusCode = '404' as never; raw.end(SECRET) }),
    status: 404,
    code: 'NOT_FOUND'
  },
  {
    title: 'statusCode as a text, to Fastify',
    handler: async (_request, reply) => { reply.raw.statusCode = '409' as never; return 'hunter2' },
    status: 409,
    code: 'CONFLICT'
  },
  {
    title: 'statusCode as a text, and a stream',
    handler: async (_request, reply) => { reply.raw.statusCode = '409' as never; return new Response('hunter2').body },
    status: 409,
    code: 'CONFLICT'
  },
  {
    title: 'statusCode as a fraction',
    handler: hijacked(raw => { raw.statusCode = 404.9; raw.end(SECRET) }),
    status: 404,
    code: 'NOT_FOUND'
  },
  { title: 'code() of a fraction', handler: async (_request, reply) => reply.code(404.5).send('hunter2'), status: 404, code: 'NOT_FOUND' },
  {
    title: 'code() of a text',
    handler: async (_request, reply) => (reply as FastifyReply).code('404' as never).send({ hunter2: 1 } as never),
    status: 404,
    code: 'NOT_FOUND'
  },
  {
    title: 'code() of a text, and a throw',
    handler: async (_request, reply) => { reply.code('404.5' as never); throw new Error('Not here') },
    status: 404,
    code: 'NOT_FOUND',
    message: 'Not here'
  },
  { title: 'writeHead of a text', handler: hijacked(raw => raw.writeHead('404' as never).end(SECRET)), status: 404, code: 'NOT_FOUND' },
  { title: 'writeHead of a fraction', handler: hijacked(raw => raw.writeHead(404.9).end(SECRET)), status: 404, code: 'NOT_FOUND' },
  {
    title: 'writeHead of a number that wraps around',
    handler: hijacked(raw => raw.writeHead(404 - 2 ** 32).end(SECRET)),
    status: 404,
    code: 'NOT_FOUND'
  }
]

const scenes: Scene[] = (['http', 'https', 'h2c', 'h2', 'h2-http1'] as const).flatMap(transport => [
  { title: `an error stays one, over ${transport}`, transport, faults: stays },
  { title: `a status that is no integer, over ${transport}`, transport, faults: texts }
])

t.test('statuses', async t => runScenes(t, scenes))

t.test('if the envelope cannot be written, the response is destroyed', async t => {
  for (const transport of ['http', 'h2c'] as const) {
    const { open } = (await start(t, {
      title: '',
      transport,
      define: app => app.get('/', (_request, reply) => {
        const { raw } = reply.hijack()
        raw.setHeader = () => { throw new Error('hunter2') }
        raw.statusCode = 500
        raw.end(SECRET)
      }),
      faults: []
    }))!
    const connection = await open()
    await t.rejects(connection.ask({ path: '/' }), { message: /cut off|CANCEL|INTERNAL_ERROR/ }, transport)
    connection.close()
  }
})

t.test('HTTP/2 has no reason phrase, and there is no warning about one', async t => {
  await runScenes(t, [{
    title: 'by a head and a body',
    transport: 'h2c',
    faults: [
      {
        title: 'of its own',
        handler: hijacked(raw => raw.writeHead(404, { te: 'gzip', 'keep-alive': 'timeout=5' }).end(SECRET)),
        status: 404,
        code: 'NOT_FOUND',
        headers: { te: null }
      },
      {
        title: 'of an error',
        handler: (_request, reply) => { reply.header('te', 'gzip').scaiError('MODEL_NOT_FOUND') },
        status: 404,
        code: 'MODEL_NOT_FOUND',
        headers: { te: null }
      }
    ]
  }])
  await new Promise(setImmediate)
  t.notOk(warnings.includes('UnsupportedWarning'))
})
