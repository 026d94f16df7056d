import { once } from 'node:events'
import { createServer as createHttp2Server } from 'node:http2'
import type { ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { Wire, askHttp2, toText } from '../../src/testing/wire.js'
import type { Reply, Target } from '../../src/testing/wire.js'

/** What must be read of a server that sends this, in pieces. */
interface Sent {
  title: string
  pieces: string[]
  /** The server leaves the connection open. */
  open?: true
  /** @default ['GET'] */
  methods?: string[]
  answers: Array<[status: number, text: string]>
  rest?: string
}

// Side by side: some wait until a server has been silent for long enough.
t.jobs = 8
const SOON = 1000

const HEAD = 'HTTP/1.1 404 Not Found\r\n'

const SENT: Sent[] = [
  { title: 'a length', pieces: [`${HEAD}content-length: 2\r\n\r\nab`], open: true, answers: [[404, 'ab']] },
  { title: 'a length, in pieces', pieces: [`${HEAD}content-le`, 'ngth: 2\r\n', '\r\na', 'b'], open: true, answers: [[404, 'ab']] },
  { title: 'a body that is cut off', pieces: [`${HEAD}content-length: 3\r\n\r\nab`], answers: [[404, 'ab']] },
  { title: 'a body that the end ends', pieces: [`${HEAD}\r\na`, 'b'], answers: [[404, 'ab']] },
  {
    title: 'chunks, in pieces',
    pieces: [`${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\na\r', '\n', '2', '\r\nbc\r\n0\r\n\r\n'],
    open: true,
    answers: [[404, 'abc']]
  },
  {
    title: 'chunks that are none',
    pieces: [`${HEAD}transfer-encoding: chunked\r\n\r\nab\r\n`],
    answers: [],
    rest: `${HEAD}transfer-encoding: chunked\r\n\r\nab\r\n`
  },
  { title: 'something more', pieces: [`${HEAD}content-length: 1\r\n\r\nab`], answers: [[404, 'a']], rest: 'b' },
  {
    title: 'an answer too many',
    pieces: [`${HEAD}content-length: 0\r\n\r\n`.repeat(2)],
    answers: [[404, '']],
    rest: `${HEAD}content-length: 0\r\n\r\n`
  },
  {
    title: 'two answers',
    pieces: [`${HEAD}content-length: 1\r\n\r\na`, `${HEAD}content-length: 1\r\n\r\nb`],
    open: true,
    methods: ['GET', 'POST'],
    answers: [[404, 'a'], [404, 'b']]
  },
  {
    title: 'two answers, the first of them to HEAD',
    pieces: [`${HEAD}content-length: 1\r\n\r\n${HEAD}content-length: 1\r\n\r\nb`],
    open: true,
    methods: ['HEAD', 'GET'],
    answers: [[404, ''], [404, 'b']]
  },
  { title: 'an answer too few', pieces: [`${HEAD}content-length: 0\r\n\r\n`], methods: ['GET', 'GET'], answers: [[404, '']] },
  {
    title: 'an interim answer before the real one',
    pieces: ['HTTP/1.1 100 Continue\r\n\r\n', `${HEAD}content-length: 1\r\n\r\na`],
    open: true,
    answers: [[404, 'a']]
  },
  { title: 'another protocol', pieces: ['HTTP/1.1 101 Switching Protocols\r\n\r\nhello'], open: true, answers: [[101, '']] },
  { title: 'no content', pieces: ['HTTP/1.1 204 No Content\r\n\r\n'], open: true, answers: [[204, '']] },
  { title: 'a success, whose body has no end', pieces: ['HTTP/1.1 200 OK\r\n\r\na'], open: true, answers: [[200, '']] },
  { title: 'no HTTP', pieces: ['hello\r\n\r\n'], answers: [], rest: 'hello\r\n\r\n' },
  { title: 'half a head', pieces: [HEAD], answers: [], rest: HEAD },
  { title: 'nothing', pieces: [], answers: [] }
]

for (const { title, pieces, open, methods = ['GET'], answers, rest = '' } of SENT) {
  t.test(`HTTP/1, ${title}`, { buffered: true }, async t => {
    const target = await listen(t, createServer(async socket => {
      for (const piece of pieces) await new Promise(resolve => { socket.write(piece, () => setTimeout(resolve, 5)) })
      if (open === undefined) socket.end()
    }))
    const wire = await Wire.open(target)
    t.teardown(() => wire.close())
    const reply = await wire.read(methods)
    t.strictSame([seen(reply), reply.rest], [answers, rest])
    if (open === undefined && answers.length < methods.length) t.ok(reply.ended)
  })
}

t.test('HTTP/1, a server that falls silent', { buffered: true }, async t => {
  const wire = await Wire.open(await listen(t, createServer(socket => { socket.write('HTTP/1.1 404') }), SOON))
  t.teardown(() => wire.close())
  t.strictSame(await wire.read(['GET']), { answers: [], rest: 'HTTP/1.1 404', ended: false })
})

t.test('HTTP/1, a header that comes twice is one with both values', { buffered: true }, async t => {
  const target = await listen(t, createServer(socket => { socket.end(`${HEAD}X-A: 1\r\nx-b: 2\r\nx-a:3\r\ncontent-length: 0\r\n\r\n`) }))
  const wire = await Wire.open(target)
  t.teardown(() => wire.close())
  const { answers } = await wire.read(['GET'])
  t.strictSame(['x-a', 'x-b', 'x-c'].map(name => answers[0]!.header(name)), ['1, 3', '2', undefined])
})

t.test('a request goes out with its length in bytes', { buffered: true }, async t => {
  t.equal(toText({ method: 'GET', path: '/' }), 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.equal(
    toText({ method: 'POST', path: '/a', headers: { 'x-a': '1' }, body: 'é' }),
    'POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nx-a: 1\r\n\r\né'
  )
})

const STREAMS: Array<[title: string, answer: (stream: ServerHttp2Stream) => void, reply: { answers: object, ended: boolean }]> = [
  ['an answer', stream => { stream.respond({ ':status': 404 }); stream.end('ab') }, { answers: [[404, 'ab']], ended: true }],
  ['a body that is cut off', stream => {
    stream.respond({ ':status': 404 })
    stream.write('a', () => setTimeout(() => stream.close(2), 20))
  }, { answers: [[404, 'a']], ended: true }],
  ['a success, whose body has no end', stream => { stream.respond(); stream.write('a') }, { answers: [[200, '']], ended: true }],
  ['no answer', stream => { stream.close(2) }, { answers: [], ended: true }],
  ['a connection that breaks', stream => { stream.session!.destroy() }, { answers: [], ended: true }],
  ['silence', () => {}, { answers: [], ended: false }],
  ['silence in mid-body', stream => { stream.respond({ ':status': 404 }); stream.write('a') }, { answers: [[404, 'a']], ended: false }]
]

for (const [title, answer, expected] of STREAMS) {
  t.test(`HTTP/2, ${title}`, { buffered: true }, async t => {
    const server = createHttp2Server().on('stream', stream => { answer(stream.on('error', () => {})) })
    const target = await listen(t, server as unknown as Server, expected.ended ? undefined : SOON)
    const reply = await askHttp2(target, { method: 'POST', path: '/', headers: { 'x-a': '1' }, body: 'a' })
    t.strictSame({ answers: seen(reply), ended: reply.ended }, expected)
  })
}

t.test('HTTP/2, the headers of an answer', { buffered: true }, async t => {
  const server = createHttp2Server().on('stream', stream => { stream.respond({ ':status': 404, 'x-a': ['1', '2'] }); stream.end() })
  const { answers } = await askHttp2(await listen(t, server as unknown as Server), { method: 'GET', path: '/' })
  t.strictSame(['x-a', 'x-b'].map(name => answers[0]!.header(name)), ['1, 2', undefined])
})

function seen ({ answers }: Reply): Array<[number, string]> {
  return answers.map(({ status, text }) => [status, text])
}

async function listen (t: Test, server: Server, patience = 5000): Promise<Target> {
  server.on('connection', socket => t.teardown(() => socket.destroy()))
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { address: host, port } = server.address() as AddressInfo
  return { host, port, secure: false, http2: false, patience }
}
