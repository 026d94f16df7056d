import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import auth from '@fastify/auth'
import basicAuth from '@fastify/basic-auth'
import bearerAuth from '@fastify/bearer-auth'
import circuitBreaker from '@fastify/circuit-breaker'
import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import csrf from '@fastify/csrf-protection'
import etag from '@fastify/etag'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import httpProxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import responseValidation from '@fastify/response-validation'
import sensible from '@fastify/sensible'
import sse from '@fastify/sse'
import statics from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import underPressure from '@fastify/under-pressure'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyServerOptions } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import t from 'tap'
import { z } from 'zod'
import scaiErrors, { ScaiError, errorResponses, scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorsOptions } from '../../src/index.js'
import { checkConformance } from '../../src/testing.js'
import type { ConformanceOptions } from '../../src/testing.js'
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

/** Some twenty plugins that may answer, or touch an answer. */
async function addTwentyPlugins (app: FastifyInstance): Promise<void> {
  await app.register(helmet)
  await app.register(cors, { origin: true })
  await app.register(compress, { threshold: 0 })
  await app.register(etag)
  await app.register(cookie, { secret: 'secret' })
  await app.register(csrf)
  await app.register(formbody)
  await app.register(multipart)
  await app.register(sensible)
  await app.register(rateLimit, { max: 1000 })
  await app.register(underPressure, { maxEventLoopDelay: 60_000 })
  await app.register(circuitBreaker, { threshold: 1000 })
  await app.register(jwt, { secret: 'secret' })
  await app.register(auth)
  await app.register(basicAuth, { validate: async () => {} })
  await app.register(bearerAuth, { keys: ['secret'], addHook: false })
  await app.register(sse as unknown as FastifyPluginAsync)
  await app.register(websocket)
  await app.register(swagger, {})
  await app.register(swaggerUi, { routePrefix: '/docs' })
  await app.register(statics, { root: import.meta.dirname, prefix: '/files/' })
  await app.register(responseValidation)
  app.get('/login', { preHandler: app.auth([app.basicAuth]) }, async () => 'ok')
  app.get('/broken-circuit', { preHandler: app.circuitBreaker() }, async () => 'ok')
  app.get('/socket', { websocket: true }, () => {})
}

