import { once } from 'node:events'
import http2 from 'node:http2'
import AjvCompiler from '@fastify/ajv-compiler'
import { Ajv, _ } from 'ajv'
import type { KeywordCxt } from 'ajv'
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

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 200)
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
  {
    keyword: 'byCode',
    type: ['string', 'array'],
    code: (context: KeywordCxt) => { context.fail(_`!${context.gen.scopeValue('func', { ref: ask })}(${context.data})`) }
  },
  {
    keyword: 'allItems',
    type: 'array',
    code (context: KeywordCxt) {
      const { gen, data } = context
      const [valid, areValid] = [gen.name('valid'), gen.let('areValid', true)]
      gen.forRange('i', 0, _`${data}.length`, i => {
        context.subschema({ keyword: 'allItems', dataProp: i, dataPropType: 0, compositeRule: true }, valid)
        gen.if(_`!${valid}`, () => gen.assign(areValid, false).break())
      })
      context.pass(areValid, () => { context.error(true) })
    }
  },
  { keyword: 'ofAny', validate: (_schema: unknown, value: unknown) => ask(value) },
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

type Build = (part: { schema: object }) => Validator
const builds = new Map<string, Build>()

/** One instance of Ajv for each set of options: to make one costs far more than to compile a schema. */
function compile (schema: object, options: object = {}): { first: Validator, collecting: Validator } {
  const key = JSON.stringify(options)
  const build = builds.get(key) ?? AjvCompiler()(SHARED as never, {
    plugins: [],
    ...withCollectingValidators({ customOptions: { ...customOptions, ...options } } as AjvOptions)
  } as never) as unknown as Build
  builds.set(key, build)
  const first = build({ schema })
  const collecting = collectingValidatorOf(first, () => SHARED)?.validator
  if (collecting === undefined) throw new Error('does not compile a second time')
  return { first, collecting }
}

const long = 'long enough'
const dear = { format: 'dear' }
const ofKind = (kind: string, properties: object = { v: dear }): object =>
  ({ type: 'object', properties: { k: { const: kind }, ...properties }, required: ['k'] })
