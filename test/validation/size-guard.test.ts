import { once } from 'node:events'
import http2 from 'node:http2'
import AjvCompiler from '@fastify/ajv-compiler'
import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { collectingValidatorOf, withCollectingValidators } from '../../src/validation/collecting-validator.js'
import type { AjvOptions, Validator } from '../../src/validation/collecting-validator.js'
import { guardSizes } from '../../src/validation/size-guard.js'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import type { ErrorEnvelope } from '../../src/index.js'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
const seed = Number(process.env['FUZZ_SEED'] ?? 20251124)

/** What a dear keyword or format was asked about. */
let asked: unknown[] = []
const ask = (value: unknown): boolean => {
  asked.push(value)
  return false
}
const keywords = [
  { keyword: 'byValidate', type: 'string', validate: (_schema: unknown, value: unknown) => ask(value) },
  { keyword: 'byCompile', type: 'string', compile: () => ask },
  { keyword: 'byMacro', type: 'string', macro: () => ({ format: 'dear' }) },
  { keyword: 'ofNumber', type: 'number', validate: (_schema: unknown, value: unknown) => ask(value) },
  { keyword: 'ofList', type: 'array', validate: (_schema: unknown, value: unknown) => ask(value) },
  { keyword: 'ofObject', type: 'object', validate: (_schema: unknown, value: unknown) => ask(value) }
]
const customOptions = { strict: false, logger: false, discriminator: true, keywords, formats: { dear: ask } }

const LIMIT = { type: 'string', maxLength: 3 }
const SHARED = {
  limit: { $id: 'limit', ...LIMIT },
  costly: { $id: 'costly', type: 'string', format: 'dear' },
  short: { $id: 'short', type: 'object', properties: { a: LIMIT } },
  node: { $id: 'node', type: 'object', properties: { next: { $ref: 'node#' }, v: { allOf: [{ $ref: 'limit#' }, { $ref: 'costly#' }] } } },
  big: { $id: 'big', type: 'object', maxProperties: 1, propertyNames: { format: 'dear' }, additionalProperties: { format: 'dear' } }
}

function compile (schema: object, options: object = {}): { first: Validator, collecting: Validator } {
  const all = withCollectingValidators({ customOptions: { ...customOptions, ...options } } as AjvOptions)
  const build = AjvCompiler()
  const first = (build(SHARED as never, { plugins: [], ...all } as never) as unknown as (part: { schema: object }) => Validator)({ schema })
  const collecting = collectingValidatorOf(first, () => SHARED)?.validator
  if (collecting === undefined) throw new Error('does not compile a second time')
  return { first, collecting }
}