/** What is behind a proxy: a service that knows nothing of the envelope. */
async function startUpstream (app: FastifyInstance): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  app.addHook('onClose', async () => { server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const CLEAN: Record<string, () => Promise<FastifyInstance>> = {
  'a plain service': () => build(),
  'a service over TLS': () => build(() => {}, { server: { https: testCertificate } as object }),
  'a service whose connections have one request each': () => build(() => {}, { server: { maxRequestsPerSocket: 1 } }),
  'a service over HTTP/2': () => build(() => {}, { server: { http2: true, https: testCertificate } as object }),
  'a service over HTTP/2 in clear text': () => build(() => {}, { server: { http2: true } as object }),
  'a service over HTTP/2 and HTTP/1': () =>
    build(() => {}, { server: { http2: true, https: { ...testCertificate, allowHTTP1: true } } as object }),
  'a service with TypeBox\'s provider': () => build(app => app.register(async child => {
    child.setValidatorCompiler(TypeBoxValidatorCompiler).withTypeProvider<TypeBoxTypeProvider>().put('/models', {
      schema: { body: Type.Object({ size: Type.Integer() }), response: errorResponses('MODEL_NOT_FOUND') }
    }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  })),
  'a service with Zod\'s provider': () => build(app => app.register(async child => {
    child.setValidatorCompiler(validatorCompiler)
    child.setSerializerCompiler(serializerCompiler)
    child.withTypeProvider<ZodTypeProvider>().put('/models', {
      schema: { body: z.object({ size: z.int() }), response: { 200: z.object({ size: z.int() }) } }
    }, async ({ body }) => body)
  })),
  'a service with twenty plugins': () => build(addTwentyPlugins),
  'a proxy': () => build(async app => app.register(httpProxy, { upstream: await startUpstream(app), prefix: '/proxy' })),
  'a proxy whose upstream is down': () => build(app => app.register(httpProxy, { upstream: 'http://127.0.0.1:1', prefix: '/proxy' })),
  'a service that wants credentials': () => build(app => app.register(async child => {
    child.addHook('onRequest', async () => { throw new ScaiError('AUTH_TOKEN_MISSING') })
    child.get('/private', async () => 'ok')
  })),
  'a service that wants credentials for all': async () => {
    const app = Fastify(scaiServerOptions())
    app.addHook('onRequest', async () => { throw new ScaiError('AUTH_TOKEN_MISSING') })
    await app.register(scaiErrors)
    return app.get('/', async () => 'ok')
  },
  'a service with hooks and listeners that answer by themselves': () => build(app => {
    app.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string' && payload.startsWith('{') ? payload.replace('{', '{"took":1,') : payload)
    app.server.on('checkExpectation', (_request, response) => { response.writeHead(417).end('no') })
    app.server.prependListener('request', (request, response) => { if (request.url === '/') response.writeHead(404).end('none') })
  }),
  'a service without x-should-retry': () => build(() => {}, { errors: { shouldRetryHeader: false } }),
  'a service with one scope without x-should-retry': () => build(app => app.register(async child => {
    await child.register(scaiErrors, { shouldRetryHeader: false })
    child.get('/child', async () => 'ok')
  }))
}

/** One fault of a service, and what must be found of it. */
interface Fault {
  build: () => Promise<FastifyInstance>
  options?: ConformanceOptions
  title: RegExp
  problem: RegExp
}

const SEEDED: Record<string, Fault> = {
  'an error handler that is set after ours': {
    build: () => build(app => { app.setErrorHandler((_error, _request, reply) => { reply.raw.writeHead(200).end('fine') }) }),
    title: /hook that throws/,
    problem: /an error was expected, got status 200/
  },
  'an error handler that sends the message of what was thrown': {
    build: () => build(app => app.register(async child => {
      child.setErrorHandler(error => { throw new ScaiError('INTERNAL_ERROR', { message: (error as FastifyError).message }) })
      child.post('/child', { schema: { body: Slug } }, async () => 'ok')
      child.get('/child', async () => 'ok')
    })),
    title: /a preHandler hook that throws/,
    problem: /what was thrown or sent got out/
  },
  'normalizeReplies: false': {
    build: () => build(() => {}, { errors: { normalizeReplies: false } }),
    title: /an object that is sent/,
    problem: /what was thrown or sent got out/
  },
  'normalizeReplies: false in a scope': {
    build: () => build(app => app.register(async child => {
      await child.register(scaiErrors, { normalizeReplies: false })
      child.get('/child', async () => 'ok')
    })),
    title: /a text that is sent/,
    problem: /what was thrown or sent got out/
  },
  'a route that opts out': {
    build: () => build(app => app.get('/alone', { config: { scaiErrors: false } }, async () => 'ok')),
    title: /opts out/,
    problem: /list the route in skip/
  },
  'a route whose bodies pass': {
    build: () => build(app => app.get('/alone', { config: { scaiErrors: { normalizeReplies: false } } }, async () => 'ok')),
    title: /opts out/,
    problem: /list the route in skip/
  },
  'a proxy that passes bodies': {
    build: () => build(app => app.register(async child => {
      await child.register(scaiErrors, { normalizeReplies: false })
      await child.register(httpProxy, { upstream: await startUpstream(app), prefix: '/proxy' })
    })),
    title: /a plain GET/,
    problem: /the body must be the envelope, got '<h1>Not Found/
  },
  'no plugin': { build: async () => Fastify(), title: /an unknown route/, problem: /the catalog/ },
  'no plugin, and a not-found handler of its own': {
    build: async () => Fastify().setNotFoundHandler((_request, reply) => { reply.code(418).send() }),
    title: /an unknown route/,
    problem: /no code of the catalog has the status 418/
  },
  'no scaiServerOptions()': {
    build: async () => {
      const app = Fastify()
      await app.register(scaiErrors)
      return app.get('/', async () => 'ok')
    },
    title: /bytes that are no HTTP/,
    problem: /content-type/
  },
  'no scaiServerOptions(), while it closes': {
    build: async () => {
      const app = Fastify()
      await app.register(scaiErrors)
      return app.get('/', async () => 'ok')
    },
    title: /while the service closes/,
    problem: /the body must have the keys status, error, meta/
  },
  'connections that are cut when it closes': {
    build: async () => {
      const app = Fastify(scaiServerOptions({ forceCloseConnections: true }))
      await app.register(scaiErrors)
      app.get('/private', { onRequest: async () => { throw new ScaiError('AUTH_TOKEN_MISSING') } }, async () => 'ok')
      return app.get('/', async () => 'ok')
    },
    title: /while the service closes/,
    problem: /^no answer came before the connection ended$/m
  },
  'another code while it closes': {
    build: () => build(app => {
      let closing = false
      app.addHook('preClose', async () => { closing = true })
      app.addHook('onRequest', async () => { if (closing) throw new ScaiError('SERVICE_UNAVAILABLE', { retryAfter: 9 }) })
    }),
    title: /while the service closes/,
    problem: /^error\.retry_after must be 1, got 9\nerror\.code must be 'SERVICE_DRAINING', got 'SERVICE_UNAVAILABLE'$/m
  },
  'a raw answer while it closes': {
    build: () => build(app => {
      let closing = false
      app.addHook('preClose', async () => { closing = true })
      app.addHook('onRequest', (_request, reply, done) => {
        if (closing) reply.hijack().raw.socket!.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
        done()
      })
    }),
    title: /while the service closes/,
    problem: /the header connection must be 'close', got undefined/
  },
  'an onSend hook that lets caches keep all': {
    build: () => build(app => { app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'public') }) }),
    title: /an unknown route/,
    problem: /the header cache-control must be 'no-store', got 'public'/
  },
  'an onSend hook that takes the id away': {
    build: () => build(app => { app.addHook('onSend', async (_request, reply) => { reply.removeHeader('x-request-id') }) }),
    title: /an unknown route/,
    problem: /the header x-request-id must be an id like req_…, got undefined/
  },
  'a listener of upgrade that answers nothing': {
    build: () => build(app => { app.server.on('upgrade', () => {}) }),
    options: { patience: 500 },
    title: /a handshake/,
    problem: /^no answer came in time$/m
  },
  'a listener of upgrade that answers no HTTP': {
    build: () => build(app => { app.server.on('upgrade', (_request, socket) => { socket.end('hello') }) }),
    title: /a handshake/,
    problem: /^no answer came before the connection ended, but 'hello'$/m
  },
  'ids that are all the same': {
    build: () => build(() => {}, { server: { genReqId: () => 'req_a' } }),
    title: /three requests at once/,
    problem: /two answers have the same x-request-id/
  },
  'a connection that ends after its first answer': {
    build: () => build(app => { app.addHook('onSend', async (_request, reply) => { reply.header('connection', 'close') }) }),
    title: /three requests at once/,
    problem: /1 of 3 answers came before the connection ended/
  },
  'a listener of connect that answers by itself': {
    build: () => build(app => {
      app.server.on('connect', (_request, socket) => { socket.end('HTTP/1.1 405 Not Allowed\r\ncontent-length: 0\r\n\r\nhello') })
    }),
    title: /CONNECT/,
    problem: /the body must be the envelope, got ''[^]*^after the answer came 'hello'$/m
  },
  'a clientErrorHandler of its own': {
    build: () => build(() => {}, { server: { clientErrorHandler: (_error, socket) => { socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') } } }),
    title: /bytes that are no HTTP/,
    problem: /the body must be the envelope, got ''/
  },
  'a frameworkErrors of its own, that answers raw': {
    build: () => build(() => {}, {
      server: { frameworkErrors: (_error, _request, reply) => { reply.raw.socket!.end('HTTP/1.1 400 Bad Request\r\n\r\n') } }
    }),
    title: /a badly encoded URL/,
    problem: /the body must be the envelope/
  },
  'a frameworkErrors of its own, that sends another code': {
    build: () => build(() => {}, {
      server: { frameworkErrors: () => { throw new ScaiError('NOT_FOUND') } }
    }),
    title: /a badly encoded URL/,
    problem: /error\.code must be 'BAD_REQUEST', got 'NOT_FOUND'/
  }
}

// Side by side, which takes a while for each.
t.jobs = 8
const PATIENT = { patience: 30_000 }

for (const [title, build] of Object.entries(CLEAN)) {
  t.test(`clean: ${title}`, { buffered: true }, async t => {
    t.strictSame(await checkConformance(await build(), PATIENT), [])
  })
}

for (const [fault, { build, options = PATIENT, title, problem }] of Object.entries(SEEDED)) {
  t.test(`found: ${fault}`, { buffered: true }, async t => {
    const violations = await checkConformance(await build(), options)
    const found = violations.filter(violation => title.test(violation.title))
    t.match(found[0], { request: String, problems: Array }, JSON.stringify(violations.map(({ title }) => title)))
    t.match(found.flatMap(({ problems }) => problems).join('\n'), problem)
  })
}

t.test('after ready(), checks that need routes or hooks are left out, with a warning', async t => {
  for (const isListening of [false, true]) {
    const app = await build(app => app.delete('/models', { schema: { body: Slug } }, async () => 'ok'))
    if (isListening) await app.listen({ host: '127.0.0.1', port: 0 })
    else await app.ready()
    const warned = once(process, 'warning')
    t.strictSame(await checkConformance(app), [])
    t.match(String((await warned)[0]), /ScaiConformanceWarning: checkConformance was called after ready\(\)/)
  }
})

t.test('anything but an app is refused', async t => {
  for (const value of [build(), null]) {
    await t.rejects(checkConformance(value as never), {
      name: 'TypeError',
      message: /^checkConformance: expected a Fastify app, got .*: is an await missing\?$/s
    })
  }
})

t.test('a misspelt option is refused', async t => {
  await t.rejects(checkConformance(Fastify(), { skips: ['/proxy/*'] } as {}), {
    name: 'TypeError',
    message: "checkConformance: unknown option 'skips': did you mean 'skip'?"
  })
})

t.test('a violation shows its request, but not all of an oversized one', async t => {
  const violations = await checkConformance(Fastify())
  const [unknown, oversized] = ['an unknown route', 'oversized headers'].map(wanted => violations.find(({ title }) => title === wanted)!.request)
  t.equal(unknown, 'GET /scai-conformance/unknown HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.match(oversized, /^GET .*x{800}… \(70\d{3} characters\)$/s)
})

t.test('a route in skip may opt out', async t => {
  const app = await build(app => app.get('/alone', { config: { scaiErrors: false } }, async () => 'ok'))
  t.strictSame(await checkConformance(app, { skip: ['GET /alone'] }), [])
})
