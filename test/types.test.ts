import { Type } from '@sinclair/typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { expectTypeOf } from 'expect-type'
import Fastify from 'fastify'
import pino from 'pino'
import type { Logger } from 'pino'
import t from 'tap'
import scaiErrors, {
  ScaiError, defineErrors, errSerializer, errorCatalog, errorResponses, isScaiError, scaiServerOptions, toScaiError
} from '../src/index.js'
import type { DefinedErrors, ErrorEnvelope, ErrorResponses, ScaiErrorCode, ScaiErrorOptions } from '../src/index.js'

// What is wrong here doesn't compile: `npm test` runs tsc over it. At run time the functions are not called.

export const queueErrors = defineErrors({
  SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' },
  SCAIQUEUE_QUEUE_PAUSED: { status: 503, message: 'The queue is paused', retry: 'yes', retryAfter: 'required' },
  SCAISKILLS_VALIDATION_FAILED: { status: 422, message: 'The skill is not valid', details: 'optional' },
  // One of the 29: corrected, not added.
  BUNKER_NOT_RUNNING: { status: 425, message: 'The bunker is not running yet' }
})

declare module 'fastify-scai-errors' {
  interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
}

const details = [{ field: 'body', message: 'is required' }]

t.test('a misspelt property of a definition does not compile', async () => {
  return () => {
    // @ts-expect-error misspelt
    defineErrors({ SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full', retryafter: 'required' } })
    // @ts-expect-error missing
    defineErrors({ SCAIQUEUE_QUEUE_FULL: { status: 409 } })
    // @ts-expect-error no such retry class
    defineErrors({ SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full', retry: 'always' } })
  }
})

t.test('a code is one of the catalog', async () => {
  return () => {
    expectTypeOf<'MODEL_NOT_FOUND'>().toExtend<ScaiErrorCode>()
    expectTypeOf<'SCAIQUEUE_QUEUE_FULL'>().toExtend<ScaiErrorCode>()
    expectTypeOf<string>().not.toExtend<ScaiErrorCode>()
    // @ts-expect-error misspelt
    const error = new ScaiError('MODEL_NOT_FUND')
    return error
  }
})

t.test('an error has the literal status of its code', async () => {
  return () => {
    expectTypeOf(new ScaiError('MODEL_NOT_FOUND').statusCode).toEqualTypeOf<404>()
    expectTypeOf(new ScaiError('SCAIQUEUE_QUEUE_FULL').statusCode).toEqualTypeOf<409>()
    expectTypeOf(new ScaiError('BUNKER_NOT_FOUND').statusCode).toEqualTypeOf<number>()
    expectTypeOf(new ScaiError('BUNKER_NOT_RUNNING').statusCode).toEqualTypeOf<number>()
    expectTypeOf(new ScaiError('MODEL_NOT_FOUND').code).toEqualTypeOf<'MODEL_NOT_FOUND'>()
    expectTypeOf(errorCatalog.MODEL_NOT_FOUND.status).toEqualTypeOf<404>()
    expectTypeOf(toScaiError(null)).toEqualTypeOf<ScaiError>()
  }
})

t.test('retryAfter is required, optional or forbidden by the code', async () => {
  return (code: ScaiErrorCode) => [
    new ScaiError('RATE_LIMITED', { retryAfter: 1 }),
    new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: new Date() }),
    new ScaiError('SCAIQUEUE_QUEUE_PAUSED', { retryAfter: '30' }),
    new ScaiError('QUOTA_EXCEEDED', { retryAfter: 1 }),
    new ScaiError('QUOTA_EXCEEDED'),
    new ScaiError('SERVICE_UNAVAILABLE', { retryAfter: undefined }),
    new ScaiError('BACKEND_ERROR', { retryAfter: 1 }),
    new ScaiError('BACKEND_TIMEOUT', { retryAfter: 1 }),
    new ScaiError('NO_SUITABLE_WORKER', { retryAfter: 1 }),
    new ScaiError(code),
    // @ts-expect-error required
    new ScaiError('RATE_LIMITED'),
    // @ts-expect-error required
    new ScaiError('BACKEND_RATE_LIMITED', { message: 'Slow down' }),
    // @ts-expect-error required
    new ScaiError('SCAIQUEUE_QUEUE_PAUSED'),
    // @ts-expect-error a 404 carries none
    new ScaiError('MODEL_NOT_FOUND', { retryAfter: 1 }),
    // @ts-expect-error neither does a 409
    new ScaiError('SCAIQUEUE_QUEUE_FULL', { retryAfter: 1 })
  ]
})

t.test('details are required, optional or forbidden by the code', async () => {
  return () => [
    new ScaiError('VALIDATION_ERROR', { details }),
    new ScaiError('SCAISKILLS_VALIDATION_FAILED', { details }),
    new ScaiError('SCAISKILLS_VALIDATION_FAILED'),
    // @ts-expect-error required
    new ScaiError('VALIDATION_ERROR'),
    // @ts-expect-error required
    new ScaiError('VALIDATION_ERROR', { message: 'No' }),
    // @ts-expect-error a 404 carries none
    new ScaiError('MODEL_NOT_FOUND', { details }),
    // @ts-expect-error a detail has a field
    new ScaiError('VALIDATION_ERROR', { details: [{ message: 'No' }] })
  ]
})

t.test('options of a misspelt name do not compile', async () => {
  return () => {
    // @ts-expect-error misspelt
    const error = new ScaiError('BACKEND_ERROR', { retry_after: 1 })
    const options: ScaiErrorOptions<'BACKEND_ERROR'> = {
      message: 'Down',
      retryAfter: 1,
      cause: error,
      context: { a: 1 },
      headers: { a: 'b' }
    }
    // @ts-expect-error misspelt
    Fastify().register(scaiErrors, { maxDetail: 1 })
    // @ts-expect-error misspelt
    scaiServerOptions({ loger: true })
    return options
  }
})

t.test('isScaiError narrows to the given code', async () => {
  return (value: unknown) => {
    if (isScaiError(value)) expectTypeOf(value).toEqualTypeOf<ScaiError>()
    if (isScaiError(value, 'MODEL_NOT_FOUND')) expectTypeOf(value.statusCode).toEqualTypeOf<404>()
  }
})

t.test('scaiServerOptions keeps the types of the server and of the logger', async () => {
  return () => {
    const plain = Fastify(scaiServerOptions())
    expectTypeOf(plain).toEqualTypeOf(Fastify())
    expectTypeOf(Fastify(scaiServerOptions({ logger: true }))).toEqualTypeOf(Fastify({ logger: true }))
    expectTypeOf(Fastify(scaiServerOptions({ loggerInstance: pino() })).log).toEqualTypeOf<Logger>()
    expectTypeOf(Fastify(scaiServerOptions({ https: {} }))).toEqualTypeOf(Fastify({ https: {} }))
    expectTypeOf(Fastify(scaiServerOptions({ http2: true }))).toEqualTypeOf(Fastify({ http2: true }))
    expectTypeOf(Fastify(scaiServerOptions({ http2: true, https: {} }))).toEqualTypeOf(Fastify({ http2: true, https: {} }))
  }
})

t.test('errSerializer is one for pino and for the option logger', async () => {
  Fastify({ logger: { serializers: { err: errSerializer } } })
  pino({ serializers: { err: errSerializer } })
})

t.test('reply.scaiError can be returned from every kind of handler', async () => {
  return () => {
    const app = Fastify(scaiServerOptions()).withTypeProvider<TypeBoxTypeProvider>()
    const schema = {
      params: Type.Object({ slug: Type.String() }),
      response: {
        200: Type.Object({ slug: Type.String() }),
        ...errorResponses('MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED', 'BUNKER_NOT_FOUND')
      }
    }
    app.get('/async/:slug', { schema }, async (request, reply) => {
      if (request.params.slug === '') return reply.scaiError('MODEL_NOT_FOUND')
      // @ts-expect-error misspelt
      if (request.params.slug === 'x') return reply.scaiError('MODEL_NOT_FUND')
      return { slug: request.params.slug }
    })
    app.get('/sync', { schema }, (_request, reply) => { reply.scaiError('RATE_LIMITED', { retryAfter: 1 }) })
    Fastify().get('/plain', (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    Fastify(scaiServerOptions({ http2: true })).get('/http2', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    // @ts-expect-error required
    app.get('/missing', (_request, reply) => reply.scaiError('RATE_LIMITED'))
  }
})

t.test('error responses are typed by status', async () => {
  return (responses: ErrorResponses<'MODEL_NOT_FOUND' | 'USER_NOT_FOUND' | 'MODEL_ACCESS_DENIED'>) => {
    expectTypeOf(errorResponses('MODEL_NOT_FOUND', 'USER_NOT_FOUND', 'MODEL_ACCESS_DENIED')).toEqualTypeOf(responses)
    expectTypeOf(responses).toHaveProperty(404)
    expectTypeOf(responses).toHaveProperty(403)
    expectTypeOf(responses[404].static.error.code).toEqualTypeOf<'MODEL_NOT_FOUND' | 'USER_NOT_FOUND'>()
    expectTypeOf(responses[403].static.error.code).toEqualTypeOf<'MODEL_ACCESS_DENIED'>()
    expectTypeOf<ErrorEnvelope['status']>().toEqualTypeOf<'error'>()
    expectTypeOf<ErrorEnvelope['error']['retry_after']>().toEqualTypeOf<number | undefined>()
    // @ts-expect-error misspelt
    errorResponses('MODEL_NOT_FUND')
  }
})

t.test('a route declares codes of the catalog', async () => {
  return () => {
    const app = Fastify(scaiServerOptions())
    const handler = async (): Promise<string> => 'ok'
    app.get('/codes', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND', 'SCAIQUEUE_QUEUE_FULL'] } } }, handler)
    app.get('/left', { config: { scaiErrors: false } }, handler)
    // @ts-expect-error misspelt
    app.get('/misspelt', { config: { scaiErrors: { codes: ['MODEL_NOT_FUND'] } } }, handler)
  }
})