const long = 'long enough'
const guarded: Array<[title: string, schema: object, data: unknown]> = [
  ['a format', { ...LIMIT, format: 'dear' }, long],
  ['a keyword with validate', { ...LIMIT, byValidate: true }, long],
  ['a keyword with compile', { ...LIMIT, byCompile: true }, long],
  ['a keyword that is a macro', { ...LIMIT, byMacro: true }, long],
  ['allOf', { allOf: [LIMIT, { format: 'dear' }] }, long],
  ['allOf of a reference to the limit', { allOf: [{ $ref: 'limit#' }, { format: 'dear' }] }, long],
  ['allOf of a reference to what is dear', { allOf: [LIMIT, { $ref: 'costly#' }] }, long],
  ['allOf of references', { allOf: [{ $ref: 'limit#' }, { $ref: 'costly#' }] }, long],
  ['a reference beside', { $ref: 'limit#', format: 'dear' }, long],
  ['a schema that refers to itself', { $ref: 'node#' }, { next: { next: { v: long } } }],
  ['if and then', { type: 'string', if: { minLength: 1 }, then: { maxLength: 3 }, format: 'dear' }, long],
  ['within then', { if: { type: 'string' }, then: { maxLength: 3, format: 'dear' } }, long],
  ['an alternative', { anyOf: [{ ...LIMIT, format: 'dear' }, { type: 'number' }] }, long],
  ['a union behind a limit', { allOf: [LIMIT, { oneOf: [{ format: 'dear' }, { type: 'number' }] }] }, long],
  ['not', { allOf: [LIMIT, { not: { format: 'dear' } }] }, long],
  [
    'a discriminator',
    {
      type: 'object',
      discriminator: { propertyName: 'k' },
      required: ['k'],
      oneOf: [{ properties: { k: { const: 'a' }, v: { ...LIMIT, format: 'dear' } } }, { properties: { k: { const: 'b' } } }]
    },
    { k: 'a', v: long }
  ],
  ['items', { type: 'array', maxItems: 1, items: { format: 'dear' } }, ['a', 'b']],
  ['contains', { type: 'array', maxItems: 1, contains: { format: 'dear' } }, ['a', 'b']],
  ['a keyword of lists', { type: 'array', maxItems: 1, ofList: true }, ['a', 'b']],
  ['a keyword of objects', { type: 'object', maxProperties: 1, ofObject: true }, { a: 1, b: 2 }],
  ['names, and other properties', { type: 'object', properties: { o: { $ref: 'big#' } } }, { o: { a: 'x', b: 'y' } }],
  ['the limit of a name', { type: 'object', propertyNames: { maxLength: 3, format: 'dear' } }, { [long]: 1 }],
  ['properties by pattern', { type: 'object', maxProperties: 1, patternProperties: { '.': { format: 'dear' } } }, { a: 'x', b: 'y' }],
  ['dependencies', { type: 'object', maxProperties: 1, dependencies: { a: { properties: { b: { format: 'dear' } } } } }, { a: 1, b: 'x' }],
  [
    'another schema of the same property', { allOf: [{ properties: { a: LIMIT } }, { properties: { a: { format: 'dear' } } }] },
    { a: long }
  ],
  ['a reference, and a property beside it', { $ref: 'short#', properties: { a: { format: 'dear' } } }, { a: long }],
  [
    'then, and a property beside it',
    { if: { type: 'object' }, then: { properties: { a: LIMIT } }, properties: { a: { format: 'dear' } } }, { a: long }
  ],
  [
    'dependencies, and a property beside them',
    { type: 'object', dependencies: { a: { properties: { a: LIMIT } } }, properties: { a: { format: 'dear' } } }, { a: long }
  ],
  [
    'a property by its name and by a pattern',
    { type: 'object', properties: { a: LIMIT }, patternProperties: { a: { format: 'dear' } } }, { a: long }
  ],
  ['an object below which a limit has failed', { type: 'object', allOf: [{ properties: { b: LIMIT } }], ofObject: true }, { b: long }],
  ['a list below which a limit has failed', { type: 'array', allOf: [{ items: LIMIT }], ofList: true }, [long]],
  [
    'what the names are limited for',
    { type: 'object', propertyNames: { maxLength: 3 }, patternProperties: { '.': { format: 'dear' } } }, { [long]: 'x' }
  ],
  [
    'other properties, whose names are limited',
    { type: 'object', propertyNames: { maxLength: 3 }, additionalProperties: { format: 'dear' } }, { [long]: 'x' }
  ],
  ['one of the items', { type: 'array', items: LIMIT, contains: { format: 'dear' } }, [long]],
  ['what stands behind a union that fails', { allOf: [{ anyOf: [LIMIT, { type: 'null' }] }, { format: 'dear' }] }, long],
  [
    'what stands behind a union within one',
    { allOf: [{ oneOf: [{ anyOf: [LIMIT, { type: 'null' }] }, { type: 'null' }] }, { format: 'dear' }] }, long
  ],
  ['a keyword beside a union that fails', { anyOf: [LIMIT, { type: 'null' }], byValidate: true }, long],
  ['a keyword beside the limit of a name', { type: 'object', propertyNames: { maxLength: 3, byValidate: true } }, { [long]: 1 }],
  [
    'what the names may be', { type: 'object', propertyNames: { enum: ['a'] }, patternProperties: { '.': { format: 'dear' } } },
    { [long]: 'x' }
  ],
  ['a number that is too large', { type: 'number', maximum: 3, ofNumber: true }, 4],
  ['what is none of the values', { allOf: [{ enum: ['x'] }, { format: 'dear' }] }, long],
  ['what is not the value', { allOf: [{ const: 'x' }, { byCompile: true }] }, long],
  ['what must not be', { allOf: [{ not: { minLength: 4 } }, { format: 'dear' }] }, long],
  ['every item that is too long', { type: 'array', items: { ...LIMIT, format: 'dear' } }, [long, long]]
]

t.test('what a size keyword protects is not evaluated by the collecting validator, either', async t => {
  for (const [title, schema, data] of guarded) {
    const { first, collecting } = compile(schema)
    asked = []
    t.equal(first(structuredClone(data)), false, title)
    t.strictSame(asked, [], `${title}, by Fastify's own`)
    t.match(collecting(structuredClone(data)), { error: Array }, title)
    t.strictSame(asked, [], `${title}, for all errors`)
  }
})

t.test('what no size keyword protects is evaluated', async t => {
  for (const [schema, data, values] of [
    [{ type: 'array', items: { ...LIMIT, format: 'dear' } }, [long, 'a', long, 'b'], ['a', 'b']],
    [{ type: 'object', properties: { a: LIMIT, b: { format: 'dear' } } }, { a: long, b: long }, [long]],
    [{ anyOf: [{ ...LIMIT, type: 'string' }, { format: 'dear' }] }, long, [long]],
    [{ type: 'string', minLength: 20, format: 'dear' }, long, [long]],
    [{ allOf: [{ anyOf: [LIMIT, { type: 'string' }] }, { format: 'dear' }] }, long, [long]],
    [{ type: 'object', not: { required: ['a'] }, properties: { a: { format: 'dear' } } }, { a: long }, [long]],
    [{ type: 'object', propertyNames: { maxLength: 3 }, properties: { a: { format: 'dear' } } }, { [long]: 1, a: long }, [long]]
  ] as const) {
    asked = []
    compile(schema).collecting(structuredClone(data))
    t.strictSame(asked, values, JSON.stringify(schema))
  }
})

