import { equal, fail, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import Fastify from 'fastify'
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, RouteShorthandOptions } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import scaiErrors, { scaiServerOptions } from '../src/index.js'
import type { ScaiErrorsOptions } from '../src/index.js'
import { checkEnvelope, checkHead } from './fixtures/envelope.js'
import type { ErrorAnswer } from './fixtures/envelope.js'
import { hostileTransmissions } from './fixtures/hostile-bytes.js'
import { build, hostileHeaders, hostileRecipes } from './fixtures/hostile-recipes.js'
import { readAnswers } from './fixtures/raw-http.js'
import { openSocket } from './fixtures/raw.js'

// FUZZ_RUNS=10000 FUZZ_SEED=1 npx tap --disable-coverage test/fuzz.test.ts
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
const seed = Number(process.env['FUZZ_SEED'] ?? 20251123)
/** A failure's own seed and path, as it prints them, lead straight back to it. */
const path = process.env['FUZZ_PATH']
const parameters = { numRuns, seed, ...(path !== undefined && { path }), interruptAfterTimeLimit: 600_000, markInterruptAsFailure: true }

/** Without an answer by then, there is none. No run depends on it otherwise. */
const PATIENCE = 5000

t.setTimeout(900_000)

const troubles: unknown[] = []
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, trouble => { troubles.push(trouble) })

t.test(`whatever is thrown, and wherever, the answer is an envelope (${numRuns} runs, seed ${seed})`, async t => {
  let thrown: unknown
  const { port } = await serve(t, app => definePlaces(app, () => thrown))
  const bare = await listen(t, Fastify({
    logger: { level: 'trace', stream: jsonLines() },
    forceCloseConnections: true
  }), app => definePlaces(app, () => thrown))

  const circumstances = fc.record({
    place: fc.constantFrom(...PLACES),
    recipe: hostileRecipes,
    status: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
    headers: fc.option(hostileHeaders, { nil: undefined })
  })
  await check(circumstances, async ({ place, recipe, status, headers }) => {
    thrown = build(recipe)
    prepare = reply => {
      if (status !== undefined) reply.code(status)
      if (headers !== undefined) reply.headers(build(headers) as Record<string, string>)
    }
    const answer = await getAndSettle(port, `/${place.name}`).catch(async (lost: unknown) => {
      // What Fastify alone never answers, or dies of, nobody can mend. Built anew: pino leaves a mark on an error that it fails on.
      thrown = build(recipe)
      if (await isAnswered(bare, `/${place.name}`)) throw lost
    })
    if (answer === undefined) return
    if (place.surely) ok(answer.status >= 400, `${answer.status} ${answer.text}`)
    if (answer.status >= 400) checkEnvelope(answer)
  })
  t.equal((await get(port, '/fine')).status, 200)
})

t.test(`whatever bytes a client sends, the answer is an envelope (${numRuns} runs, seed ${seed})`, async t => {
  const responses = new WeakMap<Socket, ServerResponse[]>()
  class RecordedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    constructor (request: Request) {
      super(request)
      const earlier = responses.get(request.socket)
      if (earlier === undefined) responses.set(request.socket, [this as unknown as ServerResponse])
      else earlier.push(this as unknown as ServerResponse)
    }
  }
  const { app, port } = await serve(t, defineRoutes, { trustRequestId: true }, { http: { ServerResponse: RecordedResponse } })

  await check(hostileTransmissions, async ({ parts, reset }) => {
    const connected = once(app.server, 'connection') as Promise<[Socket]>
    const client = await openSocket(port)
    const [server] = await connected
    const received = collectBytes(client)
    const recorded = () => responses.get(server) ?? []

    let sent = 0
    for (const part of parts) {
      client.write(part, 'latin1')
      sent += part.length
      // Until then the next part could be read as one with this.
      await until(() => server.bytesRead >= sent || server.destroyed || isSettled(recorded()), 'the bytes are not read')
    }
    if (reset) {
      client.resetAndDestroy()
    } else {
      await until(() => server.destroyed || isSettled(recorded()), 'a request is not answered')
      client.end()
    }
    await until(() => client.closed, 'the connection is left open')
    checkAnswers(received(), recorded())
    await until(() => server.destroyed, 'the server keeps the connection')
  })
  t.equal((await get(port, '/')).status, 200)
})

interface Place {
  name: string
  /**
   * Whether Fastify takes whatever is thrown here for an error. For hooks and parsers it must be truthy, and what
   * an error handler throws, or a serializer, is a body unless it is an `Error`. And a 204 has no stream to fail.
   */
  surely: boolean
}

