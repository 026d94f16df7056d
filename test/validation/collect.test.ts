import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify'
import t from 'tap'
import { collectReports } from '../../src/validation/collect.js'
import { traitsOf } from '../../src/validation/collecting-validator.js'
import { ScaiError, isScaiError } from '../../src/index.js'
import type { ErrorDetail } from '../../src/index.js'
import { json, serve } from '../fixtures/service.js'
import type { Init } from '../fixtures/service.js'

const REQUIRED = 'is required'
const NO_ALTERNATIVE = 'does not match any of the allowed alternatives'
const Dog = Type.Object({ kind: Type.Literal('dog'), bark: Type.String(), age: Type.Integer() })
const Cat = Type.Object({ kind: Type.Literal('cat'), meow: Type.String() })
const Pet = Type.Union([Dog, Cat])

const cases: Array<[title: string, schema: object, body: unknown, details: ErrorDetail[]]> = [
  [
    'every missing property', Type.Object({ a: Type.String(), b: Type.String() }), {},
    [{ field: 'a', message: REQUIRED }, { field: 'b', message: REQUIRED }]
  ],
  [
    'faults in a list', Type.Object({ list: Type.Array(Type.Object({ a: Type.Integer() })) }), { list: [{}, { a: 1 }, { a: 'x' }] },
    [{ field: 'list.0.a', message: REQUIRED }, { field: 'list.2.a', message: 'must be an integer' }]
  ],
  [
    'the branch that a constant points at', Pet, { kind: 'dog' },
    [{ field: 'bark', message: REQUIRED }, { field: 'age', message: REQUIRED }]
  ],
  ['the other branch', Pet, { kind: 'cat' }, [{ field: 'meow', message: REQUIRED }]],
  ['a constant that points at none', Pet, { kind: 'bird' }, [{ field: 'kind', message: 'must be one of: "dog", "cat"' }]],
  ['no constant at all', Pet, {}, [{ field: 'kind', message: REQUIRED }]],
  ['something else than an object', Type.Object({ pet: Pet }), { pet: [] }, [{ field: 'pet', message: 'must be an object' }]],
  [
    'a union in a list', Type.Object({ pets: Type.Array(Pet) }), { pets: [{ kind: 'cat' }, { kind: 'bird' }] },
    [{ field: 'pets.0.meow', message: REQUIRED }, { field: 'pets.1.kind', message: 'must be one of: "dog", "cat"' }]
  ],
  [
    'branches behind references',
    { anyOf: [{ $ref: '#/definitions/dog' }, { $ref: '#/definitions/cat' }], definitions: { dog: Dog, cat: Cat } }, { kind: 'dog' },
    [{ field: 'bark', message: REQUIRED }, { field: 'age', message: REQUIRED }]
  ],
  [
    'a list of constants',
    {
      type: 'object',
      anyOf: [{ properties: { kind: { enum: ['a', 'b'] } }, required: ['x'] }, { properties: { kind: { const: 'c' } }, required: ['y'] }]
    },
    { kind: 'b' }, [{ field: 'x', message: REQUIRED }]
  ],
  [
    'a union without constants',
    Type.Object({ a: Type.Union([Type.Object({ b: Type.String() }), Type.Object({ c: Type.String() })]) }), { a: {} },
    [{ field: 'a', message: NO_ALTERNATIVE }]
  ],
  [
    'a union behind a reference to itself',
    {
      type: 'object',
      properties: { next: { $ref: '#/definitions/node' } },
      definitions: {
        node: {
          type: 'object',
          properties: { next: { anyOf: [{ $ref: '#/definitions/node' }, { type: 'null' }] }, id: { type: 'integer' } },
          required: ['id']
        }
      }
    },
    { next: { id: 1, next: { next: null } } }, [{ field: 'next.next.id', message: REQUIRED }]
  ],
  [
    'a type or a constant', { type: 'object', properties: { a: { anyOf: [{ type: 'number' }, { const: 'auto' }] } } }, { a: {} },
    [{ field: 'a', message: NO_ALTERNATIVE }]
  ],
  [
    'constants that are numbers', Type.Object({ a: Type.Union([Type.Literal(1), Type.Literal(2)]) }), { a: {} },
    [{ field: 'a', message: 'must be one of: 1, 2' }]
  ],
  [
    'a branch that allows nothing', { type: 'object', anyOf: [false, Dog] }, { kind: 'dog' },
    [{ field: 'bark', message: REQUIRED }, { field: 'age', message: REQUIRED }]
  ],
  [
    'a property called __proto__',
    { type: 'object', properties: JSON.parse('{"a":{"type":"string"},"__proto__":{"type":"string"}}'), required: ['a'] }, {},
    [{ field: 'a', message: REQUIRED }]
  ]
]

