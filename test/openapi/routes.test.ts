import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import responseValidation from '@fastify/response-validation'
import { validate } from '@readme/openapi-parser'
import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import t from 'tap'
import { z } from 'zod'
import scaiErrors, { ErrorEnvelopeSchema, defineErrors, errorCatalog, errorResponses, scaiServerOptions } from '../../src/index.js'
import type { ErrorEnvelope, ScaiErrorCode } from '../../src/index.js'
import { listen, serve } from '../fixtures/service.js'

interface Response {
  description: string
  headers?: Record<string, { schema: object, description: string }>
  content?: Record<string, { schema: object, example?: ErrorEnvelope, examples?: Record<string, { value: ErrorEnvelope }> }>
}
interface Document {
  components: { schemas: Record<string, { title?: string }> }
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>
}

const info = { title: 'A gateway', version: '1.0.0' }
const DOCUMENTS = {
  'OpenAPI 3.0': { openapi: { openapi: '3.0.3', info } },
  'OpenAPI 3.1': { openapi: { openapi: '3.1.0', info } },
  'Swagger 2': { swagger: { info } }
}

/** An app with both plugins. */
async function build ({ options = DOCUMENTS['OpenAPI 3.1'] as object, swaggerFirst = false } = {}): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions())
  if (swaggerFirst) await app.register(swagger, options)
  await app.register(scaiErrors)
  if (!swaggerFirst) await app.register(swagger, options)
  return app
}

/** The responses of an operation, in the document that the app has when it is ready. */
async function responsesOf (app: FastifyInstance, method: string, path: string): Promise<Record<string, Response>> {
  await app.ready()
  return (app.swagger() as unknown as Document).paths[path]![method]!.responses
}

/** The codes of a response that refers to the envelope. */
function codesOf (response: Response | undefined): string[] {
  const { allOf } = response!.content!['application/json']!.schema as { allOf: [object, { properties: { error: { properties: { code: { enum: string[] } } } } }] }
  return allOf[1].properties.error.properties.code.enum
}

const Slug = { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } }

function defineRoutes (app: FastifyInstance): void {
  app.get('/plain', async () => 'ok')
  app.get('/models/:slug', {
    schema: { params: Slug, operationId: 'getModel' },
    config: { scaiErrors: { codes: ['MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED', 'USER_NOT_FOUND', 'BACKEND_RATE_LIMITED'] } }
  }, async () => 'ok')
  app.post('/chat', {
    schema: {
      body: Slug,
      response: { 200: Slug, ...errorResponses('MODEL_NOT_FOUND', 'BACKEND_ERROR') }
    }
  }, async () => ({ slug: 'a' }))
  app.register(async child => {
    child.route({ method: ['PUT', 'PATCH'], url: '/', config: { scaiErrors: { codes: ['TENANT_SUSPENDED'] } }, handler: async () => 'ok' })
  }, { prefix: '/child' })
}

for (const [name, options] of Object.entries(DOCUMENTS)) {
  for (const swaggerFirst of [false, true]) {
    for (const exposeHeadRoutes of [false, true]) {
      t.test(`the document is valid ${name}, swagger registered ${swaggerFirst
        ? 'before'
        : 'after'}, HEAD routes ${exposeHeadRoutes ? 'shown' : 'hidden'}`, async t => {
        const app = await build({ options: { ...options, exposeHeadRoutes }, swaggerFirst })
        defineRoutes(app)
        await app.ready()
        const document = app.swagger() as unknown as Document
        t.match(await validate(structuredClone(document) as never), { valid: true })
        t.strictSame(Object.keys(document.paths['/models/{slug}']!['get']!.responses), ['200', '403', '404', '422', '429', '500'])
        t.strictSame(Object.keys(document.paths['/models/{slug}']!), exposeHeadRoutes ? ['get', 'head'] : ['get'])
      })
    }
  }
}

t.test('a status refers to the envelope, a component, and narrows its code to those that the route declares', async t => {
  const app = await build()
  defineRoutes(app)
  const { 404: missing } = await responsesOf(app, 'get', '/models/{slug}')
  t.equal(missing?.description, '`MODEL_NOT_FOUND`: The model does not exist\n\n`USER_NOT_FOUND`: The user does not exist')
  t.strictSame(missing!.content!['application/json'], {
    schema: {
      allOf: [
        { $ref: '#/components/schemas/def-0' },
        { properties: { error: { properties: { code: { enum: ['MODEL_NOT_FOUND', 'USER_NOT_FOUND'] } } } } }
      ]
    }
  })
  const { components } = app.swagger() as unknown as Document
  t.strictSame(Object.keys(components.schemas), ['def-0'])
  t.match(components.schemas['def-0'], {
    title: 'ScaiErrorEnvelope',
    properties: { meta: { properties: { request_id: { description: /x-request-id/ } } } }
  })
})

