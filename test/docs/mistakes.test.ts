import { request as httpRequest } from 'node:http'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, defineErrors, scaiServerOptions } from '../../src/index.js'
import { fromProvider, fromStore } from '../../src/upstream.js'
import { codeIn, readPage, tablesOf } from '../fixtures/markdown.js'
import { collect, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

// Each message of docs/common-mistakes.md, provoked; and no message is provoked that isn't there.

const page = readPage('docs/common-mistakes.md')
const documented = tablesOf(page).filter(({ head }) => head[0] === 'message').flatMap(({ rows }) => rows.map(([cell]) => codeIn(cell)))

function isSaidBy (row: string, message: string): boolean {
  return new RegExp(row.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's').test(message)
}

const START_UP: Record<string, () => unknown> = {
  'a misspelt option': () => plugin({ maxDetail: 1 }),
  'an option of the plugin in scaiServerOptions': () => scaiServerOptions({ trustRequestId: true } as {}),
  'fromStore as mapError': () => plugin({ mapError: fromStore }),
  'a header for ids': () => scaiServerOptions({ requestIdHeader: 'x-request-id' }),
  'a closing server that Fastify answers for': () => scaiServerOptions({ return503OnClosing: true }),
  'a second error handler': async () => {
    const app = Fastify(scaiServerOptions({ allowErrorHandlerOverride: false }))
    app.setErrorHandler(() => {})
    await app.register(scaiErrors)
  },
  'an unknown code': () => plugin({ codes: ['SCAIQUEUE_QUEUE_FUL'] }),
  'two definitions of a code': () => {
    defineErrors({ SCAIQUEUE_TWICE: { status: 409, message: 'The queue is full' } })
    defineErrors({ SCAIQUEUE_TWICE: { status: 503, message: 'The queue is full' } })
  },
  'a code of the reference': () => defineErrors({ MODEL_NOT_FOUND: { status: 410, message: 'No such model' } })
}

type Loose = FastifyReply & Record<'scaiError' | 'scaiStream', (...args: unknown[]) => FastifyReply>

const IN_HANDLERS: Record<string, (reply: Loose) => unknown> = {
  'a promise': () => { throw fromProvider(new Response(null, { status: 503 })).then(error => error) },
  'an error in place of a code': reply => reply.scaiError(new ScaiError('MODEL_NOT_FOUND')),
  'a text in place of the options': reply => reply.scaiError('MODEL_NOT_FOUND', 'No such model'),
  'a text in place of the details': reply => reply.scaiError('VALIDATION_ERROR', { details: 'wrong' }),
  'a misspelt option of a stream': reply => reply.scaiStream(numbers(), { heartBeat: 1000 }),
  'a list in place of a source': reply => reply.scaiStream([1]),
  'bytes in place of texts': reply => reply.scaiStream((async function * () { yield Buffer.from('a') })()),
  'a misspelt option of fromProvider': () => { throw fromProvider(new Error('boom'), { aS: {} } as {}) },
  'an unknown kind': () => { throw fromProvider(new Error('boom'), { as: { broken: 'BACKEND_ERROR' } as {} }) },
  'a mapError that returns a text': () => { throw new RangeError('map me') },
  'a code that is not declared': reply => reply.scaiError('TENANT_SUSPENDED'),
  'a response without await': () => { throw fromProvider(new Response(null, { status: 503 })) }
}

t.test('every message on the page is real', async t => {
  const said: string[] = []
  for (const [title, make] of Object.entries(START_UP)) {
    await t.rejects(async () => { await make() }, title)
    said.push(await messageOf(make))
  }
  said.push(...await warned())
  said.push(...await logged(t))

  for (const row of documented) t.ok(said.some(message => isSaidBy(row, message)), row)
  for (const message of said) t.ok(documented.some(row => isSaidBy(row, message)), message)
})

async function messageOf (make: () => unknown): Promise<string> {
  try {
    await make()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

async function plugin (options: object): Promise<void> {
  await Fastify(scaiServerOptions()).register(scaiErrors, options)
}

/** The warnings at start-up. */
async function warned (): Promise<string[]> {
  const log: LogLine[] = []
  const bare = Fastify({ logger: { stream: collect(log) } })
  // Without await.
  bare.register(scaiErrors, { plugins: [] } as {})
  bare.get('/early', { config: { scaiErrors: false } }, async (_request, reply) => reply.code(404).send('gone'))
  await bare.inject('/early')

  const warning = new Promise<Error>(resolve => process.once('warning', resolve))
  await Fastify(scaiServerOptions()).inject('/')
  return [...log.filter(({ level }) => level === 40).map(({ msg }) => msg), (await warning).message]
}

/** The lines of requests: of a 500 what its `err` says, of any other its message. */
async function logged (t: Parameters<typeof serve>[0]): Promise<string[]> {
  const { url, log, request } = await serve(t, app => {
    for (const [index, handler] of Object.values(IN_HANDLERS).entries()) {
      app.get(`/${index}`, { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND', 'MODEL_UNAVAILABLE'] } } }, async (_request, reply) => handler(reply as Loose))
    }
    app.register(async child => {
      child.addHook('onSend', async () => { throw new Error('hook') })
      child.get('/failing', () => { throw new ScaiError('MODEL_NOT_FOUND') })
    })
    app.register(async child => {
      child.addHook('onError', async (_request, reply) => { reply.send(new Error('another')) })
      child.get('/sending', () => { throw new ScaiError('MODEL_NOT_FOUND') })
    })
    leavers(app)
  }, { errors: { mapError: thrown => thrown instanceof RangeError ? 'NO_SUCH_CODE' as never : undefined } })

  for (const index of Object.keys(Object.values(IN_HANDLERS))) await request(`/${index}`)
  for (const path of ['/failing', '/sending']) await request(path)
  for (const [path, gone] of [['/late', 'the error was not sent'], ['/stream', 'the stream was ended']] as const) {
    await leave(url + path)
    while (!log.some(({ msg }) => msg.includes(gone))) await new Promise(resolve => setTimeout(resolve, 5))
  }
  const isMistake = ({ level, event, code }: LogLine): boolean => level >= 40 && !(event === 'request_error' && code === 'MODEL_UNAVAILABLE')
  return log.filter(line => line.event === 'client_gone' || isMistake(line))
    .map(({ event, err, msg }) => event === 'request_error' ? err!.message : msg)
}

/** Routes whose clients leave. */
function leavers (app: FastifyInstance): void {
  app.get('/late', async (request) => {
    await new Promise(resolve => request.raw.socket.once('close', resolve))
    throw new ScaiError('MODEL_NOT_FOUND')
  })
  app.get('/stream', async (_request, reply) => reply.scaiStream(numbers()))
}

async function * numbers (): AsyncGenerator<string> {
  for (let number = 0; ; number++) {
    yield String(number)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Asks, and leaves: with the first bytes of the response, or after a while without any. */
async function leave (url: string): Promise<void> {
  await new Promise<void>(resolve => {
    const message = httpRequest(url, response => response.once('data', () => message.destroy())).end()
    message.on('error', () => {}).once('close', resolve)
    setTimeout(() => message.destroy(), 100)
  })
}