t.test('the same with keywords of later drafts', async t => {
  for (const [schema, data] of [
    [{ type: 'object', maxProperties: 1, properties: { a: true }, unevaluatedProperties: { format: 'dear' } }, { a: 1, b: 'x' }],
    [{ type: 'array', maxItems: 1, unevaluatedItems: { format: 'dear' } }, ['a', 'b']],
    [{ type: 'object', maxProperties: 1, dependentSchemas: { a: { properties: { b: { format: 'dear' } } } } }, { a: 1, b: 'x' }]
  ] as const) {
    const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false, formats: { dear: ask } })
    const clear = guardSizes(ajv as never)
    const validate = ajv.compile(schema)
    asked = []
    clear()
    t.notOk(validate(structuredClone(data)))
    t.strictSame(asked, [], JSON.stringify(schema))
  }
})

const text = fc.record({
  type: fc.constant('string'),
  maxLength: fc.constantFrom(1, 2, 3),
  byValidate: fc.constant(true)
}, { requiredKeys: ['type', 'maxLength'] })
const { schema } = fc.letrec<{ schema: object }>(tie => ({
  schema: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom<object>({ $ref: 'limit#' }, { $ref: 'node#' }, { type: 'integer' }, { const: 'a' }),
    fc.record({
      type: fc.constant('array'),
      maxItems: fc.nat(3),
      uniqueItems: fc.boolean(),
      items: tie('schema'),
      contains: tie('schema')
    }, { requiredKeys: ['type'] }),
    fc.record({
      type: fc.constant('object'),
      maxProperties: fc.nat(3),
      properties: fc.dictionary(fc.constantFrom('a', 'b', 'v'), tie('schema')),
      propertyNames: text,
      additionalProperties: tie('schema'),
      required: fc.subarray(['a', 'b'])
    }, { requiredKeys: ['type'] }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }),
    fc.record({ not: tie('schema') })
  )
}))
const { data } = fc.letrec<{ data: unknown }>(tie => ({
  data: fc.oneof({ depthSize: 'small' },
    fc.constantFrom<unknown>('a', 'aa', 'abcd', 'abcdef', 1, 2.5, true, null),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'v', 'long'), tie('data'), { maxKeys: 4 })
  )
}))

t.test(`Ajv alone decides what is valid, whatever is guarded (${numRuns} runs, seed ${seed})`, async t => {
  const asLongAs = {
    keyword: 'byValidate',
    type: 'string' as const,
    validate: (_schema: unknown, value: string) => !value.startsWith('ab')
  }
  const options = { strict: false, logger: false as const, allErrors: true, keywords: [asLongAs] }
  fc.assert(fc.property(schema, data, (schema, data) => {
    const plain = new Ajv({ ...options, schemas: SHARED as never, formats: { dear: true } })
    const ajv = new Ajv({ ...options, formats: { dear: true } })
    const clear = guardSizes(ajv as never)
    for (const shared of Object.values(SHARED)) ajv.addSchema(shared)
    const validate = ajv.compile(schema)
    clear()
    return validate(structuredClone(data)) === plain.compile(schema)(structuredClone(data))
  }), { numRuns, seed })
})

t.test('of every part, over HTTP/1 and HTTP/2, and of a body without a length', async t => {
  const part = { type: 'object', properties: { v: { ...LIMIT, format: 'dear' } } }
  for (const isHttp2 of [false, true]) {
    const options = { ajv: { customOptions: customOptions as object } }
    const app: FastifyInstance = isHttp2
      ? Fastify(scaiServerOptions({ ...options, http2: true })) as never
      : Fastify(scaiServerOptions(options))
    await app.register(scaiErrors)
    app.post('/:v', {
      schema: {
        params: part,
        body: { ...part, required: ['a', 'b'] },
        querystring: part,
        headers: part
      }
    }, async () => 'ok')
    t.teardown(() => app.close())
    const url = await app.listen({ host: '127.0.0.1', port: 0 })

    const send = async (headers: Record<string, string>): Promise<unknown> => {
      const body = JSON.stringify({ v: long })
      const post = { 'content-type': 'application/json', v: long, ...headers }
      if (!isHttp2) return await (await fetch(`${url}/${long}?v=${long}`, { method: 'POST', headers: post, body })).json()
      const client = http2.connect(url)
      const stream = client.request({ ':method': 'POST', ':path': `/${encodeURIComponent(long)}?v=${encodeURIComponent(long)}`, ...post })
      stream.end(body)
      const [chunks] = await Promise.all([stream.toArray(), once(stream, 'end')])
      client.close()
      return JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as unknown
    }
    asked = []
    const length = { 'content-length': String(JSON.stringify({ v: long }).length) }
    const fields = ({ error }: ErrorEnvelope): unknown => error.details?.map(({ field }) => field)
    t.strictSame(fields(await send(length) as ErrorEnvelope), ['path.v', 'a', 'b', 'v', 'query.v', 'header.v'])
    if (isHttp2) t.strictSame(fields(await send({}) as ErrorEnvelope), ['path.v'], 'its size is not known')
    t.strictSame(asked, [])
  }
})