t.test('Retry-After is documented if a code has it', async t => {
  const app = await build()
  defineRoutes(app)
  const responses = await responsesOf(app, 'get', '/models/{slug}')
  for (const status of [403, 404, 422, 500]) t.equal(responses[status]!.headers, undefined)
  t.match(responses[429]!.headers, { 'Retry-After': { schema: { type: 'integer', minimum: 0 }, description: /Seconds/ } })
})

t.test('twenty routes of four error statuses take less than 30 KB', async t => {
  const app = await build()
  for (let i = 0; i < 20; i++) {
    app.get(`/v1/things-${i}`, {
      schema: { querystring: { type: 'object', properties: { limit: { type: 'integer' } } }, response: { 200: Slug } },
      config: { scaiErrors: { codes: ['AUTH_TOKEN_MISSING', 'AUTH_TOKEN_INVALID', 'MODEL_NOT_FOUND'] } }
    }, async () => ({ slug: 'a' }))
  }
  t.strictSame(Object.keys(await responsesOf(app, 'get', '/v1/things-0')), ['200', '401', '404', '422', '500'])
  t.ok(JSON.stringify(app.swagger()).length < 30_000)
})

const COMPONENT = { allOf: [{ $ref: /^#\/components\/schemas\/def-\d+$/ }, {}] }
const INLINE = { type: 'object', properties: { status: {}, error: {}, meta: {} } }

for (const [title, define, expected] of [
  ['the plugin in a scope, the document around it', async (app: FastifyInstance) => {
    await app.register(swagger, DOCUMENTS['OpenAPI 3.1'])
    app.register(async child => {
      await child.register(scaiErrors)
      child.get('/route', async () => 'ok')
    })
  }, COMPONENT],
  ['the document in a scope, the plugin around it', async (app: FastifyInstance) => {
    await app.register(scaiErrors)
    await app.register(async child => {
      await child.register(swagger, { ...DOCUMENTS['OpenAPI 3.1'], decorator: 'inner' as 'swagger' })
      child.get('/route', async () => 'ok')
      Object.assign(app, { swagger: () => (child as unknown as { inner: () => object }).inner() })
    })
  }, COMPONENT],
  ['two documents, one around the plugin and one in a scope', async (app: FastifyInstance) => {
    await app.register(swagger, DOCUMENTS['OpenAPI 3.1'])
    await app.register(scaiErrors)
    await app.register(async child => {
      await child.register(swagger, { ...DOCUMENTS['OpenAPI 3.1'], decorator: 'inner' as 'swagger' })
      child.get('/route', async () => 'ok')
      Object.assign(app, { other: () => (child as unknown as { inner: () => object }).inner() })
    })
    app.get('/other', async () => 'ok')
  }, COMPONENT],
  ['a schema of the user\'s that has the name', async (app: FastifyInstance) => {
    await app.register(swagger, DOCUMENTS['OpenAPI 3.1'])
    app.addSchema({ $id: 'ScaiErrorEnvelope', type: 'string' })
    await app.register(scaiErrors)
    app.get('/route', async () => 'ok')
  }, INLINE],
  ['a refResolver that keeps names', async (app: FastifyInstance) => {
    await app.register(scaiErrors)
    await app.register(swagger, { ...DOCUMENTS['OpenAPI 3.1'], refResolver: { buildLocalReference: json => String(json['$id']) } })
    app.get('/route', async () => 'ok')
  }, { allOf: [{ $ref: '#/components/schemas/ScaiErrorEnvelope' }, {}] }]
] as const) {
  t.test(`${title}: the document is valid`, async t => {
    const app = Fastify(scaiServerOptions())
    await define(app)
    const { 500: response } = await responsesOf(app, 'get', '/route')
    t.match(response!.content!['application/json']!.schema, expected)
    for (const document of [app.swagger, (app as { other?: typeof app.swagger }).other]) {
      if (document !== undefined) t.match(await validate(structuredClone(document()) as never), { valid: true })
    }
  })
}

t.test('INTERNAL_ERROR needs no declaration, nor do VALIDATION_ERROR with an input schema and parsing errors with a body', async t => {
  for (const [part, expected] of [
    ['none', ['200', '500']],
    ['body', ['200', '413', '415', '422', '500']],
    ['querystring', ['200', '422', '500']],
    ['query', ['200', '422', '500']],
    ['params', ['200', '422', '500']],
    ['headers', ['200', '422', '500']]
  ] as const) {
    const app = await build()
    app.post('/:slug', part === 'none' ? {} : { schema: { [part]: Slug } }, async () => 'ok')
    const responses = await responsesOf(app, 'post', '/{slug}')
    t.strictSame(Object.keys(responses), expected, part)
    t.strictSame(responses[200], { description: 'Default Response' }, 'as @fastify/swagger has it')
  }
})

t.test('the codes of errorResponses and the declared ones are combined; a status described otherwise stays as it is', async t => {
  const app = await build()
  app.get('/', {
    schema: {
      response: {
        ...errorResponses('MODEL_NOT_FOUND'),
        409: { type: 'object', description: 'Mine' },
        '5xx': { type: 'string', description: 'Mine' }
      }
    },
    config: { scaiErrors: { codes: ['USER_NOT_FOUND', 'SLUG_CONFLICT'] } }
  }, async () => 'ok')
  const responses = await responsesOf(app, 'get', '/')
  t.strictSame(codesOf(responses[404]), ['USER_NOT_FOUND', 'MODEL_NOT_FOUND'])
  t.equal(responses[409]?.description, 'Mine')
  t.equal(responses['5XX']?.description, 'Mine')
})

t.test('a route that opts out is not documented', async t => {
  const app = await build()
  app.get('/', { config: { scaiErrors: false } }, async () => 'ok')
  t.strictSame(Object.keys(await responsesOf(app, 'get', '/')), ['200'])
})

t.test('the example of every code is an envelope with all that it requires', async t => {
  for (const [code, row] of Object.entries(errorCatalog)) {
    const [schema] = Object.values<TSchema>(errorResponses(code as ScaiErrorCode))
    const [example] = schema!['examples'] as ErrorEnvelope[]
    t.ok(Value.Check(ErrorEnvelopeSchema, example), code)
    t.equal('details' in example!.error, row.details !== 'never')
    t.equal('retry_after' in example!.error, row.retryAfter === 'required')
  }
})

t.test('without the plugin, errorResponses alone documents its codes', async t => {
  const app = Fastify()
  await app.register(swagger, DOCUMENTS['OpenAPI 3.0'])
  app.get('/', { schema: { response: errorResponses('MODEL_NOT_FOUND', 'USER_NOT_FOUND', 'RATE_LIMITED') } }, async () => 'ok')
  const { 404: missing, 429: limited } = await responsesOf(app, 'get', '/')
  t.match(await validate(structuredClone(app.swagger()) as never), { valid: true })
  t.match(Object.values(missing!.content!['application/json']!.examples!).map(({ value }) => value.error.code), ['MODEL_NOT_FOUND', 'USER_NOT_FOUND'])
  t.match(limited!.content!['application/json']!.example, { error: { code: 'RATE_LIMITED' } })
  t.strictSame(Object.keys(limited!.headers!), ['x-request-id', 'Retry-After'])
})

t.test('declared codes change no serializer: the bodies of a scope stay complete', async t => {
  const { request } = await serve(t, app =>
    app.get('/', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async (_request, reply) => reply.code(404).send({ mine: true })), { errors: { normalizeReplies: false } })
  t.equal((await request('/')).text, '{"mine":true}')
})

t.test('a schema that routes share is not changed, and each has its own codes', async t => {
  const app = await build()
  const schema = { response: { 200: { type: 'string' } } }
  app.get('/a', { schema, config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } } }, async () => 'ok')
  app.get('/b', { schema, config: { scaiErrors: { codes: ['TENANT_SUSPENDED'] } } }, async () => 'ok')
  t.strictSame(Object.keys(await responsesOf(app, 'get', '/a')), ['200', '404', '500'])
  t.strictSame(Object.keys(await responsesOf(app, 'get', '/b')), ['200', '403', '500'])
  t.strictSame(Object.keys(schema.response), ['200'])
})

t.test('the service\'s own codes are documented', async t => {
  defineErrors({ SCAIQUEUE_SCOPE_PAUSED: { status: 409, message: 'This scope is paused' } })
  const app = await build()
  app.get('/', { config: { scaiErrors: { codes: ['SCAIQUEUE_SCOPE_PAUSED' as ScaiErrorCode] } } }, async () => 'ok')
  t.equal((await responsesOf(app, 'get', '/'))[409]?.description, '`SCAIQUEUE_SCOPE_PAUSED`: This scope is paused')
})

for (const [config, problem] of [
  [
    { codes: ['MODEL_NOT_FUND'] },
    /^GET \/models: config\.scaiErrors: unknown error code 'MODEL_NOT_FUND': did you mean 'MODEL_NOT_FOUND'\?/
  ],
  [{ codes: [undefined] }, /unknown error code undefined/],
  [{ codes: 'MODEL_NOT_FOUND' }, /^GET \/models: config\.scaiErrors must be false or { codes\?: .* }, got { codes: 'MODEL_NOT_FOUND' }/],
  [{ normalizeReplies: 'no' }, /must be false or/],
  [{ code: ['MODEL_NOT_FOUND'] }, /^GET \/models: config\.scaiErrors: unknown option 'code': did you mean 'codes'\?/],
  [['MODEL_NOT_FOUND'], /must be false or/],
  [null, /must be false or .* got null/],
  [true, /must be false or .* got true/]
] as const) {
  t.test(`${JSON.stringify(config)} is refused when the route is added`, async t => {
    const app = await build()
    t.throws(() => app.get('/models', { config: { scaiErrors: config as never } }, async () => 'ok'), { name: 'TypeError', message: problem })
  })
}

t.test('fastify-type-provider-zod: declared codes are documented beside Zod\'s schemas', async t => {
  for (const [openapi, swaggerFirst] of [['3.0.3', false], ['3.1.0', false], ['3.0.3', true], ['3.1.0', true]] as const) {
    const app = (await build({
      options: { openapi: { openapi, info }, transform: jsonSchemaTransform },
      swaggerFirst
    })).withTypeProvider<ZodTypeProvider>()
    app.setValidatorCompiler(validatorCompiler)
    app.setSerializerCompiler(serializerCompiler)
    app.post('/models/:slug', {
      schema: { params: z.object({ slug: z.string() }), response: { 200: z.object({ slug: z.string() }) } },
      config: { scaiErrors: { codes: ['MODEL_NOT_FOUND', 'RATE_LIMITED'] } }
    }, async (request, reply) => request.params.slug === 'a' ? { slug: 'a' } : reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/plain', async () => 'ok')

    const { request } = await listen(t, app as unknown as FastifyInstance)
    const responses = await responsesOf(app as unknown as FastifyInstance, 'post', '/models/{slug}')
    t.strictSame(Object.keys(responses), ['200', '404', '422', '429', '500'])
    t.strictSame(codesOf(responses[404]), ['MODEL_NOT_FOUND'])
    t.strictSame(Object.keys(responses[429]!.headers!), ['Retry-After'])
    t.match(await validate(structuredClone(app.swagger()) as never), { valid: true })
    t.equal((await request('/models/a', { method: 'POST' })).text, '{"slug":"a"}')
    t.equal((await request('/models/b', { method: 'POST' })).body.error.code, 'MODEL_NOT_FOUND')
  }
})

t.test('@fastify/response-validation compiles the schemas of errorResponses', async t => {
  const { request } = await serve(t, async app => {
    await app.register(responseValidation)
    app.get('/', { schema: { response: errorResponses('MODEL_NOT_FOUND', 'RATE_LIMITED') } }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  })
  t.equal((await request('/')).body.error.code, 'MODEL_NOT_FOUND')
})

t.test('@fastify/swagger-ui serves the document', async t => {
  const { request } = await serve(t, async app => {
    await app.register(swagger, DOCUMENTS['OpenAPI 3.1'])
    await app.register(swaggerUi, { routePrefix: '/docs' })
    defineRoutes(app)
  })
  t.equal((await request('/docs')).status, 200)
  t.match(await validate(JSON.parse((await request('/docs/json')).text)), { valid: true })
  t.match((await request('/docs/yaml')).text, /MODEL_ACCESS_DENIED/)
})
