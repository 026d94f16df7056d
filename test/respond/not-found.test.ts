import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import { collect, listen } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

const theirs = (app: FastifyInstance): void => { app.setNotFoundHandler((_request, reply) => { reply.code(404).send({ own: 1 }) }) }
const page = (app: FastifyInstance): void => { app.setNotFoundHandler((_request, reply) => { reply.type('text/html').send('page') }) }
const hooked = (app: FastifyInstance): void => {
  app.setNotFoundHandler({
    preHandler: (_request, reply, done) => {
      reply.header('x-own', 'hook')
      done()
    }
  }, (_request, reply) => { reply.code(404).send({ own: 1 }) })
}
/** As @fastify/otel does: it looks at the handler's name. */
const tracing = (app: FastifyInstance): void => {
  const { setNotFoundHandler } = app
  app.setNotFoundHandler = function (this: FastifyInstance, ...args: [{ name?: string }]) {
    if (args.at(-1)?.name === undefined) throw new TypeError('no handler')
    return setNotFoundHandler.apply(this, args as never)
  } as typeof setNotFoundHandler
}

const NOT_FOUND = [404, 'NOT_FOUND', null]
const NOT_ALLOWED = [405, 'METHOD_NOT_ALLOWED', 'GET, HEAD']

for (const [title, define, unknown, wrong, prefix = ''] of [
  ['alone', app => app.register(scaiErrors), NOT_FOUND, NOT_ALLOWED],
  ['turned off', app => app.register(scaiErrors, { notFoundHandler: false }), NOT_FOUND, NOT_ALLOWED],
  ['before another handler', async app => { await app.register(scaiErrors); theirs(app) }, NOT_FOUND, NOT_ALLOWED],
  ['before another handler, not awaited', app => { app.register(scaiErrors); theirs(app) }, NOT_FOUND, NOT_ALLOWED],
  ['after another handler', async app => { theirs(app); await app.register(scaiErrors) }, NOT_FOUND, NOT_ALLOWED],
  [
    'before one in a child', async app => { await app.register(scaiErrors); app.register(async child => theirs(child)) }, NOT_FOUND,
    NOT_ALLOWED
  ],
  [
    // Both have the prefix of the root, for which Fastify has one handler.
    'in a child, before a page of the root',
    async app => { await app.register(async child => { await child.register(scaiErrors) }); page(app) },
    [200, 'page', null], [200, 'page', null]
  ],
  ['after tracing', async app => { tracing(app); await app.register(scaiErrors) }, NOT_FOUND, NOT_ALLOWED],
  ['after tracing, before a page', async app => { tracing(app); await app.register(scaiErrors); page(app) }, [200, 'page', null], [200, 'page', null]],
  ['before a page', async app => { await app.register(scaiErrors); page(app) }, [200, 'page', null], [200, 'page', null]],
  [
    'under a prefix', app => { app.register(async child => { await child.register(scaiErrors) }, { prefix: '/p' }) }, NOT_FOUND,
    NOT_FOUND, '/p'
  ],
  [
    'under a prefix, before another handler',
    app => { app.register(async child => { await child.register(scaiErrors); theirs(child) }, { prefix: '/p' }) }, NOT_FOUND,
    NOT_FOUND, '/p'
  ],
  [
    'under a prefix, before a page',
    app => { app.register(async child => { await child.register(scaiErrors); page(child) }, { prefix: '/p' }) },
    [200, 'page', null], [200, 'page', null], '/p'
  ],
  [
    'under a prefix, after another handler',
    app => { app.register(async child => { theirs(child); await child.register(scaiErrors) }, { prefix: '/p' }) }, NOT_FOUND,
    NOT_FOUND, '/p'
  ]
] as Array<[string, (app: FastifyInstance) => unknown, unknown[], unknown[], string?]>) {
  t.test(title, async t => {
    const log: LogLine[] = []
    const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
    await define(app)
    app.get('/known', async () => 'known')
    const { request, errorLines } = await listen(t, app, log)
    const answers: unknown[][] = []
    for (const [path, method] of [['/none', 'GET'], ['/known', 'DELETE']] as const) {
      const { status, headers, text, body } = await request(prefix + path, { method })
      answers.push([status, body.error?.code ?? text, headers.get('allow')])
    }
    t.strictSame(answers, [unknown, wrong])
    t.equal(errorLines().length, answers.filter(([status]) => status !== 200).length, 'one line each')
    if (title !== 'turned off') t.notOk(log.some(({ msg }) => /^Route /.test(msg)), 'and none of Fastify')
  })
}

t.test('under a prefix, a later handler has its hooks, and a third one is refused', async t => {
  const app = Fastify(scaiServerOptions())
  app.register(async child => {
    await child.register(scaiErrors)
    hooked(child)
    t.throws(() => theirs(child), /already set/)
    child.register(async below => theirs(below), { prefix: '/below' })
  }, { prefix: '/p' })
  const { request } = await listen(t, app)
  t.equal((await request('/p/none')).headers.get('x-own'), 'hook')
  t.equal((await request('/p/below/none')).headers.get('x-own'), null)
})