const ofLimited = (name: string): object => ({ required: [name], properties: { v: LIMIT } })
const nested = (depth: number): object => depth === 0 ? { w: 'x' } : { n: nested(depth - 1) }
const guarded: Array<[title: string, schema: object, data: unknown, options?: object]> = [
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
  ['alternatives of another kind', { oneOf: [ofKind('a'), ofKind('b'), ofKind('c')] }, { k: 'd', v: long }],
  ['alternatives of another kind than the one that fails', { anyOf: [ofKind('a'), ofKind('b', { v: LIMIT })] }, { k: 'b', v: long }],
  [
    'alternatives of another kind, behind references',
    { anyOf: [{ $ref: '#/definitions/a' }, { $ref: '#/definitions/b' }], definitions: { a: ofKind('a'), b: ofKind('b', { v: LIMIT }) } },
    { k: 'b', v: long }, { inlineRefs: false }
  ],
  [
    'alternatives of another kind, in one of another kind',
    { anyOf: [ofKind('a', { v: { anyOf: [ofKind('c', { w: dear })] } }), ofKind('b')] }, { k: 'c', v: { k: 'c', w: long } }
  ],
  [
    'alternatives that lack something',
    { anyOf: [{ type: 'object', required: ['a'], properties: { v: dear } }, { type: 'object', required: ['b'], properties: { v: dear } }] },
    { v: long }
  ],
  [
    'alternatives of another type, by their values',
    { anyOf: [{ properties: { v: { type: 'number' }, w: dear } }, { enum: [1, null] }, { properties: { v: { enum: [2] }, w: dear } }] },
    { v: long, w: long }
  ],
  ['items after one that fails, of which one must not', { type: 'array', contains: { allOf: [{ type: 'number' }, dear] } }, [long, long]],
  ['what must not be, of a property', { allOf: [{ properties: { v: LIMIT } }, { not: { properties: { v: dear } } }] }, { v: long }],
  ['what must not be, behind a reference', { allOf: [LIMIT, { not: { $ref: 'costly#' } }] }, long, { inlineRefs: false }],
  ['a condition for a property', { allOf: [{ properties: { v: LIMIT } }, { if: { properties: { v: dear } }, then: {} }] }, { v: long }],
  [
    'other properties that are removed',
    { type: 'object', allOf: [{ properties: { v: LIMIT } }, { additionalProperties: dear }] }, { v: long }, { removeAdditional: 'failing' }
  ],
  [
    'a limit of names behind a reference',
    { type: 'object', propertyNames: { allOf: [{ $ref: 'limit#' }, dear] } }, { [long]: 1 }, { inlineRefs: false }
  ],
  ['items of a list that must not be', { allOf: [{ not: { minItems: 2 } }, { items: dear }] }, ['a', 'b']],
  ['a keyword of lists that must not be', { allOf: [{ not: { minItems: 2 } }, { type: 'array', ofList: true }] }, ['a', 'b']],
  ['a keyword with code', { allOf: [{ enum: ['x'] }, { byCode: true }] }, long],
  ['a keyword with code, of a list below which a limit has failed', { allOf: [{ items: LIMIT }, { byCode: true }] }, [long]],
  ['items that a keyword with code asks', { type: 'array', items: LIMIT, allItems: dear }, [long]],
  ['what stands behind a keyword with code', { type: 'array', allOf: [{ allItems: LIMIT }, { items: dear }] }, [long]],
  [
    'a keyword of objects below which an enumeration has failed',
    { allOf: [{ properties: { b: { enum: ['x'] } } }, { ofObject: true }] }, { b: long }
  ],
  ['a property that may not be there', { properties: { a: false }, patternProperties: { a: dear } }, { a: long }],
  ['what is of another type', { allOf: [{ type: 'number' }, dear] }, long],
  ['a property of another type, by a pattern', { properties: { a: { type: 'number' } }, patternProperties: { a: dear } }, { a: long }],
  ['a keyword of any type, where it is another one', { type: 'number', ofAny: true }, long],
  ['what several alternatives match', { allOf: [{ oneOf: [{ minLength: 1 }, { minLength: 2 }] }, dear] }, long],
  [
    'what a limit protects that has failed itself',
    { properties: { limit: { type: 'number', multipleOf: 10 }, v: { maxLength: { $data: '1/limit' }, format: 'dear' } } },
    { limit: 99, v: long }, { $data: true }
  ],
  [
    'what a limit protects that is none',
    { properties: { v: { maxLength: { $data: '1/limit' }, format: 'dear' } } }, { limit: 'x', v: long }, { $data: true }
  ],
  ['a property whose name looks like another place', { properties: { 'a#value': LIMIT, a: LIMIT } }, { a: long }],
  [
    'what stands behind unions nested deep',
    {
      $id: 'deep',
      allOf: [{ $ref: '#/definitions/union' }, { properties: { v: dear, n: { properties: { v: dear, n: { properties: { v: dear } } } } } }],
      definitions: { union: { anyOf: [{ properties: { n: { $ref: '#/definitions/union' }, v: LIMIT } }, { type: 'null' }] } }
    },
    { n: { n: { v: long }, v: long }, v: long }
  ],
  ['every item that is too long', { type: 'array', items: { ...LIMIT, format: 'dear' } }, [long, long]],

  // Where nothing is wrong with the size itself, but with a union that has such a limit, or with what stands in for one.
  [
    'what is below a union whose alternatives have a limit',
    { type: 'object', anyOf: [ofLimited('a'), ofLimited('b')], properties: { v: dear, w: { properties: { x: dear } } } },
    { v: long, w: { x: long } }
  ],
  [
    'what is below a union by a discriminator',
    {
      allOf: [{ type: 'object', discriminator: { propertyName: 'k' }, required: ['k'], oneOf: [ofKind('a'), ofKind('b')] }],
      properties: { v: dear }
    },
    { k: 'c', v: long }
  ],
  [
    'what is below a union of which more than one matches',
    { type: 'object', oneOf: [{ properties: { v: { minLength: 1 } } }, {}], properties: { v: dear } }, { v: long }
  ],
  ['a keyword below a union', { type: 'object', anyOf: [ofLimited('a'), ofLimited('b')], properties: { v: { ofAny: true } } }, { v: long }],
  ['what is below not', { type: 'object', not: { required: ['a'] }, properties: { a: dear } }, { a: long }],
  ['what is below names', { type: 'object', propertyNames: { maxLength: 3 }, properties: { a: dear } }, { [long]: 1, a: long }],
  ['a list that is too long for its items', { type: 'array', items: [LIMIT], additionalItems: false, contains: dear }, ['a', long]],
  ['a format behind a pattern', { type: 'string', pattern: '^.{1,3}$', format: 'dear' }, long],
  ['everything behind a pattern', { allOf: [{ pattern: '^x' }, dear, { byCode: true }] }, 'a'],
  ['a keyword behind a least number', { type: 'integer', minimum: 0, ofNumber: true }, -1],
  [
    'what has a very long name',
    { type: 'object', properties: { a: LIMIT }, patternProperties: { '^n': dear } }, { a: long, ['n'.repeat(2000)]: long }
  ],
  [
    'what is deep in unions',
    {
      allOf: [{ $ref: '#/definitions/union' }],
      definitions: {
        union: { anyOf: [{ type: 'object', properties: { v: LIMIT, n: { $ref: '#/definitions/union' }, w: dear } }, { type: 'null' }] }
      }
    },
    { v: long, ...nested(40) }
  ]
]