const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend'] as const
const STYLES = ['sync', 'async', 'late', 'done'] as const
const HANDLERS = [
  'sync', 'async', 'late', 'send', 'return', 'scoped', 'scoped-async', 'scoped-send', 'serializer', 'stream', 'parser', 'validator',
  'invalid'
] as const

const PLACES: Place[] = [
  ...HANDLERS.map(name =>
    ({
      name: `handler-${name}`,
      surely: !['scoped', 'scoped-async', 'serializer', 'stream', 'parser', 'validator', 'invalid'].includes(name)
    })),
  ...HOOKS.flatMap(hook => STYLES.map(style => ({ name: `${hook}-${style}`, surely: false })))
]

/** What the handler, or the hook, does to the reply before it throws. */
let prepare: (reply: FastifyReply) => void = () => {}

/** A route for each place where something may be thrown. */
function definePlaces (app: FastifyInstance, thrown: () => unknown): void {
  const prepared: RouteShorthandOptions = {
    onRequest (_request, reply, done) {
      try {
        prepare(reply)
      } catch {}
      done()
    }
  }
  const asError = () => thrown() instanceof Error ? thrown() : new Error('boom', { cause: thrown() })

  app.get('/fine', async () => 'fine')
  app.get('/handler-sync', prepared, () => { throw thrown() })
  app.get('/handler-async', prepared, async () => { throw thrown() })
  app.get('/handler-late', prepared, async () => {
    await turn()
    throw thrown()
  })
  app.get('/handler-send', prepared, (_request, reply) => { reply.send(asError()) })
  app.get('/handler-return', prepared, async () => asError())
  app.get('/handler-serializer', prepared, async (_request, reply) => reply.serializer(() => { throw thrown() }).send({}))
  app.get('/handler-stream', prepared, async () => new Readable({ read () { this.destroy(asError() as Error) } }))
  app.get('/handler-validator', {
    ...prepared,
    schema: { querystring: {} },
    validatorCompiler: () => () => { throw thrown() }
  }, async () => 'fine')
  app.get('/handler-invalid', {
    ...prepared,
    schema: { querystring: {} },
    validatorCompiler: () => () => ({ error: thrown() as Error })
  }, async () => 'fine')

  const scopes: Record<string, Parameters<FastifyInstance['setErrorHandler']>[0]> = {
    scoped () { throw thrown() },
    async 'scoped-async' () { throw thrown() },
    'scoped-send' (_error, _request, reply) { reply.send(asError()) }
  }
  for (const [name, handler] of Object.entries(scopes)) {
    app.register(async scope => {
      scope.setErrorHandler(handler)
      scope.get(`/handler-${name}`, prepared, async () => { throw new Error('boom') })
    })
  }
  app.addContentTypeParser('text/hostile', (_request, payload, done) => {
    payload.resume()
    done(thrown() as Error)
  })
  app.post('/handler-parser', prepared, async () => 'fine')
  for (const hook of HOOKS) {
    for (const style of STYLES) app.get(`/${hook}-${style}`, withHook(prepared, hook, style, thrown), async () => ({ fine: true }))
  }
}

function withHook (
  prepared: RouteShorthandOptions,
  name: typeof HOOKS[number],
  style: typeof STYLES[number],
  thrown: () => unknown
): RouteShorthandOptions {
  const hook = {
    sync (_request: unknown, _reply: unknown, _done: unknown) { throw thrown() },
    async async () { throw thrown() },
    async late () {
      await turn()
      throw thrown()
    },
    // preParsing, preSerialization and onSend are given a payload before it.
    done (...args: unknown[]) { (args.at(-1) as (error: unknown) => void)(thrown()) }
  }[style]
  // Fastify takes a hook for asynchronous, or not, by the number of its arguments.
  const arity = style === 'async' || style === 'late' ? 2 : ['onRequest', 'preValidation', 'preHandler'].includes(name) ? 3 : 4
  Object.defineProperty(hook, 'length', { value: arity })
  return { ...prepared, [name]: name === 'onRequest' ? [prepared.onRequest, hook] : hook }
}