t.test('all errors of a body are reported at once', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, body]] of cases.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  })
  for (const [index, [title, , body, details]] of cases.entries()) {
    t.strictSame(
      (await request(`/${index}`, json(body))).body.error?.details,
      details,
      title
    )
  }
})

t.test('all errors of all parts are reported at once, and none that Fastify accepts', async t => {
  const { request } = await serve(t, app => app.post('/:slug', {
    schema: {
      params: Type.Object({ slug: Type.String({ minLength: 2 }) }),
      querystring: Type.Object({ limit: Type.Integer(), tags: Type.Optional(Type.Array(Type.String())) }),
      headers: { type: 'object', required: ['X-Tenant-Id'] },
      body: Type.Object({ a: Type.String() })
    }
  }, async ({ query, body }) => ({ query, body })))
  t.strictSame((await request('/a?limit=x', json({}))).body.error.details, [
    { field: 'path.slug', message: 'path parameter must have at least 2 characters' },
    { field: 'a', message: REQUIRED },
    { field: 'query.limit', message: 'query parameter must be an integer' },
    { field: 'header.x-tenant-id', message: 'header is required' }
  ])
  const headers = { 'x-tenant-id': 't1' }
  t.strictSame((await request('/ab?limit=x&tags=a', json({ a: 'b' }, { headers }))).body.error.details, [{
    field: 'query.limit',
    message: 'query parameter must be an integer'
  }])
  t.strictSame(JSON.parse((await request('/ab?limit=5&tags=a', json({ a: 'b', b: 1 }, { headers }))).text), {
    query: { limit: 5, tags: ['a'] },
    body: { a: 'b', b: 1 }
  })
})

const two = Type.Object({ a: Type.String(), b: Type.String() })
const FIRST = [{ field: 'a', message: REQUIRED }]
const BOTH = [...FIRST, { field: 'b', message: REQUIRED }]

t.test('of large input, or of input of unknown size, only the first error is reported', async t => {
  const { request } = await serve(t, app => app.post('/', { schema: { body: two } }, async () => 'ok'), { errors: { allErrorsLimit: 100 } })
  const details = async (init: Init) => (await request('/', init)).body.error.details
  t.strictSame(await details(json({})), BOTH)
  t.strictSame(await details(json({ c: 'x'.repeat(100) })), FIRST)
  t.strictSame(await details(json({}, { headers: { 'transfer-encoding': 'chunked' } })), FIRST)
  t.strictSame(await details(json({}, { headers: { 'content-encoding': 'identity' } })), FIRST)
})

const bounds: Array<[title: string, schema: object, body: unknown, details: ErrorDetail[]]> = [
  [
    'thousands of errors', Type.Array(Type.Object({ a: Type.String(), b: Type.String() })),
    Array.from({ length: 2501 }, () => ({})), [{ field: '0.a', message: REQUIRED }]
  ],
  [
    'a few less', Type.Array(Type.Object({ a: Type.String(), b: Type.String() })), Array.from({ length: 2 }, () => ({})),
    [0, 1].flatMap(index => ['a', 'b'].map(name => ({ field: `${index}.${name}`, message: REQUIRED })))
  ],
  [
    'unions in each other, without end',
    {
      $ref: '#/definitions/expr',
      definitions: {
        expr: {
          anyOf: ['a', 'b', 'c'].map(op =>
            ({
              type: 'object',
              required: ['op', 'args'],
              properties: { args: { type: 'array', items: { $ref: '#/definitions/expr' } }, op: { const: op } }
            }))
        }
      }
    },
    nested(9, inner => ({ op: 'x', args: [inner] })), [{ field: 'body', message: NO_ALTERNATIVE }]
  ],
  [
    'lists in each other, deep',
    { $ref: '#/definitions/list', definitions: { list: { type: 'array', minItems: 2, items: { $ref: '#/definitions/list' } } } },
    nested(110, inner => [inner]), [{ field: 'body', message: 'must have at least 2 items' }]
  ],
  [
    'lists in each other, less deep',
    { $ref: '#/definitions/list', definitions: { list: { type: 'array', minItems: 2, items: { $ref: '#/definitions/list' } } } },
    [[], [[]]],
    [
      { field: '0', message: 'must have at least 2 items' }, { field: '1', message: 'must have at least 2 items' },
      { field: '1.0', message: 'must have at least 2 items' }
    ]
  ]
]

