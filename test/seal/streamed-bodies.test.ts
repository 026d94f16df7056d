import { once } from 'node:events'
import fs from 'node:fs'
import { connect } from 'node:http2'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { openStream } from '../fixtures/open-stream.js'
import { listen } from '../fixtures/service.js'

// Bodies that somebody else streams, with reply.send: that they fail shows in the envelope, or in that
// they are cut off. What looks complete is.

const LINE = '{"n":1}\n'

/** Fails before the first line, or after it. */
async function * lines (count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    yield LINE
    // So that the client has it.
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new ScaiError('BACKEND_ERROR')
}

function ndjson (count: number): Readable {
  return Readable.from(lines(count))
}

/** Is not there, or can not be read to its end. */
function file (count: number): Readable {
  if (count === 0) return fs.createReadStream(new URL('nothing.txt', import.meta.url))
  let reads = 0
  const read = (...args: Parameters<typeof fs.read>): void => {
    if (reads++ === 0) fs.read(...args)
    else setTimeout(() => (args.at(-1) as unknown as (error: Error) => void)(new Error('EIO')), 20)
  }
  return fs.createReadStream(new URL(import.meta.url), { highWaterMark: 64, fs: { ...fs, read: read as typeof fs.read } })
}

function ended (): Readable {
  const stream = new Readable({ read () {} })
  stream.push(LINE)
  setTimeout(() => stream.destroy(), 20)
  return stream
}

const HEADERS = {
  'content-type': 'application/x-ndjson',
  'content-disposition': 'attachment',
  'content-language': 'en',
  etag: '"1"',
  'cache-control': 'max-age=60',
  'x-accel-buffering': 'no'
}

const BODIES: Record<string, (count: number) => unknown> = {
  'a stream of Node.js': ndjson,
  'a stream of the web': count => Readable.toWeb(ndjson(count)),
  'a fetch Response': count => new Response(Readable.toWeb(ndjson(count)) as ReadableStream<Uint8Array>, { headers: { etag: '"1"' } }),
  'a file': file,
  'a stream that is destroyed without an error': count => count === 0 ? ndjson(0) : ended()
}

/** What a client got: a whole response, or why it is none. */
interface Outcome {
  status: number
  headers: Headers
  text: string
  error?: Error & { code?: string }
}

async function overHttp1 (url: string, path: string): Promise<Outcome> {
  const { response, until, rest } = await openStream(url + path)
  const head = { status: response.statusCode!, headers: new Headers(response.headers as Record<string, string>) }
  try {
    return { ...head, text: await rest() }
  } catch (error) {
    return { ...head, text: await until(''), error: error as Error }
  }
}

async function overHttp2 (url: string, path: string): Promise<Outcome> {
  const session = connect(url)
  const stream = session.request({ ':path': path })
  let text = ''
  let error: Error | undefined
  const [{ ':status': status, ...headers }] = await once(stream, 'response')
  try {
    for await (const chunk of stream.setEncoding('utf8')) text += chunk
  } catch (thrown) {
    error = thrown as Error
  }
  session.destroy()
  const head = { status, headers: new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])), text }
  return error === undefined ? head : { ...head, error }
}

for (const [protocol, options, ask, code] of [
  ['HTTP/1.1', {}, overHttp1, 'ECONNRESET'],
  ['HTTP/2', { http2: true }, overHttp2, 'ERR_HTTP2_STREAM_ERROR']
] as const) {
  t.test(`over ${protocol}`, async t => {
    const app = Fastify(scaiServerOptions(options as object)) as unknown as FastifyInstance
    await app.register(scaiErrors)
    for (const [index, body] of Object.values(BODIES).entries()) {
      app.get(`/${index}/:count`, (request, reply: FastifyReply) => {
        reply.headers(HEADERS).send(body(Number((request.params as { count: string }).count)))
      })
    }
    const { url } = await listen(t, app)

    for (const [index, name] of Object.keys(BODIES).entries()) {
      t.test(`${name} that fails before the first byte becomes the envelope, without its headers`, async t => {
        const outcome = await ask(url, `/${index}/0`)
        t.equal(checkEnvelope(outcome).error.code, name === 'a file' ? 'INTERNAL_ERROR' : 'BACKEND_ERROR')
        t.equal(outcome.headers.get('cache-control'), 'no-store')
        for (const header of [
          'content-disposition', 'content-language', 'etag', 'x-accel-buffering'
        ]) t.equal(outcome.headers.get(header), null, header)
      })
      t.test(`${name} that fails after it is cut off`, async t => {
        const { status, text, error } = await ask(url, `/${index}/1`)
        t.equal(status, 200)
        t.ok(text.length > 0)
        t.equal(error?.code, code)
      })
    }
  })
}