t.test('what a size protects is not evaluated for all errors, either', async t => {
  for (const [title, schema, data, options] of guarded) {
    const { first, collecting } = compile(schema, options)
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
    [{ type: 'object', propertyNames: dear }, { a: 1, b: 1 }, ['a', 'b']],
    [{ properties: { 'a#value': LIMIT, a: { type: 'array', ofList: true } } }, { 'a#value': long, a: [1] }, [[1]]],
    [{ oneOf: [ofKind('a', { v: dear, w: dear }), ofKind('b')] }, { k: 'a', v: 'x', w: 'y' }, ['x', 'y']],
    [{ anyOf: [{ type: 'array', items: dear }, { type: 'null' }] }, ['x', 'y'], ['x', 'y']],
    [{ anyOf: [{ properties: { a: dear, b: dear } }, { properties: { c: dear } }] }, { a: 'x', b: 'y' }, ['x', 'y']],
    [
      { allOf: [{ type: 'object', required: ['b'], properties: { c: LIMIT } }, { not: { required: ['a'] } }], ofObject: true },
      { a: 1 }, []
    ],
    [{ allOf: [{ type: 'object', required: ['b'] }, { ofObject: true }] }, { a: 1 }, [{ a: 1 }]]
  ] as const) {
    asked = []
    compile(schema).collecting(structuredClone(data))
    t.strictSame(asked, values, JSON.stringify(schema))
  }
})

t.test('several alternatives match only if all of them were asked to the end', async t => {
  const starts = (letter: string): object => ({ properties: { v: { pattern: `^${letter}` } } })
  const { collecting } = compile({ allOf: [{ properties: { v: LIMIT } }, { oneOf: [starts('a'), starts('b')] }] })
  t.match(collecting({ v: long }), { error: { length: 1, 0: { keyword: 'maxLength' } } })

  const { collecting: other } = compile({
    oneOf: [{ minLength: 2 }, { additionalProperties: { type: 'string' } }, { not: { type: 'string' } }]
  })
  const { error } = other({ a: {} }) as { error: unknown[] }
  t.match(error.at(-1), { keyword: 'oneOf', params: { passingSchemas: [0, 2] } })
})

t.test('so it is with keywords of later drafts', async t => {
  for (const [schema, data] of [
    [{ type: 'object', maxProperties: 1, properties: { a: true }, unevaluatedProperties: { format: 'dear' } }, { a: 1, b: 'x' }],
    [{ type: 'array', maxItems: 1, unevaluatedItems: { format: 'dear' } }, ['a', 'b']],
    [{ type: 'object', maxProperties: 1, dependentSchemas: { a: { properties: { b: { format: 'dear' } } } } }, { a: 1, b: 'x' }]
  ] as const) {
    const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false, formats: { dear: ask } })
    const clear = guardSizes(ajv as never, SHARED)
    const validate = ajv.compile(schema)
    asked = []
    clear()
    t.notOk(validate(structuredClone(data)))
    t.strictSame(asked, [], JSON.stringify(schema))
  }
})

