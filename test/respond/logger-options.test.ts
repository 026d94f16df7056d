import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import type { FastifyServerOptions } from 'fastify'
import { pino } from 'pino'
import t from 'tap'
import type { Test } from 'tap'
import scaiErrors, { errSerializer, scaiServerOptions } from '../../src/index.js'
import { collect, listen } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

function secretError (): Error {
  return Object.assign(new Error('boom'), { config: { headers: { Authorization: 'hunter2' } }, prompt: 'hunter2' })
}

/** Every way in which Fastify itself, or the service, logs a foreign error. */
async function linesOf (t: Test, options: FastifyServerOptions, log: LogLine[]): Promise<LogLine[]> {
  const app = Fastify(scaiServerOptions(options))
  await app.register(scaiErrors)
  app.get('/own', async ({ log }) => { log.error({ err: secretError() }, 'own') })
  app.get('/bare', async ({ log }) => { log.error(secretError()) })
  app.get('/thrown', async () => { throw secretError() })
  app.get('/late', async (_request, reply) => {
    reply.send('sent')
    await delay(5)
    throw secretError()
  })
  app.get('/stream', (_request, reply) => {
    const body = new PassThrough()
    body.write('x')
    setTimeout(() => body.destroy(secretError()), 20)
    reply.send(body)
  })
  app.get('/hook', { onSend: async () => { throw secretError() } }, async () => { throw secretError() })
  const { request } = await listen(t, app, log)
  for (const path of ['/own', '/bare', '/thrown', '/late', '/stream', '/hook']) await request(path).catch(() => {})
  await delay(40)
  const lines = log.filter(({ err }) => err !== undefined)
  t.ok(lines.length >= 6)
  return lines
}

const isOurs = ({ err }: LogLine): boolean => JSON.stringify(err).includes('boom') && !JSON.stringify(err).includes('hunter2')

for (const [title, make] of [
  ['options', stream => ({ logger: { stream } })],
  ['options with other serializers', stream => ({ logger: { stream, serializers: { tenant: () => 't' } } })],
  ['a pino instance', stream => ({ loggerInstance: pino(stream) })],
  ['a pino instance with the stock serializers', stream => ({ loggerInstance: pino({ serializers: { ...pino.stdSerializers } }, stream) })],
  ['a pino instance with our serializer', stream => ({ loggerInstance: pino({ serializers: { err: errSerializer } }, stream) })]
] as Array<[string, (stream: NodeJS.WritableStream) => FastifyServerOptions]>) {
  t.test(`with ${title}, no line has the properties of a foreign error`, async t => {
    const log: LogLine[] = []
    for (const line of await linesOf(t, make(collect(log)), log)) t.ok(isOurs(line), JSON.stringify(line))
  })
}

for (const [title, make] of [
  ['options', (stream, serializers) => ({ logger: { stream, serializers } })],
  ['a pino instance', (stream, serializers) => ({ loggerInstance: pino({ serializers }, stream) })]
] as Array<[string, (stream: NodeJS.WritableStream, serializers: { err: () => unknown }) => FastifyServerOptions]>) {
  t.test(`the service's own err serializer stays, in ${title}`, async t => {
    const log: LogLine[] = []
    for (const line of await linesOf(t, make(collect(log), { err: () => 'mine' }), log)) t.equal(line.err as unknown, 'mine')
  })
}

t.test('a logger that is not pino is left alone, and so is none', async t => {
  const write = (): void => {}
  const own = {
    level: 'info',
    fatal: write,
    error: write,
    warn: write,
    info: write,
    debug: write,
    trace: write,
    silent: write,
    child: () => own
  }
  t.equal(scaiServerOptions({ loggerInstance: own }).loggerInstance, own)
  t.equal(scaiServerOptions({ logger: false }).logger, false)
  t.notOk('logger' in scaiServerOptions())
})

t.test('logger: true has our serializer', async t => {
  t.strictSame(scaiServerOptions({ logger: true }).logger, { serializers: { err: errSerializer } })
})
