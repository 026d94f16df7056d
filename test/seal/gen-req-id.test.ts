import Fastify from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { collect, listen } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

t.test('a generator that is set before the plugin keeps what scaiServerOptions() has prepared', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  app.setGenReqId(() => 'not ours')
  await app.register(scaiErrors, { shouldRetryHeader: false })
  app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(409).end('theirs') })
  const { request, errorLines } = await listen(t, app, log)

  t.notOk(log.some(({ level }) => level === 40), 'no warning that the options are missing')
  for (const [path, code] of [['/raw', 'CONFLICT'], ['/%zz', 'BAD_REQUEST'], ['/none', 'NOT_FOUND']] as const) {
    const { headers, ...response } = await request(path)
    t.equal(headers.get('x-should-retry'), null, path)
    headers.set('x-should-retry', 'false')
    t.equal(checkEnvelope({ headers, ...response }).error.code, code, path)
  }
  t.equal(errorLines().length, 3)
})
