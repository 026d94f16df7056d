import { once } from 'node:events'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorsOptions } from '../../src/index.js'
import { checkConformance } from '../../src/testing.js'
import { testCertificate } from '../fixtures/raw.js'

const Slug = { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } }

/** A service of some routes, with what is special about it. */
async function build (define: (app: FastifyInstance) => unknown = () => {}, { server = {}, errors = {} }: {
  server?: FastifyServerOptions
  errors?: ScaiErrorsOptions
} = {}): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions(server as object))
  await app.register(scaiErrors, errors)
  app.get('/', async () => 'ok')
  app.get('/models/:slug', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  app.post('/models', { schema: { body: Slug } }, async () => { throw new Error('never runs') })
  await define(app)
  return app
}

const CLEAN: Record<string, () => Promise<FastifyInstance>> = {
  'a plain service': () => build(),
  'a service over HTTP/2': () => build(() => {}, { server: { http2: true, https: testCertificate } as object }),
  'a service over TLS': () => build(() => {}, { server: { https: testCertificate } as object })
}

for (const [title, build] of Object.entries(CLEAN)) {
  t.test(`clean: ${title}`, async t => {
    t.strictSame(await checkConformance(await build()), [])
  })
}

/** One fault of a service, and what must be found of it. */
const SEEDED: Record<string, { build: () => Promise<FastifyInstance>, title: RegExp, problem: RegExp }> = {
  'an error handler that is set after ours': {
    build: () => build(app => { app.setErrorHandler((_error, _request, reply) => { reply.raw.writeHead(200).end('fine') }) }),
    title: /hook that throws/,
    problem: /an error was expected, got status 200/
  },
  'normalizeReplies: false': {
    build: () => build(() => {}, { errors: { normalizeReplies: false } }), title: /an object that is sent/, problem: /what was thrown or sent got out/
  },
  'normalizeReplies: false in a scope': {
    build: () => build(app => app.register(async child => {
      await child.register(scaiErrors, { normalizeReplies: false })
      child.get('/child', async () => 'ok')
    })),
    title: /a text that is sent/,
    problem: /what was thrown or sent got out/
  },
  'no scaiServerOptions()': {
    build: async () => {
      const app = Fastify()
      await app.register(scaiErrors)
      app.get('/', async () => 'ok')
      return app
    },
    title: /bytes that are no HTTP/,
    problem: /content-type/
  },
  'no plugin': { build: async () => Fastify(), title: /an unknown route/, problem: /the catalog/ },
  'a route that opts out': {
    build: () => build(app => app.get('/alone', { config: { scaiErrors: false } }, async () => 'ok')), title: /opts out/, problem: /list the route in skip/
  },
  'a route whose bodies pass': {
    build: () =>
      build(app =>
        app.get('/alone', { config: { scaiErrors: { normalizeReplies: false } } }, async () => 'ok')),
    title: /opts out/,
    problem: /list the route in skip/
  },
  'a proxy that passes bodies': {
    build: () => build(app => app.register(async child => {
      await child.register(scaiErrors, { normalizeReplies: false })
      child.all('/proxy/*', async (_request, reply) => reply.code(502).type('text/html').send('<h1>Bad Gateway</h1>'))
    })),
    title: /a plain GET/,
    problem: /the body must be the envelope, got '<h1>Bad Gateway/
  },
  'a listener of upgrade that answers nothing': {
    build: () => build(app => { app.server.on('upgrade', () => {}) }), title: /a handshake/, problem: /nothing came without an answer/
  },
  'a clientErrorHandler of its own': {
    build: () =>
      build(() => {}, { server: { clientErrorHandler: (_error, socket) => { socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') } } }),
    title: /bytes that are no HTTP/,
    problem: /the body must be the envelope, got ''/
  },
  'a frameworkErrors of its own, that answers raw': {
    build: () =>
      build(() => {}, {
        server: {
          frameworkErrors: (_error, _request, reply) => {
            reply.raw.socket!.end('HTTP/1.1 400 Bad Request\r\n\r\n')
          }
        }
      }),
    title: /a badly encoded URL/,
    problem: /the body must be the envelope/
  }
}

for (const [fault, { build, title, problem }] of Object.entries(SEEDED)) {
  t.test(`found: ${fault}`, async t => {
    const violations = await checkConformance(await build())
    const found = violations.find(violation => title.test(violation.title))
    t.match(found, { request: String, problems: Array }, JSON.stringify(violations.map(({ title }) => title)))
    t.match(found?.problems.join('\n'), problem)
  })
}

t.test('after ready(), what needs a route or a hook of its own is left out, and said so', async t => {
  const app = await build(app => app.delete('/models', { schema: { body: Slug } }, async () => 'ok'))
  await app.ready()
  const warned = once(process, 'warning')
  t.strictSame(await checkConformance(app), [])
  t.match(String((await warned)[0]), /ScaiConformanceWarning: checkConformance was called after ready\(\)/)
})

t.test('a service without the plugin, that answers in every way, listens already', async t => {
  const app = Fastify()
  app.get('/chunks', (_request, reply) => {
    const { raw } = reply.hijack()
    raw.writeHead(404)
    raw.write('a')
    setTimeout(() => raw.end('b'), 20)
  })
  app.get('/parts', (_request, reply) => {
    const { raw } = reply.hijack()
    raw.writeHead(404, { 'content-length': 2 })
    raw.write('a')
    setTimeout(() => raw.end('b'), 20)
  })
  app.get('/endless', (_request, reply) => { reply.hijack().raw.socket?.end('HTTP/1.1 404 Not Found\r\n\r\nbye') })
  app.get('/twice', (_request, reply) => {
    reply.hijack().raw.socket?.end('HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nb')
  })
  app.get('/interim', (_request, reply) => {
    reply.hijack().raw.socket?.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\na')
  })
  app.get('/none', (_request, reply) => { reply.hijack().raw.socket?.end('no HTTP') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const problems = (await checkConformance(app)).flatMap(({ title, problems }) => problems.map(problem => `${title}: ${problem}`)).join('\n')
  t.match(problems, /after the answer came/)
  t.match(problems, /the connection ended without an answer/)
  t.match(problems, /the body must be the envelope/)
})

t.test('a route in skip may opt out', async t => {
  const app = await build(app => app.get('/alone', { config: { scaiErrors: false } }, async () => 'ok'))
  t.strictSame(await checkConformance(app, { skip: ['GET /alone'] }), [])
})
