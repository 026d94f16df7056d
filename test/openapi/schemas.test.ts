import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { expectTypeOf } from 'expect-type'
import Fastify from 'fastify'
import t from 'tap'
import { ErrorEnvelopeSchema, ScaiError, errorResponses } from '../../src/index.js'
import type { ErrorResponses } from '../../src/index.js'
import { serve } from '../fixtures/service.js'

t.test('codes of one status are grouped, in an enum', async t => {
  const responses = errorResponses('MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED', 'USER_NOT_FOUND', 'MODEL_NOT_FOUND')
  t.strictSame(Object.keys(responses), ['403', '404'])
  t.match(responses[404].properties.error.properties.code, {
    type: 'string',
    enum: ['MODEL_NOT_FOUND', 'USER_NOT_FOUND'],
    const: undefined,
    anyOf: undefined
  })
  t.match(responses[403].properties.error.properties.code, { enum: ['MODEL_ACCESS_DENIED'] })
})

t.test('each code is described', async t => {
  const { description } = errorResponses('MODEL_NOT_FOUND', 'USER_NOT_FOUND')[404]
  t.equal(description, '`MODEL_NOT_FOUND`: The model does not exist\n\n`USER_NOT_FOUND`: The user does not exist')
})

t.test('no codes, no responses', async t => {
  t.strictSame(errorResponses(), {})
})

t.test('an unknown code throws', async t => {
  t.throws(() => errorResponses('MODEL_NOT_FUND' as 'MODEL_NOT_FOUND'), {
    name: 'TypeError',
    message: "errorResponses: unknown error code 'MODEL_NOT_FUND': did you mean 'MODEL_NOT_FOUND'?"
  })
})

t.test('the envelope that is sent matches its schema, and nothing else does', async t => {
  const { request } = await serve(t, app => {
    app.get('/404', { schema: { response: errorResponses('MODEL_NOT_FOUND') } }, async () => { throw new ScaiError('MODEL_NOT_FOUND') })
    app.get('/422', async () => { throw new ScaiError('VALIDATION_ERROR', { details: [{ field: 'a', message: 'b' }] }) })
    app.get('/429', async () => { throw new ScaiError('RATE_LIMITED', { retryAfter: 1 }) })
  })
  for (const path of ['/404', '/422', '/429']) t.ok(Value.Check(ErrorEnvelopeSchema, (await request(path)).body), path)

  const { body } = await request('/429')
  for (const wrong of [
    { ...body, extra: 1 },
    { ...body, status: 'ok' },
    { ...body, error: { ...body.error, extra: 1 } },
    { ...body, error: { ...body.error, code: 'no-code' } },
    { ...body, error: { ...body.error, retry_after: 1.5 } },
    { ...body, error: { ...body.error, retry_after: null } },
    { ...body, meta: {} },
    { ...body, meta: { request_id: 'abc' } }
  ]) t.notOk(Value.Check(ErrorEnvelopeSchema, wrong), JSON.stringify(wrong))
})

t.test('a schema is typed for TypeBox 0.34, for TypeBox 1.x and by its keywords', async t => {
  interface Missing {
    status: 'error'
    error: {
      code: 'MODEL_NOT_FOUND' | 'USER_NOT_FOUND'
      message: string
      retry_after?: number
      details?: Array<{ field: string, message: string }>
    }
    meta: { request_id: string }
  }
  const { 404: schema } = errorResponses('MODEL_NOT_FOUND', 'USER_NOT_FOUND', 'SLUG_CONFLICT')
  expectTypeOf<Static<typeof schema>>().toEqualTypeOf<Missing>()
  expectTypeOf<(typeof schema)['~unsafe']>().toEqualTypeOf<Missing>()
  expectTypeOf(schema.properties.error.properties.code.enum).toEqualTypeOf<ReadonlyArray<'MODEL_NOT_FOUND' | 'USER_NOT_FOUND'>>()
  t.match(schema, { type: 'object' })
})

t.test('a module\'s code, whose status is any number, leaves the other statuses of a reply free', async t => {
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  app.get('/', {
    schema: {
      response: {
        202: Type.Object({ id: Type.String() }),
        ...errorResponses('BUNKER_NOT_FOUND', 'MODEL_NOT_FOUND')
      }
    }
  }, async (_request, reply) => {
    // @ts-expect-error not what 202 says
    reply.code(202).send({ id: 1 })
    return reply.code(202).send({ id: 'a' })
  })
  expectTypeOf<keyof ErrorResponses<'BUNKER_NOT_FOUND' | 'MODEL_NOT_FOUND'>>().toEqualTypeOf<404 | '4xx' | '5xx'>()
  t.strictSame(Object.keys(errorResponses('BUNKER_NOT_FOUND')), ['404'])
})
