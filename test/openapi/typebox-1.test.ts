import { expectTypeOf } from 'expect-type'
import t from 'tap'
import { TypeBoxValidatorCompiler } from 'type-provider-typebox-6'
import type { TypeBoxTypeProvider } from 'type-provider-typebox-6'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'
import { errorResponses } from '../../src/index.js'
import { serve } from '../fixtures/service.js'

t.test('errorResponses stands beside schemas of TypeBox 1.x, in a route of its type provider', async t => {
  const { request } = await serve(t, app => {
    app.withTypeProvider<TypeBoxTypeProvider>().setValidatorCompiler(TypeBoxValidatorCompiler).post('/models/:slug', {
      schema: {
        params: Type.Object({ slug: Type.String() }),
        body: Type.Object({ size: Type.Integer() }),
        response: { 200: Type.Object({ slug: Type.String() }), ...errorResponses('MODEL_NOT_FOUND', 'BUNKER_NOT_FOUND') }
      }
    }, async (request, reply) => {
      expectTypeOf(request.body.size).toEqualTypeOf<number>()
      if (request.params.slug === 'none') return reply.scaiError('MODEL_NOT_FOUND')
      // @ts-expect-error not what 200 says
      reply.code(200).send({ slug: 1 })
      // @ts-expect-error not an envelope
      reply.code(404).send({ slug: 'a' })
      return reply.code(200).send({ slug: request.params.slug })
    })
  })
  const post = (path: string, body: string): ReturnType<typeof request> =>
    request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  t.equal((await post('/models/none', '{"size":1}')).body.error.code, 'MODEL_NOT_FOUND')
  t.match((await post('/models/a', '{"size":"1"}')).body.error, { code: 'VALIDATION_ERROR', details: [{ field: 'size' }] })
})

t.test('TypeBox 1.x reads the type of an error response, and checks it', async t => {
  const { 404: schema } = errorResponses('MODEL_NOT_FOUND', 'USER_NOT_FOUND')
  expectTypeOf<Static<typeof schema>['error']['code']>().toEqualTypeOf<'MODEL_NOT_FOUND' | 'USER_NOT_FOUND'>()
  const envelope = { status: 'error', error: { code: 'MODEL_NOT_FOUND', message: 'None' }, meta: { request_id: 'req_a' } }
  t.ok(Value.Check(schema, envelope))
  t.notOk(Value.Check(schema, { ...envelope, status: 'fail' }))
  t.notOk(Value.Check(schema, { ...envelope, error: { code: 'BUDGET_NOT_FOUND', message: 'None' } }))
})