const text = fc.record({
  type: fc.constant('string'),
  maxLength: fc.constantFrom<unknown>(1, 2, 3, { $data: '/a' }),
  pattern: fc.constantFrom('^a', 'b$'),
  byValidate: fc.constant(true),
  byCode: fc.constant(true)
}, { requiredKeys: ['type'] })
const { schema } = fc.letrec<{ schema: object, object: object }>(tie => ({
  schema: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom<object>(
      { $ref: 'limit#' }, { $ref: 'node#' }, { $ref: '#/definitions/a' }, { type: 'integer' }, { const: 'a' }, { enum: ['a', 1] },
      { maxLength: 1 }, { maximum: 1 }, { minLength: 2 }, { minItems: 2 }, { pattern: '^a' }, { byValidate: true }, { not: {} }
    ),
    fc.record({
      type: fc.constant('array'),
      maxItems: fc.nat(3),
      uniqueItems: fc.boolean(),
      items: tie('schema'),
      contains: tie('schema'),
      byCode: fc.constant(true)
    }, { requiredKeys: ['type'] }),
    tie('object'),
    fc.array(tie('object'), { minLength: 1, maxLength: 3 }).map(alternatives => ({
      oneOf: alternatives.map((alternative, kind) => ({ ...alternative, properties: { ...propertiesOf(alternative), k: { const: kind } } }))
    })),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }),
    fc.record({ not: tie('schema') })
  ),
  object: fc.record({
    type: fc.constant('object'),
    maxProperties: fc.nat(3),
    properties: fc.dictionary(fc.constantFrom('a', 'b', 'v'), fc.oneof(tie('schema'), fc.constant(false)), { maxKeys: 3 }),
    patternProperties: fc.dictionary(fc.constantFrom('a', '.'), tie('schema'), { maxKeys: 1 }),
    propertyNames: fc.oneof(text, fc.constant({ allOf: [{ $ref: 'limit#' }, { byValidate: true }] })),
    additionalProperties: fc.oneof(tie('schema'), fc.constant(false)),
    required: fc.subarray(['a', 'b']),
    byValidate: fc.constant(true)
  }, { requiredKeys: ['type'] })
}))
const { data } = fc.letrec<{ data: unknown }>(tie => ({
  data: fc.oneof({ depthSize: 'small' },
    fc.constantFrom<unknown>('a', 'aa', 'abcd', 'abcdef', 1, 2.5, true, null),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'v', 'long'), tie('data'), { maxKeys: 4 }),
    fc.record({ k: fc.nat(2), a: tie('data'), v: tie('data') }, { requiredKeys: ['k'] })
  )
}))

function propertiesOf (schema: object): object {
  return 'properties' in schema ? schema.properties as object : {}
}

t.test(`what is valid stays what Ajv says, and no fault is made up, whatever is guarded (${numRuns} runs, seed ${seed})`, async t => {
  const isFine = (value: unknown): boolean => !JSON.stringify(value).includes('ab')
  const asLongAs = [
    { keyword: 'byValidate', validate: (_schema: unknown, value: unknown) => isFine(value) },
    {
      keyword: 'byCode',
      type: ['string', 'array'] as never,
      code: (context: KeywordCxt) => { context.fail(_`!${context.gen.scopeValue('func', { ref: isFine })}(${context.data})`) }
    }
  ]
  for (const inlineRefs of [true, false]) {
    const formats = { dear: true as const }
    const cheap = { strict: false, logger: false as const, validateSchema: false, messages: false, code: { optimize: false } }
    const options = { ...cheap, allErrors: true, $data: true, keywords: asLongAs, formats, inlineRefs }
    const [plain, guarded] = [new Ajv(options), new Ajv(options)]
    const clear = guardSizes(guarded as never, SHARED)
    for (const ajv of [plain, guarded]) ajv.addSchema(Object.values(SHARED))

    fc.assert(fc.property(schema, schema, data, (schema, shared, data) => {
      // What refers to itself at the same place has no end.
      const a = JSON.parse(JSON.stringify(shared).replaceAll('#/definitions/a', 'limit#')) as object
      const whole = { ...schema, definitions: { a } }
      clear()
      const [all, some] = [plain, guarded].map(ajv => {
        const validate = ajv.compile(whole)
        validate(structuredClone(data))
        ajv.removeSchema(whole)
        return new Set(validate.errors?.map(({ instancePath, schemaPath, keyword }) => `${instancePath} ${schemaPath} ${keyword}`))
      }) as [Set<string>, Set<string>]
      return (all.size > 0) === (some.size > 0) && [...some].every(error => all.has(error))
    }), { numRuns: numRuns / 2, seed })
  }
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
