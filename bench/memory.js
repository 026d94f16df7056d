// Whether errors leave anything behind: a million of them on one server, each different, and the heap
// before and after. Exits with 1 if a byte or more is retained for each.
//
//   npm run build && node bench/memory.js [errors]

import { spawnSync } from 'node:child_process'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Fastify, { LogController } from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from '../dist/index.js'

if (globalThis.gc === undefined) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}

const errors = Number(process.argv[2] ?? 1_000_000)
const warmUp = 100_000

// No two requests of a kind are alike: whatever is kept by address, message or field shows.
const KINDS = [
  { status: 404, bytes: n => `GET /thrown/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 404, bytes: n => `GET /foreign/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 429, bytes: n => `GET /replied/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 422, bytes: n => post('/validated', `{"field_${n}":{}}`) },
  { status: 422, bytes: n => post('/validated', `{"broken":${n}`) },
  { status: 404, bytes: n => `GET /nowhere/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 405, bytes: n => `DELETE /thrown/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 400, bytes: n => `GET /thrown/%zz${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 409, bytes: n => `GET /sent/${n} HTTP/1.1\r\nhost: a\r\n\r\n` },
  { status: 500, bytes: n => `GET /failed/${n} HTTP/1.1\r\nhost: a\r\n\r\n` }
]

const app = Fastify(scaiServerOptions({ logger: { stream: { write () {} } }, logController: new LogController({ disableRequestLogging: true }) }))
await app.register(scaiErrors)
app.get('/thrown/:n', async ({ params }) => { throw new ScaiError('MODEL_NOT_FOUND', { message: `There is no model ${params.n}` }) })
app.get('/foreign/:n', async ({ params }) => { throw Object.assign(new Error(`There is no model ${params.n}`), { statusCode: 404 }) })
app.get('/replied/:n', async ({ params }, reply) => reply.scaiError('BACKEND_RATE_LIMITED', { retryAfter: Number(params.n) }))
app.get('/sent/:n', async ({ params }, reply) => reply.code(409).send({ taken: params.n }))
app.get('/failed/:n', async ({ params }) => { throw new Error(`failed ${params.n}`) })
app.post('/validated', { schema: { body: { type: 'object', additionalProperties: { type: 'string' } } } }, async () => ({}))
await app.ready()

const send = connect(app.server)
const run = async (from, to) => {
  for (let n = from; n < to; n++) {
    const { status, bytes } = KINDS[n % KINDS.length]
    const actual = await send(bytes(n))
    if (actual !== status) throw new Error(`expected ${status}, got ${actual} for ${bytes(n)}`)
  }
}

await run(0, warmUp)
const before = await retained()
const start = performance.now()
await run(warmUp, warmUp + errors)
const seconds = (performance.now() - start) / 1000
const after = await retained()

const perError = (after - before) / errors
console.log(`${errors} errors in ${seconds.toFixed(1)} s: ${before} B before, ${after} B after, ${perError.toFixed(3)} B retained per error`)
process.exit(perError < 1 ? 0 : 1)

/** Sends requests one after the other on one connection, until the server closes it. */
function connect (server) {
  let socket = open(server)
  let done
  server.on('request', (_request, response) => response.once('finish', () => done(response.statusCode)))
  return bytes => new Promise(resolve => {
    // Fastify closes a connection whose body it could not read.
    if (socket.writableEnded) {
      socket.destroy()
      socket = open(server)
    }
    done = resolve
    socket.push(bytes)
  })
}

/** A socket that is no more than a Duplex: real bytes, but no kernel. */
function open (server) {
  const socket = new Duplex({
    read () {},
    write (_chunk, _encoding, callback) { callback() },
    writev (_chunks, callback) { callback() }
  })
  socket.setTimeout = socket.setNoDelay = socket.setKeepAlive = socket.ref = socket.unref = () => socket
  server.emit('connection', socket)
  return socket
}

/** Bytes in use when all that can go has gone. */
async function retained () {
  for (let round = 0; round < 5; round++) {
    await new Promise(resolve => setImmediate(resolve))
    globalThis.gc()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function post (path, body) {
  return `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}
