import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorsOptions } from '../../src/index.js'
import { collect, listen, serve } from '../fixtures/service.js'
import type { LogLine, Service } from '../fixtures/service.js'

type Declared = NonNullable<Parameters<FastifyInstance['get']>[1]['config']>['scaiErrors']

/** How a route answers with a body of its own under an error status. */
const REPLIES: ReadonlyArray<readonly [path: string, add: (app: FastifyInstance, url: string, config: object) => unknown]> = [
  ['/reply', (app, url, config) => app.get(url, { config }, async (_request, reply) => reply.code(404).send('mine'))],
  ['/raw', (app, url, config) => app.get(url, { config }, (_request, reply) => { reply.hijack().raw.writeHead(404).end('mine') })],
  ['/flushed', (app, url, config) => app.get(url, { config }, (_request, reply) => {
    reply.hijack().raw.statusCode = 404
    reply.raw.flushHeaders()
    reply.raw.end('mine')
  })]
]

/** Whether a foreign body passes where the scope replaces such bodies, and where it lets them pass. */
const DECLARATIONS: ReadonlyArray<readonly [name: string, declared: Declared, passes: boolean, passesThere: boolean]> = [
  ['nothing', undefined, false, true],
  ['codes', { codes: ['MODEL_NOT_FOUND'] }, false, true],
  ['false', false, true, true],
  ['normalizeReplies: false', { normalizeReplies: false }, true, true],
  ['normalizeReplies: true', { normalizeReplies: true }, false, false]
]

function urlOf (name: string, path: string): string {
  return `/${name.replaceAll(/\W/g, '-')}${path}`
}

function addRoutes (app: FastifyInstance): void {
  for (const [name, declared] of DECLARATIONS) {
    for (const [path, add] of REPLIES) add(app, urlOf(name, path), declared === undefined ? {} : { scaiErrors: declared })
  }
}

async function serveLate (errors: ScaiErrorsOptions, t: Parameters<typeof listen>[0]): Promise<Service> {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  app.register(scaiErrors, errors)
  addRoutes(app)
  return listen(t, app, log)
}

for (const normalizeReplies of [true, false]) {
  for (const [when, start] of [
    ['after the plugin', (t: Parameters<typeof listen>[0]) => serve(t, addRoutes, { errors: { normalizeReplies } })],
    ['before it had loaded', (t: Parameters<typeof listen>[0]) => serveLate({ normalizeReplies }, t)]
  ] as const) {
    t.test(`normalizeReplies: ${normalizeReplies}, of routes declared ${when}`, async t => {
      const { request } = await start(t)
      for (const [name, , passes, passesThere] of DECLARATIONS) {
        for (const [path] of REPLIES) {
          const { status, text, body } = await request(urlOf(name, path))
          t.equal(status, 404)
          if (normalizeReplies ? passes : passesThere) t.equal(text, 'mine', `${name} ${path}`)
          else t.match(body.error?.code, /^(MODEL_)?NOT_FOUND$/, `${name} ${path}`)
        }
      }
    })
  }
}

t.test('routes that were declared before the plugin had loaded are served all the same, and one warning names the fix', async t => {
  const log: LogLine[] = []
  const app = Fastify(scaiServerOptions({ logger: { stream: collect(log) } }))
  app.register(scaiErrors)
  app.get('/plain', async (_request, reply) => reply.scaiError('GONE'))
  app.get('/declared', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  app.route({
    method: ['PUT', 'POST'],
    url: '/other',
    config: { scaiErrors: { codes: ['GONE'] } },
    handler: async (_request, reply) => reply.scaiError('GONE')
  })
  const { request } = await listen(t, app, log)
  const warnings = () => log.filter(({ level, event }) => level === 40 && event === undefined).map(({ msg }) => msg)

  t.equal((await request('/plain')).status, 410)
  t.equal((await request('/nothing')).status, 404)
  t.strictSame(warnings(), [], 'without a declaration there is nothing to lose')
  t.equal((await request('/declared')).status, 404)
  t.equal((await request('/other', { method: 'PUT' })).status, 410)
  t.strictSame(warnings(), [
    'fastify-scai-errors: GET /declared was declared before the plugin had loaded: its errors are neither checked nor documented. ' +
    'Write "await app.register(scaiErrors)", or declare the routes in a plugin that is registered after it.'
  ])
})

t.test('routes that the plugin has seen cause no warning', async t => {
  const { request, log } = await serve(t, app => {
    app.get('/declared', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.register(async child => addRoutes(child), { prefix: '/child' })
    app.register(async child => {
      // A later hook than ours, of a route that is two: /hooked and /hooked/.
      child.addHook('onRoute', route => { route.config = { ...route.config, scaiErrors: { codes: ['GONE'] } } })
      child.route({ method: ['GET', 'POST'], url: '/', handler: async (_request, reply) => reply.scaiError('GONE') })
    }, { prefix: '/hooked' })
  })
  await request('/declared')
  await request('/declared', { method: 'HEAD' })
  for (const path of ['/hooked', '/hooked/']) t.equal((await request(path, { method: 'POST' })).status, 410)
  t.equal((await request('/child/false/reply')).text, 'mine')
  t.notOk(log.some(({ level }) => level === 40))
})

t.test('an invalid declaration of a route that was not checked is ignored', async t => {
  const app = Fastify(scaiServerOptions())
  app.register(scaiErrors)
  for (const [index, junk] of [null, 'x', 5, { normalizeReplies: 'no' }].entries()) {
    app.get(`/${index}`, { config: { scaiErrors: junk as never } }, async (_request, reply) => reply.code(404).send('mine'))
  }
  const { request } = await listen(t, app)
  for (const index of [0, 1, 2, 3]) t.equal((await request(`/${index}`)).body.error.code, 'NOT_FOUND')
})