/** Routes that answer at once, in all the ways there are. */
function defineRoutes (app: FastifyInstance): void {
  app.get('/', async () => ({ fine: true }))
  app.get('/items', { schema: { querystring: { type: 'object', properties: { limit: { type: 'integer' } } } } }, async () => [])
  app.post('/items', {
    schema: {
      body: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' } }
      }
    }
  }, async () => ({}))
  app.get('/items/:id', (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') })
  app.put('/items/:id', async (_request, reply) => reply.code(409).send('taken'))
  app.get('/stream', async (_request, reply) => reply.send(Readable.from(['a', 'b', 'c'])))
  app.get('/raw', (_request, reply) => {
    reply.raw.statusCode = 404
    reply.raw.end('raw')
  })
  app.get('/hijacked', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(503, { 'content-type': 'text/plain' }).end('hijacked')
  })
}

/** A service whose log must be JSON throughout: what is thrown goes through the logger, too. */
async function serve (
  t: Test,
  define: (app: FastifyInstance) => void,
  errors: ScaiErrorsOptions = {},
  server: FastifyHttpOptions<Server> = {}
): Promise<{ app: FastifyInstance, port: number }> {
  const app = Fastify(scaiServerOptions({ logger: { level: 'trace', stream: jsonLines() }, forceCloseConnections: true, ...server }))
  await app.register(scaiErrors, errors)
  return { app, port: await listen(t, app, define) }
}

function jsonLines (): Writable {
  return new Writable({
    write (chunk, _encoding, done) {
      JSON.parse(String(chunk))
      done()
    }
  })
}

async function listen (t: Test, app: FastifyInstance, define: (app: FastifyInstance) => void): Promise<number> {
  define(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return (app.server.address() as AddressInfo).port
}

async function isAnswered (port: number, path: string): Promise<boolean> {
  return await getAndSettle(port, path).then(() => true, () => false)
}

/** The answer, unless something reaches the process behind it. */
async function getAndSettle (port: number, path: string): Promise<ErrorAnswer> {
  const answer = await get(port, path)
  await settle()
  return answer
}

async function settle (): Promise<void> {
  await turn()
  await until(() => troubles.length === 0, '')
}

async function check<Value> (arbitrary: fc.Arbitrary<Value>, run: (value: Value) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, async value => {
    await run(value)
    await settle()
  }), parameters)
}

/** The answer to a sound request; below 400 only its status, for what a route sends by itself may be anything. */
async function get (port: number, path: string): Promise<ErrorAnswer> {
  const client = await openSocket(port)
  const received = collectBytes(client)
  client.write(`${path === '/handler-parser'
    ? 'POST'
    : 'GET'} ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: text/hostile\r\ncontent-length: 1\r\n\r\nx`)
  try {
    await until(() =>
      client.closed || statusOf(received()) < 400 || readAnswers(received(), [], false).answers.length > 0, 'no answer, or no whole one')
    const status = statusOf(received())
    if (status < 400) return { status, headers: new Headers(), text: '' }
    const { answers: [answer], rest } = readAnswers(received(), [], client.closed)
    ok(answer, `no whole answer: ${received()}`)
    equal(rest.toString(), '')
    return answer
  } finally {
    client.destroy()
  }
}

/** `NaN` before there is one. */
function statusOf (bytes: Buffer): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString('latin1', 0, 13))?.[1])
}

/** Whether nothing is to be answered any more, unless more is sent. */
function isSettled (responses: ServerResponse[]): boolean {
  return responses.every(response => response.writableFinished || response.destroyed || !response.req.complete)
}

function checkAnswers (bytes: Buffer, responses: ServerResponse[]): void {
  // Those after the first that was never written lie behind it.
  const unsent = responses.findIndex(response => !response.headersSent)
  const methods = responses.slice(0, unsent === -1 ? responses.length : unsent).map(({ req }) => req.method!)
  const { answers, rest } = readAnswers(bytes, methods, true)
  for (const [i, answer] of answers.entries()) {
    if (answer.status < 400) continue
    if (methods[i] === 'HEAD') {
      checkHead(answer)
      equal(answer.text, '')
    } else {
      checkEnvelope(answer)
    }
  }
  ok(!/^HTTP\/1\.1 [45]/.test(rest.toString('latin1')), `an error was cut: ${rest}`)
}

function collectBytes (socket: Socket): () => Buffer {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  return () => Buffer.concat(chunks)
}

/** Waits for what a service does, as long as it does anything and the process is well. */
async function until (isDone: () => boolean, missing: string): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (!isDone()) {
    if (troubles.length > 0) fail(`reached the process: ${troubles.splice(0).map(trouble => inspect(trouble)).join('; ')}`)
    if (Date.now() > deadline) fail(missing)
    await turn()
  }
}