function nested (depth: number, around: (inner: unknown) => unknown): unknown {
  return depth === 0 ? [] : around(nested(depth - 1, around))
}

t.test('of input that would take long, only the first error is reported', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, body]] of bounds.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  })
  for (const [index, [title, , body, details]] of bounds.entries()) {
    t.strictSame(
      (await request(`/${index}`, json(body))).body.error?.details,
      details,
      title
    )
  }
})

t.test('looking for more errors leaves the input as Fastify does', async t => {
  const properties = {
    a: { type: 'integer' },
    bad: { type: 'integer' },
    b: { type: 'array', items: { type: 'integer' } },
    c: { type: 'object', properties: { d: { type: 'string', default: 'x' } }, additionalProperties: false }
  }
  const bare: FastifyInstance = Fastify()
  t.teardown(() => bare.close())
  const seen = new Map([[bare, [] as unknown[]]])
  const { app, request } = await serve(t, async app => {
    seen.set(app, [])
    for (const server of [bare, app]) {
      const look = ({ body, query }: FastifyRequest): void => {
        seen.get(server)?.push(structuredClone({ body, query: { ...query as object } }))
      }
      for (const part of ['body', 'querystring']) {
        server.post(`/${part}`, { schema: { [part]: { type: 'object', properties } }, attachValidation: true }, async request => {
          look(request)
          throw request.validationError
        })
      }
      server.addHook('onSend', async request => look(request))
    }
  })
  for (const [path, input, field] of [
    ['/body', { a: '1', bad: 'x', b: '2', c: { e: 1 } }, 'bad'],
    ['/querystring?a=1&bad=x&b=2', {}, 'query.bad']
  ] as const) {
    await bare.inject({ method: 'POST', url: path, payload: input })
    t.strictSame((await request(path, json(input))).body.error.details?.map(({ field }) => field), [field])
    t.strictSame(seen.get(app), seen.get(bare), path)
    t.match(
      seen.get(bare)?.at(-1),
      path === '/body' ? { body: { ...input, a: 1 } } : { query: { a: 1, b: '2' } },
      'changed up to the fault'
    )
  }
})

t.test('with attachValidation, the handler has an error that it can send, with the first detail', async t => {
  const { request } = await serve(t, app =>
    app.post('/', { schema: { body: two }, attachValidation: true }, async ({ validationError, body }) =>
      ({ is: isScaiError(validationError, 'VALIDATION_ERROR'), ...validationError, details: (validationError as unknown as ScaiError).details, body })))
  const { status, text } = await request('/', json({ c: 1 }))
  const { is, code, details, validationContext, body } = JSON.parse(text)
  t.strictSame({
    status,
    is,
    code,
    details,
    validationContext,
    body
  }, { status: 200, is: true, code: 'VALIDATION_ERROR', details: FIRST, validationContext: 'body', body: { c: 1 } })
})

t.test('the error of a schemaErrorFormatter of the server, a scope or a route is sent', async t => {
  const formatted = (name: string) =>
    (issues: unknown[]): Error => Object.assign(new Error(`${name} ${issues.length}`), { statusCode: name === 'server' ? 400 : 409 })
  const { request } = await serve(t, app => {
    app.post('/', { schema: { body: two } }, async () => 'ok')
    app.post('/route', { schema: { body: two }, schemaErrorFormatter: formatted('route') }, async () => 'ok')
    app.post('/own', { schema: { body: two }, schemaErrorFormatter: () => new ScaiError('SLUG_CONFLICT') }, async () => 'ok')
    app.register(async child => {
      child.setSchemaErrorFormatter(formatted('scope'))
      child.post('/scope', { schema: { body: two } }, async () => 'ok')
    })
  }, { server: { schemaErrorFormatter: formatted('server') } })
  const answer = async (path: string): Promise<unknown> => {
    const { code, message, details } = (await request(path, json({}))).body.error
    return { code, message, details }
  }
  t.strictSame(await answer('/'), {
    code: 'VALIDATION_ERROR',
    message: 'The request is not valid',
    details: [{ field: 'body', message: 'server 2' }]
  })
  t.strictSame(await answer('/route'), { code: 'CONFLICT', message: 'The request conflicts with the current state of the resource', details: undefined })
  t.strictSame(await answer('/scope'), { code: 'CONFLICT', message: 'The request conflicts with the current state of the resource', details: undefined })
  t.strictSame(await answer('/own'), { code: 'SLUG_CONFLICT', message: 'This slug is already in use', details: undefined })
})

const IDENTIFIED = { $id: 'identified', ...two }

const routes: Array<[title: string, options: RouteShorthandOptions, details: ErrorDetail[]]> = [
  ['a schema for each media type', { schema: { body: { content: { 'application/json': { schema: two } } } } }, BOTH],
  [
    'a validator that returns an error',
    { schema: { body: two }, validatorCompiler: () => () => ({ error: new Error('No good') }) } as unknown as RouteShorthandOptions,
    [{ field: 'body', message: 'No good' }]
  ],
  [
    'a validator that throws when it is asked again',
    {
      schema: { body: two, querystring: two },
      validatorCompiler: ({ httpPart }: { httpPart: string }) =>
        httpPart === 'body' ? () => ({ error: [{ message: 'No good' }] }) : () => { throw new Error('broken') }
    } as unknown as RouteShorthandOptions,
    [{ field: 'body', message: 'No good' }]
  ],
  [
    'another part whose validator says more',
    {
      schema: { body: two, querystring: two },
      validatorCompiler: ({ httpPart }: { httpPart: string }) =>
        () => ({ error: httpPart === 'body' ? [{ message: 'No good' }] : new Error('Odd') })
    } as unknown as RouteShorthandOptions,
    [{ field: 'body', message: 'No good' }, { field: 'query', message: 'query parameter Odd' }]
  ],
  [
    'a validator that only says no',
    {
      schema: { body: two, querystring: two },
      validatorCompiler: ({ httpPart }: { httpPart: string }) =>
        httpPart === 'body' ? () => ({ error: [{ message: 'No good' }] }) : () => false
    } as unknown as RouteShorthandOptions,
    [{ field: 'body', message: 'No good' }]
  ],
  [
    'a validator that returns a text',
    { schema: { body: two }, validatorCompiler: () => () => ({ error: 'No good' }) } as unknown as RouteShorthandOptions,
    [{ field: 'body', message: 'No good' }]
  ],
  ['a schema with a member that is undefined', { schema: { body: { allOf: [{ $ref: 'shared-two#' }], description: undefined } } }, BOTH],
  ['a schema with an $id', { schema: { body: IDENTIFIED } }, BOTH],
  ['the same schema with an $id', { schema: { body: IDENTIFIED } }, BOTH],
  [
    'another schema with this $id, elsewhere',
    { schema: { querystring: { ...IDENTIFIED, $id: 'other', required: ['a'] }, body: IDENTIFIED } },
    [...BOTH, { field: 'query.a', message: 'query parameter is required' }]
  ],
  ['an asynchronous schema', { schema: { body: { $async: true, ...two } } }, FIRST]
]

t.test('validators of all kinds', async t => {
  const { request } = await serve(t, (app: FastifyInstance) => {
    app.addSchema({ $id: 'shared-two', ...two })
    for (const [index, [, options]] of routes.entries()) app.post(`/${index}`, options, async () => 'ok')
  })
  for (const [index, [title, , details]] of routes.entries()) {
    t.strictSame(
      (await request(`/${index}`, json({}))).body.error?.details,
      details,
      title
    )
  }
})

t.test('a collecting validator has the options, plugins and shared schemas of its validator', async t => {
  const created: unknown[] = []
  const { request } = await serve(t, app => {
    app.addSchema({ $id: 'even', type: 'object', properties: { n: { isEven: true }, m: { isEven: true } }, required: ['x'] })
    app.post('/', { schema: { body: { $ref: 'even#' } } }, async () => 'ok')
  }, {
    server: {
      ajv: {
        customOptions: {
          keywords: [{
            keyword: 'isEven',
            validate: (_schema: unknown, value: unknown) => Number(value) % 2 === 0
          }]
        } as object,
        onCreate: ajv => { created.push(ajv) }
      }
    }
  })
  t.strictSame((await request('/', json({ n: 1, m: 1 }))).body.error.details?.map(({ field }) => field), ['x', 'n', 'm'])
  t.equal(created.length, 2)
})

t.test('if the collecting validator does not compile, the first error is reported', async t => {
  let compiled = 0
  const { request } = await serve(t, app => app.post('/', { schema: { body: two } }, async () => 'ok'), {
    server: { ajv: { plugins: [(ajv: { compile: unknown }) => { if (compiled++ > 0) throw new Error('not again'); return ajv }] as never } }
  })
  t.strictSame((await request('/', json({}))).body.error.details, FIRST)
})

t.test('with allErrors or JTD, there are no collecting validators', async t => {
  const { request } = await serve(t, app => app.post('/', { schema: { body: two } }, async () => 'ok'), { server: { ajv: { customOptions: { allErrors: true } } } })
  t.strictSame((await request('/', json({}))).body.error.details, BOTH)
  const jtd = await serve(t, app =>
    app.post('/', { schema: { body: { properties: { a: { type: 'string' } } } } }, async () => 'ok'), { server: { ajv: { mode: 'JTD' } } })
  t.equal((await jtd.request('/', json({}))).body.error.code, 'VALIDATION_ERROR')
})

t.test('a part without a validator has the known errors', async t => {
  const issues = [{ keyword: 'required', instancePath: '', params: { missingProperty: 'a' } }]
  t.strictSame(collectReports('body', issues, {
    small: true,
    limit: 10,
    schemas: () => ({}),
    validatorOf: () => undefined,
    dataOf: () => ({}),
    formatter: () => undefined
  }), [{ context: 'body', issues, origin: { data: {} } }])
})

t.test('an error that the collecting validator does not reach is reported anyway', async t => {
  const strict = { type: 'object', properties: { a: {} }, required: ['a'], additionalProperties: false }
  const body = { type: 'object', anyOf: [strict, { type: 'object', required: ['b'] }], properties: { b: { type: 'integer' } } }
  const { request } = await serve(t, app => app.post('/', { schema: { body } }, async () => 'ok'))
  t.strictSame((await request('/', json({ b: 'x' }))).body.error.details?.[0], { field: 'b', message: 'must be an integer' })
})

t.test('a schema that cannot be searched may hold values of the input', async t => {
  const schema: { self?: object } = {}
  schema.self = schema
  t.ok(traitsOf(Object.assign(() => false, { schema })).quotesInput)
})

t.test('a name may be __proto__, and a body anything', async t => {
  const { request } = await serve(t, app => {
    app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.post('/', {
      schema: {
        querystring: Type.Object({ limit: Type.Integer() }),
        body: { type: 'object', required: ['a', 'b'] }
      }
    }, async () => 'ok')
  })
  t.strictSame((await request('/?__proto__=1&limit=x', json({ a: 1, b: 1 }))).body.error.details, [{
    field: 'query.limit',
    message: 'query parameter must be an integer'
  }])
  t.strictSame(
    (await request('/?limit=1', { method: 'POST', body: 'x', headers: { 'content-type': 'application/octet-stream' } })).body.error.details,
    BOTH
  )
})

t.test('an error that is thrown as a failed validation may be about any part', async t => {
  const { request } = await serve(t, app => {
    app.post('/', async () => {
      throw Object.assign(new Error('No'), { statusCode: 400, validation: [{ message: 'is stale' }], validationContext: 'cookies' })
    })
    app.post('/custom', {
      schema: { body: two, querystring: two },
      validatorCompiler: ({ httpPart }: { httpPart: string }) => () => httpPart === 'body' ? { error: [{ message: 'No good' }] } : undefined
    } as unknown as RouteShorthandOptions, async () => 'ok')
  })
  t.strictSame((await request('/', json({}))).body.error.details, [{ field: 'body', message: 'is stale' }])
  t.strictSame((await request('/custom', json({}))).body.error.details, [{ field: 'body', message: 'No good' }])
})
