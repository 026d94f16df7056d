import { Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import ajvErrors from 'ajv-errors'
import type { FastifySchema } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import t from 'tap'
import type { Test } from 'tap'
import { z } from 'zod'
import { json, serve } from '../fixtures/service.js'
import type { Answer, Init } from '../fixtures/service.js'

/** What `details` must be, in this order, written `[field, message]`. */
type Details = Array<[field: string, message: string]>
type BodyCase = [title: string, schema: unknown, body: unknown, details: Details]

const REQUIRED = 'is required'
const NOT_ALLOWED = 'is not allowed'
const NO_ALTERNATIVE = 'does not match any of the allowed alternatives'
const NOT_EXACTLY_ONE = 'must match exactly one of the allowed alternatives'
const NO_MATCH = 'does not match the required pattern'
const INTEGER = 'must be an integer'
const STRING = 'must be a string'
const OBJECT = 'must be an object'

const integer = { type: 'integer' }
const string = { type: 'string' }

/** An object with these properties, all of them required. */
function all (properties: Record<string, unknown>, more: object = {}): object {
  return { type: 'object', properties, required: Object.keys(properties), ...more }
}

/** An object with these properties, none of them required. */
function some (properties: Record<string, unknown>, more: object = {}): object {
  return { type: 'object', properties, ...more }
}

function required (...names: string[]): object {
  return { type: 'object', required: names }
}

/** Without Ajv's remarks on the style of a schema. */
const QUIET = { ajv: { customOptions: { logger: false } } } as const

async function checkBodies (t: Test, cases: readonly BodyCase[], customOptions: object = {}): Promise<void> {
  const { request } = await serve(t, app => {
    for (const schema of SHARED) app.addSchema(schema)
    for (const [index, [, body]] of cases.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  }, { server: { ajv: { customOptions: { ...QUIET.ajv.customOptions, ...customOptions } } } })
  for (const [index, [title, , body, details]] of cases.entries()) checkDetails(t, await request(`/${index}`, json(body)), details, title)
}

function checkDetails (
  t: Test,
  { status, body: { error } }: Answer,
  details: Details,
  title = 'details',
  message = 'The request is not valid'
): void {
  const expected = { status: 422, code: 'VALIDATION_ERROR', message, details }
  t.strictSame({
    status,
    code: error?.code,
    message: error?.message,
    details: error?.details?.map(({ field, message }) => [field, message])
  }, expected, title)
}

const SHARED = [
  { $id: 'base', ...all({ id: integer, name: string }) },
  { $id: 'node', type: 'object', properties: { name: string, child: { $ref: '#' } }, required: ['name'] },
  { $id: 'library', definitions: { address: all({ zip: { type: 'string', minLength: 5 }, city: string }) } },
  { $id: 'cat', ...all({ kind: { const: 'cat' }, lives: integer, name: string }) },
  { $id: 'dog', ...all({ kind: { const: 'dog' }, tail: { type: 'boolean' } }) },
  { $id: 'limits', type: 'object', properties: { n: { type: 'integer', maximum: 3 }, a: { enum: ['y'] } } },
  {
    $id: 'pet',
    anyOf: [{ $ref: 'cat#' }, { $ref: '#/definitions/dog' }],
    definitions: { dog: all({ kind: { const: 'dog' }, tail: { type: 'boolean' } }) }
  },
  {
    $id: 'filter',
    anyOf: [
      all({ op: { const: 'and' }, args: { type: 'array', items: { $ref: '#' } } }),
      all({ op: { const: 'not' }, arg: { $ref: 'filter#' } }),
      all({ op: { const: 'is' }, field: string })
    ]
  }
]

const Text = Type.Object({ type: Type.Literal('text'), text: Type.String() })
const Image = Type.Object({ type: Type.Literal('image'), url: Type.String({ format: 'uri' }), width: Type.Integer() })
const Part = Type.Union([Text, Image])
const Base = all({ id: integer, name: string })
const cat = all({ kind: { const: 'cat' }, lives: integer, name: string })
const dog = all({ kind: { const: 'dog' }, tail: { type: 'boolean' } })
const long = (letter: string, length: number): string => letter.repeat(length)

const structures: BodyCase[] = [
  ['objects in objects', Type.Object({
    user: Type.Object({
      address: Type.Object({ zip: Type.String({ minLength: 5 }), city: Type.String() }),
      age: Type.Integer()
    })
  }), { user: { address: { zip: '1' }, age: 'x' } },
  [['user.address.city', REQUIRED], ['user.address.zip', 'must have at least 5 characters'], ['user.age', INTEGER]]],
  ['a missing object is one fault', Type.Object({ user: Type.Object({ a: Type.String(), b: Type.String() }) }), {}, [['user', REQUIRED]]],
  ['an object that is null', Type.Object({ user: Type.Object({ a: Type.String() }) }), { user: null }, [['user', OBJECT]]],
  ['items', Type.Object({ list: Type.Array(Type.Integer()) }), { list: ['x', 1, {}] }, [['list.0', INTEGER], ['list.2', INTEGER]]],
  ['items that are objects', Type.Object({
    messages: Type.Array(Type.Object({
      role: Type.String(),
      n: Type.Optional(Type.Integer())
    }))
  }), { messages: [{ role: 'x' }, { n: 'y' }, 5, null] },
  [['messages.1.role', REQUIRED], ['messages.1.n', INTEGER], ['messages.2', OBJECT], ['messages.3', OBJECT]]],
  [
    'items of items', Type.Array(Type.Array(Type.Integer())), [[1], [2, 'x'], ['y', 'z']],
    [['1.1', INTEGER], ['2.0', INTEGER], ['2.1', INTEGER]]
  ],
  [
    'a list with an item for all of it', Type.Object({ list: Type.Array(Type.String(), { minItems: 3 }) }), { list: [{}] },
    [['list', 'must have at least 3 items'], ['list.0', STRING]]
  ],
  [
    'a tuple', Type.Object({ point: Type.Tuple([Type.Number(), Type.String({ minLength: 2 })]) }), { point: ['x', 'y'] },
    [['point.0', 'must be a number'], ['point.1', 'must have at least 2 characters']]
  ],
  [
    'a tuple that is too long', Type.Object({ point: Type.Tuple([Type.Number(), Type.Number()]) }), { point: [1, 2, 3] },
    [['point', 'must have at most 2 items']]
  ],
  [
    'a tuple that is too short', Type.Object({ point: Type.Tuple([Type.Number(), Type.Number()]) }), { point: [1] },
    [['point', 'must have at least 2 items']]
  ],
  ['a dictionary', Type.Record(Type.String(), Type.Integer()), { a: 'x', b: 1, 'c.d': 'y' }, [['a', INTEGER], ['["c.d"]', INTEGER]]],
  [
    'properties by pattern', { type: 'object', patternProperties: { '^x-': integer } },
    { 'x-a': 'q', 'x-b': 1, 'x-c': 'r', y: 's' }, [['x-a', INTEGER], ['x-c', INTEGER]]
  ],
  [
    'names by pattern', some({ a: { type: 'object', propertyNames: { pattern: '^SECRET$' } } }),
    { a: { x: 1, SECRET: 1, 'y.z': 1 } }, [['a.x', 'is not an allowed name'], ['a["y.z"]', 'is not an allowed name']]
  ],
  ['names by enumeration', { type: 'object', propertyNames: { enum: ['x', 'y'] } }, { x: 1, z: 1 }, [['z', 'is not an allowed name']]],
  ['a property that may not be there', some({ a: false, b: integer }), { a: 1, b: 'x' }, [['a', NOT_ALLOWED], ['b', INTEGER]]],
  [
    'Type.Never', Type.Object({ a: Type.Optional(Type.Never()), b: Type.Integer() }), { a: 1, b: 'x' },
    [['a', 'is not allowed here'], ['b', INTEGER]]
  ],
  [
    'properties that another one asks for', { type: 'object', dependencies: { card: ['cvc', 'holder'] } }, { card: 1 },
    [['cvc', 'is required where card is present'], ['holder', 'is required where card is present']]
  ],
  [
    'a schema that another one asks for', { type: 'object', dependencies: { card: some({ n: integer }, { required: ['cvc'] }) } },
    { card: 1, n: 'x' }, [['cvc', REQUIRED], ['n', INTEGER]]
  ],
  [
    'Type.Intersect', Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })]), { b: 'x' },
    [['a', REQUIRED], ['b', INTEGER]]
  ],
  [
    'Type.Composite', Type.Composite([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })]), { b: 'x' },
    [['a', REQUIRED], ['b', INTEGER]]
  ],
  ['Type.Partial', Type.Partial(Type.Object({ a: Type.Integer(), b: Type.Integer() })), { b: 'x' }, [['b', INTEGER]]],
  ['Type.Pick', Type.Pick(Type.Object({ a: Type.Integer(), b: Type.Integer() }), ['a']), { b: 'x' }, [['a', REQUIRED]]],
  [
    'allOf', { allOf: [all({ a: { type: 'string', minLength: 2 } }), some({ b: integer }, { required: ['b', 'c'] })] },
    { a: '', b: 'x' }, [['a', 'must have at least 2 characters'], ['c', REQUIRED], ['b', INTEGER]]
  ],
  [
    'allOf, with the same fault twice', { allOf: [all({ a: integer }), all({ a: integer, b: integer })] }, {},
    [['a', REQUIRED], ['b', REQUIRED]]
  ],
  [
    'if, then', some({ kind: string }, { if: all({ kind: { const: 'x' } }), then: required('p', 'q'), else: required('r') }),
    { kind: 'x' }, [['p', REQUIRED], ['q', REQUIRED]]
  ],
  [
    'if, else', some({ kind: string }, { if: all({ kind: { const: 'x' } }), then: required('p', 'q'), else: required('r') }),
    { kind: 'y' }, [['r', REQUIRED]]
  ],
  [
    'if, below',
    some({ list: { type: 'array', items: { type: 'object', if: required('a'), then: required('b'), else: required('c') } } }),
    { list: [{ a: 1 }, {}, { c: 1 }] }, [['list.0.b', REQUIRED], ['list.1.c', REQUIRED]]
  ],
  ['not', some({ a: { not: string } }), { a: 'x' }, [['a', 'is not allowed here']]],
  ['not with', { type: 'object', not: required('a', 'b') }, { a: 1, b: 1 }, [['body', 'is not allowed here']]],
  ['a boolean schema', false, { a: 1 }, [['body', NOT_ALLOWED]]]
]

t.test('every error in a structure has its place', t => checkBodies(t, structures))

const values: BodyCase[] = [
  ['lengths', Type.Object({
    a: Type.String({ minLength: 1 }),
    b: Type.String({ maxLength: 2 }),
    c: Type.Array(Type.Any(), { minItems: 1 }),
    d: Type.Array(Type.Any(), { maxItems: 1 })
  }), { a: '', b: 'abc', c: [], d: [1, 2] },
  [
    ['a', 'must have at least 1 character'], ['b', 'must have at most 2 characters'], ['c', 'must have at least 1 item'],
    ['d', 'must have at most 1 item']
  ]],
  [
    'a length in characters, not in UTF-16 units',
    Type.Object({ a: Type.String({ maxLength: 1 }), b: Type.String({ maxLength: 1 }) }), { a: '😀', b: '😀😀' },
    [['b', 'must have at most 1 character']]
  ],
  [
    'ranges', Type.Object({ a: Type.Number({ minimum: 1.5 }), b: Type.Number({ maximum: -1 }) }), { a: 1, b: 0 },
    [['a', 'must be at least 1.5'], ['b', 'must be at most -1']]
  ],
  [
    'exclusive ranges', Type.Object({ a: Type.Number({ exclusiveMinimum: 1 }), b: Type.Number({ exclusiveMaximum: 1 }) }),
    { a: 1, b: 1 }, [['a', 'must be greater than 1'], ['b', 'must be less than 1']]
  ],
  [
    'multipleOf', Type.Object({ a: Type.Number({ multipleOf: 0.5 }), b: Type.Integer({ multipleOf: 2 }) }), { a: 0.3, b: 3 },
    [['a', 'must be a multiple of 0.5'], ['b', 'must be a multiple of 2']]
  ],
  [
    'uniqueItems', Type.Object({ a: Type.Array(Type.Integer(), { uniqueItems: true }) }), { a: [1, 1, 'x'] },
    [['a.2', INTEGER], ['a', 'must not contain the same item twice']]
  ],
  [
    'how many properties', Type.Object({ a: Type.Object({}, { minProperties: 1 }), b: Type.Object({}, { maxProperties: 1 }) }),
    { a: {}, b: { x: 1, y: 1 } }, [['a', 'must have at least 1 property'], ['b', 'must have at most 1 property']]
  ],
  [
    'contains', some({ a: { type: 'array', contains: { const: 'x' }, items: string } }), { a: ['y', {}] },
    [['a.1', STRING], ['a', 'must contain at least 1 valid item']]
  ],
  [
    'const', Type.Object({ a: Type.Literal('user'), b: Type.Literal(5), c: Type.Literal(true) }), { a: 'x', b: 6, c: false },
    [['a', 'must be "user"'], ['b', 'must be 5'], ['c', 'must be true']]
  ],
  ['const that is an object', some({ a: { const: { x: 1 } } }), { a: { x: 2 } }, [['a', 'must be {"x":1}']]],
  ['a constant of another type', Type.Object({ a: Type.Literal('user') }), { a: {} }, [['a', 'must be "user"']]],
  [
    'a constant number of another type', Type.Object({ a: Type.Literal(5), b: Type.Integer() }), { a: 'x', b: 'x' },
    [['a', 'must be 5'], ['b', INTEGER]]
  ],
  ['enum', Type.Object({ a: Type.Enum({ A: 'x', B: 'y' }) }), { a: 'z' }, [['a', 'must be one of: "x", "y"']]],
  ['an enumeration with a type', some({ a: { type: 'string', enum: ['x', 'y'] } }), { a: 'z' }, [['a', 'must be one of: "x", "y"']]],
  ['an enumeration of another type', some({ a: { type: 'string', enum: ['x', 'y'] } }), { a: {} }, [['a', 'must be one of: "x", "y"']]],
  [
    'an enumeration of another type, in a list', some({ list: { type: 'array', items: { type: 'integer', enum: [1, 2] } } }),
    { list: [{}, 3, 'x'] },
    [['list.0', 'must be one of: 1, 2'], ['list.1', 'must be one of: 1, 2'], ['list.2', 'must be one of: 1, 2']]
  ],
  [
    'a nullable enumeration', some({ a: { type: ['string', 'null'], enum: ['x', null] } }), { a: 'q' },
    [['a', 'must be one of: "x", null']]
  ],
  [
    'a nullable enumeration of another type', some({ a: { type: ['string', 'null'], enum: ['x', null] } }), { a: {} },
    [['a', 'must be one of: "x", null']]
  ],
  [
    'an enumeration that is nullable', some({ a: { type: 'string', nullable: true, enum: ['x', null] } }), { a: 'q' },
    [['a', 'must be one of: "x", null']]
  ],
  [
    'Type.KeyOf', Type.Object({ a: Type.KeyOf(Type.Object({ x: Type.Any(), y: Type.Any() })) }), { a: 'z' },
    [['a', 'must be one of: "x", "y"']]
  ],
  [
    'types', some({ a: { type: ['integer', 'boolean'] }, b: { type: ['array', 'null'] } }), { a: 'q', b: {} },
    [['a', 'must be an integer or a boolean'], ['b', 'must be an array or null']]
  ],
  [
    'types, of which one fits but for its limits',
    some({ a: { type: ['string', 'array'], minItems: 3, minLength: 3, items: integer } }), { a: ['x', 1] },
    [['a', 'must have at least 3 items'], ['a.0', INTEGER]]
  ],
  ['every type', some({
    a: { type: 'array' },
    b: { type: 'boolean' },
    c: integer,
    d: { type: 'null' },
    e: { type: 'number' },
    f: { type: 'object' },
    g: string
  }), { a: {}, b: 'x', c: 1.5, d: 'x', e: 'x', f: 'x', g: {} },
  [
    ['a', 'must be an array'], ['b', 'must be a boolean'], ['c', INTEGER], ['d', 'must be null'], ['e', 'must be a number'],
    ['f', OBJECT], ['g', STRING]
  ]],
  [
    'a number that is no integer, and its limits', Type.Object({ a: Type.Integer({ minimum: 5 }) }), { a: 1.5 },
    [['a', INTEGER], ['a', 'must be at least 5']]
  ],
  ['a text that is no integer has no limits', Type.Object({ a: Type.Integer({ minimum: 5 }) }), { a: 'x' }, [['a', INTEGER]]],
  ['formats', Type.Object({
    a: Type.String({ format: 'email' }),
    b: Type.String({ format: 'uuid' }),
    c: Type.String({ format: 'date-time' }),
    d: Type.String({ format: 'uri' }),
    e: Type.String({ format: 'date' })
  }), { a: 'x', b: 'x', c: 'x', d: 'x', e: 'x' },
  [
    ['a', 'must be a valid email'], ['b', 'must be a valid UUID'], ['c', 'must be a valid date and time'],
    ['d', 'must be a valid URI'], ['e', 'must be a valid date']
  ]],
  [
    'a format without a name of its own', Type.Object({ a: Type.String({ format: 'hostname' }) }), { a: '-' },
    [['a', 'must be a valid hostname']]
  ],
  [
    'a pattern is not shown', Type.Object({ a: Type.String({ pattern: '^SECRET$' }), b: Type.TemplateLiteral('SECRET-${string}') }), // eslint-disable-line no-template-curly-in-string
    { a: 'x', b: 'x' }, [['a', NO_MATCH], ['b', NO_MATCH]]
  ],
  [
    'several faults of one value', Type.Object({ a: Type.String({ minLength: 3, pattern: '^SECRET', format: 'email' }) }),
    { a: 'x' }, [['a', 'must have at least 3 characters']]
  ],
  [
    'coercion: what it can, is no fault',
    some({ a: integer, b: { type: 'boolean' }, c: string, d: { type: 'array', items: integer }, e: integer }),
    { a: '5', b: 'true', c: 5, d: '6', e: 'x' }, [['e', INTEGER]]
  ],
  ['coercion: a single value becomes a list', some({ a: { type: 'array', items: integer } }), { a: 'x' }, [['a.0', INTEGER]]],
  [
    'defaults: what has one is not missing',
    some({
      a: { type: 'integer', default: 5 },
      b: integer,
      c: some({ d: { type: 'string', default: 'x' } }, { required: ['d', 'e'] })
    }, { required: ['a', 'b', 'c'] }),
    { c: {} }, [['b', REQUIRED], ['c.e', REQUIRED]]
  ],
  [
    'properties too many that Fastify drops are not reported', some({ a: integer, b: integer }, { additionalProperties: false }),
    { a: 'x', b: 1, c: 1 }, [['a', INTEGER]]
  ]
]

t.test('every error in a value has its sentence', t => checkBodies(t, values))

const unions: BodyCase[] = [
  [
    'constants', Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]), b: Type.Integer() }),
    { a: 'x', b: 'x' }, [['a', 'must be one of: "user", "assistant"'], ['b', INTEGER]]
  ],
  [
    'constants, for another type', Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]) }), { a: {} },
    [['a', 'must be one of: "user", "assistant"']]
  ],
  [
    'constants of several types',
    Type.Object({ a: Type.Union([Type.Literal(1), Type.Literal('x'), Type.Literal(true), Type.Null()]) }), { a: 'q' },
    [['a', 'must be one of: 1, "x", true, null']]
  ],
  [
    'a nullable constant', Type.Object({ a: Type.Union([Type.Literal('x'), Type.Null()]) }), { a: 'q' },
    [['a', 'must be one of: "x", null']]
  ],
  ['types', Type.Object({ a: Type.Union([Type.String({ minLength: 3 }), Type.Null()]) }), { a: {} }, [['a', 'must be a string or null']]],
  ['a constant or a type', Type.Object({ a: Type.Union([Type.Literal('auto'), Type.Integer()]) }), { a: 'x' }, [['a', NO_ALTERNATIVE]]],
  [
    'a text or a list', Type.Object({ content: Type.Union([Type.String(), Type.Array(Text, { minItems: 1 })]) }), { content: [] },
    [['content', 'must have at least 1 item']]
  ],
  [
    'objects without a constant, by the names they share with the input',
    Type.Object({ a: Type.Union([Type.Object({ b: Type.String() }), Type.Object({ c: Type.Integer() })]), d: Type.Integer() }),
    { a: { c: 'x' }, d: 'x' }, [['a.c', INTEGER], ['d', INTEGER]]
  ],
  [
    'the most shared names', { anyOf: [all({ text: string }), all({ url: string, width: integer })] }, { url: 'a', width: 'wide' },
    [['width', INTEGER]]
  ],
  [
    'shared names behind a reference',
    {
      definitions: { image: { allOf: [all({ url: string }), all({ width: integer })] } },
      anyOf: [all({ text: string }), { $ref: '#/definitions/image' }]
    },
    { url: 'a', width: 'wide' }, [['width', INTEGER]]
  ],
  [
    'as many shared names with two alternatives', { anyOf: [all({ id: integer, a: string }), all({ id: integer, b: string })] },
    { id: 'x' }, [['body', NO_ALTERNATIVE]]
  ],
  ['no shared name', { anyOf: [all({ a: string }), all({ b: string })] }, { c: 1 }, [['body', NO_ALTERNATIVE]]],
  ['oneOf, of which none matches', some({ a: { oneOf: [all({ b: string }), all({ c: integer })] } }), { a: {} }, [['a', NOT_EXACTLY_ONE]]],
  [
    'oneOf, of which two match', some({ a: { oneOf: [integer, { type: 'number', minimum: 2 }] }, b: integer }), { a: 3, b: 'x' },
    [['a', NOT_EXACTLY_ONE], ['b', INTEGER]]
  ],
  [
    'two unions in one place',
    some({ a: { allOf: [{ anyOf: [{ const: 'x' }, { const: 'y' }] }, { anyOf: [{ const: 'x' }, { const: 'z' }] }] } }), { a: 'q' },
    [['a', 'must be one of: "x", "y"'], ['a', 'must be one of: "x", "z"']]
  ],

  ['a constant in the input chooses', Part, { type: 'image', width: 'x' }, [['url', REQUIRED], ['width', INTEGER]]],
  ['a constant chooses the last', Part, { type: 'text', text: {} }, [['text', STRING]]],
  ['a constant of no alternative', Part, { type: 'video', url: 5 }, [['type', 'must be one of: "text", "image"']]],
  ['no constant', Part, { text: {} }, [['type', REQUIRED]]],
  ['in a list', Type.Object({ parts: Type.Array(Part) }), {
    parts: [
      { type: 'text' }, { type: 'image', url: 'x', width: 1 }, { type: 'video' }, 5, { type: 'text', text: 'fine' }
    ]
  },
  [
    ['parts.0.text', REQUIRED], ['parts.1.url', 'must be a valid URI'], ['parts.2.type', 'must be one of: "text", "image"'],
    ['parts.3', OBJECT]
  ]],
  ['in lists of lists', Type.Object({ messages: Type.Array(Type.Object({ role: Type.String(), parts: Type.Array(Part) })) }), {
    messages: [
      { role: 'x', parts: [] }, { parts: [{ type: 'text', text: 'x' }, { type: 'image' }] }
    ]
  },
  [['messages.1.role', REQUIRED], ['messages.1.parts.1.url', REQUIRED], ['messages.1.parts.1.width', REQUIRED]]],
  ['in a tuple', Type.Tuple([Type.Integer(), Part]), ['x', { type: 'text' }], [['0', INTEGER], ['1.text', REQUIRED]]],
  [
    'in a dictionary', Type.Record(Type.String(), Part), { m: { type: 'text' }, 'a/b': { type: 'image', width: 1 } },
    [['m.text', REQUIRED], ['a/b.url', REQUIRED]]
  ],
  [
    'in properties by pattern', { type: 'object', patternProperties: { '^x/[a-z]+$': { oneOf: [cat, dog] } } },
    { 'x/a': { kind: 'dog' } }, [['x/a.tail', REQUIRED]]
  ],
  ['under a name that is escaped', some({ 'p/q %~': { oneOf: [cat, dog] } }), { 'p/q %~': { kind: 'dog' } }, [['p/q %~.tail', REQUIRED]]],
  [
    'a constant with a name that is escaped',
    { oneOf: [all({ 'k/~': { const: 'a' }, 'x.y': integer }), all({ 'k/~': { const: 'b' }, z: integer })] }, { 'k/~': 'a' },
    [['["x.y"]', REQUIRED]]
  ],
  [
    'two constants',
    Type.Union([
      Type.Object({ k: Type.Literal('a'), v: Type.Literal(1), x: Type.String() }),
      Type.Object({ k: Type.Literal('a'), v: Type.Literal(2), y: Type.String() })
    ]),
    { k: 'a', v: 2 }, [['y', REQUIRED]]
  ],
  [
    'two constants, one of them wrong',
    Type.Union([
      Type.Object({ k: Type.Literal('a'), v: Type.Literal(1), x: Type.String() }),
      Type.Object({ k: Type.Literal('a'), v: Type.Literal(2), y: Type.String() })
    ]),
    { k: 'a', v: 3 }, [['v', 'must be one of: 1, 2']]
  ],
  [
    'a boolean constant',
    Type.Union([
      Type.Object({ stream: Type.Literal(true), channel: Type.String() }),
      Type.Object({ stream: Type.Literal(false), file: Type.String() })
    ]),
    { stream: false }, [['file', REQUIRED]]
  ],
  [
    'an enumeration as a constant',
    { oneOf: [all({ k: { enum: ['a', 'b'] }, x: { type: 'string', minLength: 2 } }), all({ k: { enum: ['c'] }, y: integer })] },
    { k: 'b', x: '' }, [['x', 'must have at least 2 characters']]
  ],
  [
    'more than ten',
    { oneOf: Array.from({ length: 12 }, (_, index) => all({ k: { const: `k${index}` }, [`v${index}`]: integer })) }, { k: 'k1' },
    [['v1', REQUIRED]]
  ],
  [
    'in the chosen one, another',
    Type.Union([Type.Object({ k: Type.Literal('a'), part: Part }), Type.Object({ k: Type.Literal('b') })]),
    { k: 'a', part: { type: 'image', url: 'x' } }, [['part.width', REQUIRED], ['part.url', 'must be a valid URI']]
  ],
  ['in the chosen one, constants', Type.Union([
    Type.Object({ k: Type.Literal('a'), role: Type.Union([Type.Literal('p'), Type.Literal('q')]), list: Type.Array(Type.Integer()) }),
    Type.Object({ k: Type.Literal('b') })
  ]), { k: 'a', role: 'z', list: ['u', 1, 'v'] },
  [['role', 'must be one of: "p", "q"'], ['list.0', INTEGER], ['list.2', INTEGER]]],
  [
    'constants, or an object with one',
    Type.Object({
      tool: Type.Union([
        Type.Literal('auto'), Type.Literal('none'), Type.Object({ type: Type.Literal('function'), name: Type.String() })
      ])
    }),
    { tool: { type: 'function' } }, [['tool.name', REQUIRED]]
  ],
  [
    'constants, or an object with one, for a text',
    Type.Object({
      tool: Type.Union([
        Type.Literal('auto'), Type.Literal('none'), Type.Object({ type: Type.Literal('function'), name: Type.String() })
      ])
    }),
    { tool: 'x' }, [['tool', NO_ALTERNATIVE]]
  ],
  [
    'null, or an object', Type.Object({ a: Type.Union([Type.Null(), Type.Object({ b: Type.Integer(), c: Type.String() })]) }),
    { a: { b: 'x' } }, [['a.c', REQUIRED], ['a.b', INTEGER]]
  ],
  [
    'null, or a text with limits', Type.Object({ a: Type.Union([Type.String({ minLength: 3, format: 'email' }), Type.Null()]) }),
    { a: 'x' }, [['a', 'must have at least 3 characters']]
  ],
  [
    'a text, or a list of objects', Type.Object({ content: Type.Union([Type.String(), Type.Array(Text)]) }),
    { content: [{ type: 'text' }, {}] }, [['content.0.text', REQUIRED], ['content.1.type', REQUIRED], ['content.1.text', REQUIRED]]
  ],
  [
    'a constant, and enumerations that are none of its business',
    { oneOf: [all({ k: { const: 'a' }, level: { enum: [1, 2] } }), all({ k: { const: 'b' } })] }, { k: 'a', level: 9 },
    [['level', 'must be one of: 1, 2']]
  ],
  [
    'a constant in a part of the alternatives',
    { oneOf: [{ allOf: [all({ k: { const: 'a' } }), all({ x: integer })] }, { allOf: [all({ k: { const: 'b' } }), all({ y: integer })] }] },
    { k: 'b' }, [['y', REQUIRED]]
  ],
  [
    'a constant, for an alternative that anything matches',
    { anyOf: [all({ k: { const: 'a' }, x: integer }), { type: 'object', not: {} }] }, { k: 'a' }, [['x', REQUIRED]]
  ],
  [
    'if in an alternative',
    { oneOf: [all({ k: { const: 'a' } }, { if: required('x'), then: required('y', 'z') }), all({ k: { const: 'b' } })] },
    { k: 'a', x: 1 }, [['y', REQUIRED], ['z', REQUIRED]]
  ],
  [
    'contains in an alternative',
    { oneOf: [all({ k: { const: 'a' }, list: { type: 'array', contains: { const: 'z' } } }), all({ k: { const: 'b' } })] },
    { k: 'a', list: ['x', 'y'] }, [['list', 'must contain at least 1 valid item']]
  ],
  [
    'oneOf of which all match', some({ a: { oneOf: [{}, {}] }, b: { oneOf: [{ type: 'object' }, all({ c: integer })] } }),
    { a: 1, b: { c: 1 } }, [['a', NOT_EXACTLY_ONE], ['b', NOT_EXACTLY_ONE]]
  ],
  [
    'null, or objects with a constant', Type.Object({ part: Type.Union([Text, Image, Type.Null()]) }),
    { part: { type: 'image', width: 1 } }, [['part.url', REQUIRED]]
  ]
]

t.test('a union has one error, or those of the alternative that a constant selects', t => checkBodies(t, unions))

const references: BodyCase[] = [
  ['a shared schema', { $ref: 'base#' }, { id: 'x' }, [['name', REQUIRED], ['id', INTEGER]]],
  [
    'a shared schema below', some({ a: { $ref: 'base#' }, b: { type: 'array', items: { $ref: 'base#' } } }),
    { a: {}, b: [{ id: 1, name: 'x' }, { id: 'x' }] },
    [['a.id', REQUIRED], ['a.name', REQUIRED], ['b.1.name', REQUIRED], ['b.1.id', INTEGER]]
  ],
  [
    'a definition of a shared schema', some({ to: { $ref: 'library#/definitions/address' } }), { to: { zip: '1' } },
    [['to.city', REQUIRED], ['to.zip', 'must have at least 5 characters']]
  ],
  [
    'a definition',
    some({ from: { $ref: '#/definitions/base' }, to: { $ref: '#/definitions/base' } }, { definitions: { base: Base } }),
    { from: { id: 'x' }, to: { name: {} } },
    [['from.name', REQUIRED], ['from.id', INTEGER], ['to.id', REQUIRED], ['to.name', STRING]]
  ],
  ['a definition that refers to itself', some({ first: { $ref: '#/definitions/node' } }, {
    definitions: {
      node: some({
        value: integer,
        next: { $ref: '#/definitions/node' }
      }, { required: ['value'] })
    }
  }), { first: { next: { value: 'x', next: {} } } },
  [['first.value', REQUIRED], ['first.next.value', INTEGER], ['first.next.next.value', REQUIRED]]],
  ['Type.Recursive', Type.Object({
    tree: Type.Recursive(This => Type.Object({
      name: Type.String(),
      children: Type.Array(This)
    }))
  }), { tree: { name: 'x', children: [{ name: {}, children: [{ name: 'x' }, { children: [] }] }] } },
  [['tree.children.0.name', STRING], ['tree.children.0.children.0.children', REQUIRED], ['tree.children.0.children.1.name', REQUIRED]]],
  [
    'a shared schema that refers to itself by #', { $ref: 'node#' }, { child: { child: { name: {} } } },
    [['name', REQUIRED], ['child.name', REQUIRED], ['child.child.name', STRING]]
  ],
  [
    'alternatives',
    some({ pet: { oneOf: [{ $ref: '#/definitions/cat' }, { $ref: '#/definitions/dog' }] } }, { definitions: { cat, dog } }),
    { pet: { kind: 'cat', lives: 'x' } }, [['pet.name', REQUIRED], ['pet.lives', INTEGER]]
  ],
  ['alternatives in a list', some({
    pets: {
      type: 'array',
      items: { oneOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }] }
    }
  }, { $defs: { cat, dog } }), { pets: [{ kind: 'cat', lives: 'x', name: 'x' }, { kind: 'dog' }, { kind: 'cow' }] },
  [['pets.0.lives', INTEGER], ['pets.1.tail', REQUIRED], ['pets.2.kind', 'must be one of: "cat", "dog"']]],
  [
    'alternatives whose names begin alike',
    some({ pet: { oneOf: [{ $ref: '#/definitions/c' }, { $ref: '#/definitions/cc' }] } }, { definitions: { c: cat, cc: dog } }),
    { pet: { kind: 'cat', lives: 1 } }, [['pet.name', REQUIRED]]
  ],
  [
    'alternatives whose names are escaped',
    some({
      pet: {
        oneOf: [
          { $ref: '#/definitions/c%20t' }, { $ref: '#/definitions/d~1g' }
        ]
      }
    }, { definitions: { 'c t': cat, 'd/g': dog } }),
    { pet: { kind: 'dog' } }, [['pet.tail', REQUIRED]]
  ],
  [
    'alternatives that are shared schemas',
    some({ pets: { type: 'array', items: { oneOf: [{ $ref: 'cat#' }, { $ref: 'dog' }] } } }),
    { pets: [{ kind: 'cat', lives: 'x' }, { kind: 'dog' }, { kind: 'cow' }] },
    [['pets.0.name', REQUIRED], ['pets.0.lives', INTEGER], ['pets.1.tail', REQUIRED], ['pets.2.kind', 'must be one of: "cat", "dog"']]
  ],
  [
    'alternatives within a shared schema', some({ pets: { type: 'array', items: { $ref: 'pet#' } } }),
    { pets: [{ kind: 'cat', lives: 'x' }, { kind: 'dog' }, { kind: 'cow' }] },
    [['pets.0.name', REQUIRED], ['pets.0.lives', INTEGER], ['pets.1.tail', REQUIRED], ['pets.2.kind', 'must be one of: "cat", "dog"']]
  ],
  ['alternatives that refer to their union', { $ref: 'filter#' }, {
    op: 'and',
    args: [{ op: 'is', field: {} }, { op: 'not', arg: { op: 'and', args: [{ op: 'is' }] } }, { op: 'or' }]
  },
  [['args.0.field', STRING], ['args.1.arg.args.0.field', REQUIRED], ['args.2.op', 'must be one of: "and", "not", "is"']]],
  ['alternatives that refer to their union, from a definition', some({ tree: { $ref: '#/definitions/node' } }, {
    definitions: {
      node: all({
        id: integer,
        next: { anyOf: [{ type: 'null' }, { $ref: '#/definitions/node' }] }
      })
    }
  }), { tree: { id: 1, next: { id: 'x', next: { next: null } } } },
  [['tree.next.id', INTEGER], ['tree.next.next.id', REQUIRED]]],
  [
    'constants',
    some({
      a: {
        anyOf: [
          { $ref: '#/definitions/x' }, { $ref: '#/definitions/y' }
        ]
      }
    }, { definitions: { x: { const: 'x' }, y: { const: 'y' } } }),
    { a: 'q' }, [['a', 'must be one of: "x", "y"']]
  ],
  ['a reference below the chosen alternative', {
    oneOf: [
      all({ kind: { const: 'cat' }, owner: { $ref: '#/definitions/base' }, x: integer }),
      all({ kind: { const: 'dog' }, owner: { $ref: '#/definitions/base' } })
    ],
    definitions: { base: Base }
  }, { kind: 'cat', owner: { id: 'x' } },
  [['x', REQUIRED], ['owner.name', REQUIRED], ['owner.id', INTEGER]]],
  ['only a reference below the chosen alternative', {
    oneOf: [all({ kind: { const: 'cat' }, owner: { $ref: '#/definitions/base' } }), all({ kind: { const: 'dog' } })],
    definitions: { base: Base }
  }, { kind: 'cat', owner: { id: 'x' } },
  [['owner.name', REQUIRED], ['owner.id', INTEGER]]],
  [
    'a union beside a reference',
    { allOf: [{ $ref: '#/definitions/base' }, { anyOf: [required('x'), required('y')] }], definitions: { base: Base } },
    { id: 'q' }, [['name', REQUIRED], ['id', INTEGER], ['body', NO_ALTERNATIVE]]
  ],
  [
    'a union before a reference',
    { allOf: [{ anyOf: [required('x'), required('y')] }, { $ref: '#/definitions/base' }], definitions: { base: Base } },
    { id: 'q' }, [['body', NO_ALTERNATIVE], ['name', REQUIRED], ['id', INTEGER]]
  ],
  [
    'a union beside a shared schema', { allOf: [{ $ref: 'base#' }, { anyOf: [required('x'), required('y')] }] }, { id: 'q' },
    [['name', REQUIRED], ['id', INTEGER], ['body', NO_ALTERNATIVE]]
  ],
  ['a union of references beside a reference', some({
    pet: {
      allOf: [
        { $ref: '#/definitions/base' }, { oneOf: [{ $ref: '#/definitions/cat' }, { $ref: '#/definitions/dog' }] }
      ]
    }
  }, { definitions: { base: all({ id: integer, weight: integer }), cat, dog } }), { pet: { id: 'x', kind: 'dog' } },
  [['pet.weight', REQUIRED], ['pet.id', INTEGER], ['pet.tail', REQUIRED]]],
  ['contains beside a reference', some({
    list: {
      allOf: [
        { $ref: '#/definitions/list' }, { type: 'array', contains: { const: 'z' } }
      ]
    }
  }, { definitions: { list: { type: 'array', items: integer, maxItems: 1 } } }), { list: ['q', 'r'] },
  [['list', 'must have at most 1 item']]],
  [
    'names beside a reference',
    { allOf: [{ $ref: '#/definitions/base' }, { type: 'object', propertyNames: { maxLength: 4 } }], definitions: { base: Base } },
    { id: 'q', longer: 1 }, [['name', REQUIRED], ['id', INTEGER], ['longer', 'is not an allowed name']]
  ],
  [
    'if beside a reference',
    { allOf: [{ $ref: '#/definitions/base' }], type: 'object', if: required('id'), then: required('why'), definitions: { base: Base } },
    { id: 'q' }, [['name', REQUIRED], ['id', INTEGER], ['why', REQUIRED]]
  ]
]

t.test('an error behind a reference has its place in the input', t => checkBodies(t, references))

const ODD_NAMES: Array<[name: string, field: string]> = [
  ['a/b', 'a/b'],
  ['a~b', 'a~b'],
  ['~1', '~1'],
  ['a.b', '["a.b"]'],
  ['a[0]', '["a[0]"]'],
  ['', '[""]'],
  [' ', ' '],
  ['a b', 'a b'],
  ['a"b', 'a"b'],
  ["a'b", "a'b"],
  ['a."b', '["a.\\"b"]'],
  ['a\\b', 'a\\b'],
  ['größe', 'größe'],
  ['日本', '日本'],
  ['😀', '😀'],
  ['%41', '%41'],
  ['<b>', '<b>'],
  ['0', '0'],
  ['constructor', 'constructor'],
  [long('n', 256), long('n', 256)],
  [long('n', 257), `${long('n', 255)}…`],
  [`${long('n', 254)}😀😀`, `${long('n', 254)}…`]
]

const names: BodyCase[] = ODD_NAMES.flatMap(([name, field]): BodyCase[] => [
  [`a value called ${JSON.stringify(name)}`, some({ [name]: integer }), { [name]: 'x' }, [[field, INTEGER]]],
  // To Ajv, `{}` has a constructor, and one name alone is not missing if it is empty.
  ...(name === 'constructor' || name === ''
    ? []
    : [[`a missing ${JSON.stringify(name)}`, { type: 'object', required: [name] }, {}, [[field, REQUIRED]]] satisfies BodyCase])
])

t.test('a name is a field as it is, or in brackets', t => checkBodies(t, [
  ...names,
  [
    'odd names in each other', some({ list: { type: 'array', items: some({ 'a.b': some({ '': some({ 'c/d': integer }) }) }) } }),
    { list: [{ 'a.b': { '': { 'c/d': 'x' } } }] }, [['list.0["a.b"][""].c/d', INTEGER]]
  ],
  [
    'a long name is cut with what is below it', some({ [long('n', 300)]: some({ x: integer }) }), { [long('n', 300)]: { x: 'y' } },
    [[`${long('n', 255)}…`, INTEGER]]
  ],
  [
    'a property called __proto__ is none to Ajv', some(JSON.parse('{"__proto__":{"type":"integer"},"b":{"type":"integer"}}')),
    { b: 'x' }, [['b', INTEGER]]
  ],
  [
    'properties called like parts', some({ body: integer, query: some({ limit: integer }), path: integer, header: integer }),
    { body: 'x', query: { limit: 'x' }, path: 'x', header: 'x' },
    [['body', INTEGER], ['query.limit', INTEGER], ['path', INTEGER], ['header', INTEGER]]
  ]
]))

t.test('additional properties are named, if Fastify keeps them', t => checkBodies(t, [
  [
    'at the top', some({ a: integer }, { additionalProperties: false }), { a: 'x', b: 1, 'c.d': 1 },
    [['b', NOT_ALLOWED], ['["c.d"]', NOT_ALLOWED], ['a', INTEGER]]
  ],
  [
    'below', Type.Object({ list: Type.Array(Type.Object({ a: Type.Integer() }, { additionalProperties: false })) }),
    { list: [{ a: 1, b: 1 }, { a: 'x', c: 1 }] }, [['list.0.b', NOT_ALLOWED], ['list.1.c', NOT_ALLOWED], ['list.1.a', INTEGER]]
  ],
  [
    'instead of another', Type.Object({ a: Type.Integer() }, { additionalProperties: false }), { A: 1 },
    [['a', REQUIRED], ['A', NOT_ALLOWED]]
  ],
  ['in a strict alternative', Type.Object({
    part: Type.Union([
      Type.Object({ k: Type.Literal('a'), x: Type.Integer() }, { additionalProperties: false }),
      Type.Object({ k: Type.Literal('b') }, { additionalProperties: false })
    ])
  }), { part: { k: 'a', x: 'q', y: 1 } },
  [['part.y', NOT_ALLOWED], ['part.x', INTEGER]]],
  ['none of them by a schema that allows them', some({ a: integer }, { additionalProperties: integer }), { a: 1, b: 'x' }, [['b', INTEGER]]]
], { removeAdditional: false }))

t.test('by the keyword discriminator', t => checkBodies(t, [
  [
    'the alternative it names', { type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf: [cat, dog] },
    { kind: 'cat', lives: 'x' }, [['name', REQUIRED], ['lives', INTEGER]]
  ],
  [
    'none that it names', { type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf: [cat, dog] },
    { kind: 'cow' }, [['kind', 'must be one of: "cat", "dog"']]
  ],
  [
    'below',
    some({ pet: { type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf: [cat, dog] }, b: integer }),
    { pet: { kind: 'dog', tail: 'x' }, b: 'x' }, [['pet.tail', 'must be a boolean'], ['b', INTEGER]]
  ],
  [
    'none that it names, below',
    some({
      pets: {
        type: 'array',
        items: { type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf: [cat, dog] }
      }
    }),
    { pets: [{ kind: 'cow' }, { kind: 'dog' }] }, [['pets.0.kind', 'must be one of: "cat", "dog"'], ['pets.1.tail', REQUIRED]]
  ]
], { discriminator: true }))

// What may not be told

t.test('if a schema refers to the input, no value of the input is shown', t => checkBodies(t, [
  ['limits', some({
    n: { type: 'integer', maximum: { $data: '1/secret' } },
    m: { type: 'integer', minimum: { $data: '1/secret' }, multipleOf: { $data: '1/secret' } },
    s: { type: 'string', maxLength: { $data: '1/secret' } },
    secret: integer
  }), { secret: 7, n: 8, m: 5, s: '12345678' },
  [['n', 'is too large'], ['m', 'is too small'], ['m', 'is not a multiple of the required number'], ['s', 'is too long']]],
  ['values', some({
    a: { const: { $data: '1/secret' } },
    b: { enum: { $data: '1/secrets' } },
    c: { anyOf: [{ const: { $data: '1/secret' } }, { type: 'null' }] }
  }), { secret: 'SECRET', secrets: ['SECRET'], a: 'x', b: 'y', c: 'z' },
  [['a', 'is not one of the allowed values'], ['b', 'is not one of the allowed values'], ['c', 'is not one of the allowed values']]],
  [
    'a format', some({ a: { type: 'string', format: { $data: '1/secret' } } }), { secret: 'email', a: 'x' },
    [['a', 'does not have the required format']]
  ],
  [
    'names are', some({ names: { type: 'array', items: string } }, { required: { $data: '0/names' } }), { names: ['x', 'y'] },
    [['x', REQUIRED], ['y', REQUIRED]]
  ],
  [
    'behind a reference of the schema to itself, where the path leads to something else', some(
      { pw: string, tag: { const: 'x' }, tree: { $ref: '#/definitions/t' } },
      { definitions: { t: { type: 'object', properties: { tag: { const: { $data: '/pw' } }, kid: { $ref: '#/definitions/t' } } } } }
    ), { pw: 'SECRET', tree: { tag: 'y', kid: { tag: 'z' } } },
    [['tree.tag', 'is not one of the allowed values'], ['tree.kid.tag', 'is not one of the allowed values']]
  ],
  [
    'what the schema says, is', some({ n: { type: 'integer', maximum: 3 }, a: { const: 'x' }, b: { pattern: 'SECRET' } }),
    { n: 4, a: 'y', b: 'z' }, [['n', 'must be at most 3'], ['a', 'must be "x"'], ['b', NO_MATCH]]
  ],
  [
    'behind a reference, that does not show', { $ref: 'limits#' }, { n: 4, a: 'x' },
    [['n', 'is too large'], ['a', 'is not one of the allowed values']]
  ]
], { $data: true }))

t.test('nor does a custom validator whose schema refers to the input', async t => {
  const ajv = new Ajv({ $data: true, allErrors: true })
  const { request } = await serve(t, app => app.post('/', {
    schema: { body: some({ n: { type: 'integer', maximum: { $data: '1/secret' } }, m: { type: 'integer', maximum: 3 } }) },
    validatorCompiler: ({ schema }) => ajv.compile(schema as object)
  }, async () => 'ok'))
  checkDetails(t, await request('/', json({ secret: 7, n: 8, m: 4 })), [['n', 'is too large'], ['m', 'must be at most 3']])
})

t.test('texts of the service\'s author are sent as they are', async t => {
  const errorMessage = { required: { b: 'We need a b: its value "b" must match' }, properties: { a: 'No a was received' } }
  const { request } = await serve(t, app => {
    app.post('/', { schema: { body: some({ a: integer, c: integer }, { required: ['b'], errorMessage }) } }, async () => 'ok')
    app.post('/all', { schema: { body: some({ a: integer }, { required: ['b'], errorMessage: 'Not like this' }) } }, async () => 'ok')
  }, { server: { ajv: { customOptions: { allErrors: true }, plugins: [ajvErrors as never] } } })
  checkDetails(t, await request('/', json({ a: 'x', c: 'x' })), [
    ['c', INTEGER], ['b', 'We need a b: its value "b" must match'], ['a', 'No a was received']
  ])
  checkDetails(t, await request('/all', json({ a: 'x' })), [['body', 'Not like this']])
})

// The same shape, in each way to write it

const shapes: Array<[title: string, typeBox: object, zod: z.ZodType, json: object, inputs: unknown[]]> = [
  ['an object',
    Type.Object({
      name: Type.String({ minLength: 1 }),
      age: Type.Integer({ minimum: 0 }),
      tags: Type.Array(Type.String({ maxLength: 3 }), { minItems: 1 })
    }),
    z.object({ name: z.string().min(1), age: z.int().min(0), tags: z.array(z.string().max(3)).min(1) }),
    all({
      name: { type: 'string', minLength: 1 },
      age: { type: 'integer', minimum: 0 },
      tags: { type: 'array', items: { type: 'string', maxLength: 3 }, minItems: 1 }
    }),
    [{}, { name: '', age: -1, tags: [] }, { name: {}, age: 1.5, tags: ['ok', 'long', {}] }, [], null, { name: 'x', age: 'x', tags: {} }]],
  ['objects in objects and lists',
    Type.Object({
      messages: Type.Array(Type.Object({ role: Type.Union([Type.Literal('user'), Type.Literal('tool')]), content: Type.String() })),
      user: Type.Object({ id: Type.String({ format: 'uuid' }) })
    }),
    z.object({ messages: z.array(z.object({ role: z.enum(['user', 'tool']), content: z.string() })), user: z.object({ id: z.uuid() }) }),
    all({
      messages: { type: 'array', items: all({ role: { enum: ['user', 'tool'] }, content: string }) },
      user: all({ id: { type: 'string', format: 'uuid' } })
    }),
    [{}, { messages: [{}, { role: 'x', content: {} }, []], user: {} }, { messages: [{ role: 'user', content: 'x' }], user: { id: 'x' } }]],
  ['what may be null, or left out',
    Type.Object({
      a: Type.Union([Type.String({ minLength: 2 }), Type.Null()]),
      b: Type.Optional(Type.Integer()),
      c: Type.Union([Type.Object({ d: Type.String() }), Type.Null()])
    }),
    z.object({ a: z.string().min(2).nullable(), b: z.int().optional(), c: z.object({ d: z.string() }).nullable() }),
    all({
      a: { type: 'string', minLength: 2, nullable: true },
      b: integer,
      c: all({ d: string }, { nullable: true })
    }, { required: ['a', 'c'] }),
    [{}, { a: 'x', b: 'x', c: {} }, { a: null, c: { d: {} } }, { a: {}, c: 'x' }]],
  ['alternatives with a constant',
    Type.Object({ parts: Type.Array(Part) }),
    z.object({
      parts: z.array(z.discriminatedUnion('type', [
        z.object({ type: z.literal('text'), text: z.string() }), z.object({ type: z.literal('image'), url: z.url(), width: z.int() })
      ]))
    }),
    all({
      parts: {
        type: 'array',
        items: {
          anyOf: [
            all({ type: { const: 'text' }, text: string }),
            all({ type: { const: 'image' }, url: { type: 'string', format: 'uri' }, width: integer })
          ]
        }
      }
    }),
    [{ parts: [{ type: 'text' }, { type: 'image', width: 'x' }, { type: 'video' }, 5] }]],
  ['alternatives with a constant, in a plain union',
    Type.Object({
      tool: Type.Union([
        Type.Literal('auto'), Type.Object({ type: Type.Literal('function'), name: Type.String() }),
        Type.Object({ type: Type.Literal('search'), limit: Type.Integer() })
      ])
    }),
    z.object({
      tool: z.union([
        z.literal('auto'), z.object({ type: z.literal('function'), name: z.string() }),
        z.object({ type: z.literal('search'), limit: z.int() })
      ])
    }),
    all({
      tool: {
        anyOf: [
          { const: 'auto' }, all({ type: { const: 'function' }, name: string }), all({ type: { const: 'search' }, limit: integer })
        ]
      }
    }),
    [{ tool: 'x' }, { tool: { type: 'function' } }, { tool: { type: 'search', limit: {} } }, { tool: { type: 'x' } }, {}]],
  ['no more properties than these',
    Type.Object({
      a: Type.Integer(),
      b: Type.Object({ c: Type.Integer() }, { additionalProperties: false })
    }, { additionalProperties: false }),
    z.strictObject({ a: z.int(), b: z.strictObject({ c: z.int() }) }),
    all({ a: integer, b: all({ c: integer }, { additionalProperties: false }) }, { additionalProperties: false }),
    [{ a: 1, b: { c: 1, d: 1 }, e: 1 }, { A: 1, b: { c: 1 } }, { 'a.b': 1, a: 1, b: { c: 1 } }]]
]

t.test('the same shape has the same fields in TypeBox, Zod and JSON Schema', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, typeBox, zod, jsonSchema]] of shapes.entries()) {
      app.post(`/typebox/${index}`, { schema: { body: typeBox } }, async () => 'ok')
      app.post(`/zod/${index}`, { schema: { body: zod }, validatorCompiler: validatorCompiler as never }, async () => 'ok')
      app.post(`/json/${index}`, { schema: { body: jsonSchema } }, async () => 'ok')
    }
  }, { server: { ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } } })

  const fields = async (path: string, input: unknown): Promise<unknown> =>
    (await request(path, json(input))).body.error?.details?.map(({ field }) => field).sort()
  for (const [index, [title, , , , inputs]] of shapes.entries()) {
    for (const input of inputs) {
      const expected = await fields(`/json/${index}`, input)
      t.ok(Array.isArray(expected) && expected.length > 0, `${title}: ${JSON.stringify(input)}`)
      t.strictSame(await fields(`/typebox/${index}`, input), expected, 'in TypeBox')
      t.strictSame(await fields(`/zod/${index}`, input), expected, 'in Zod')
    }
  }
})

// Other parts of the request

type PartCase = [title: string, schema: FastifySchema, path: string, init: Init, details: Details]

const QUERY = 'query parameter'
const PATH = 'path parameter'

const parts: PartCase[] = [
  ['the query', {
    querystring: some({
      limit: { type: 'integer', minimum: 1 },
      on: { type: 'boolean' },
      sort: { type: 'string', enum: ['a', 'b'] }
    }, { required: ['page'] })
  }, '/x?limit=0&on=maybe&sort=c', {},
  [
    ['query.page', `${QUERY} is required`], ['query.limit', `${QUERY} must be at least 1`],
    ['query.on', `${QUERY} must be a boolean`], ['query.sort', `${QUERY} must be one of: "a", "b"`]
  ]],
  [
    'a query that is coerced',
    { querystring: some({ limit: integer, on: { type: 'boolean' }, ids: { type: 'array', items: integer }, bad: integer }) },
    '/x?limit=5&on=true&ids=5&bad=x', {}, [['query.bad', `${QUERY} must be an integer`]]
  ],
  [
    'a list in the query', { querystring: some({ ids: { type: 'array', items: integer } }) }, '/x?ids=1&ids=x&ids=y', {},
    [['query.ids.1', `${QUERY} must be an integer`], ['query.ids.2', `${QUERY} must be an integer`]]
  ],
  [
    'a list of one in the query', { querystring: some({ ids: { type: 'array', items: integer, minItems: 2 } }) }, '/x?ids=x', {},
    [['query.ids', `${QUERY} must have at least 2 items`], ['query.ids.0', `${QUERY} must be an integer`]]
  ],
  [
    'a list where one value is wanted', { querystring: some({ limit: integer }) }, '/x?limit=1&limit=2', {},
    [['query.limit', `${QUERY} must be an integer`]]
  ],
  [
    'an empty value', { querystring: some({ limit: integer, name: { type: 'string', minLength: 1 } }) }, '/x?limit=&name=', {},
    [['query.limit', `${QUERY} must be an integer`], ['query.name', `${QUERY} must have at least 1 character`]]
  ],
  ['odd names in the query', {
    querystring: some({
      'a.b': integer,
      'a[0]': integer,
      'a/b': integer,
      '': integer,
      größe: integer
    })
  }, '/x?a.b=x&a[0]=x&a/b=x&=x&gr%C3%B6%C3%9Fe=x', {},
  [
    ['query["a.b"]', `${QUERY} must be an integer`], ['query["a[0]"]', `${QUERY} must be an integer`],
    ['query.a/b', `${QUERY} must be an integer`], ['query[""]', `${QUERY} must be an integer`],
    ['query.größe', `${QUERY} must be an integer`]
  ]],
  [
    'the query as a whole', { querystring: { type: 'object', minProperties: 1 } }, '/x', {},
    [['query', `${QUERY} must have at least 1 property`]]
  ],
  [
    'constants in the query',
    {
      querystring: Type.Object({
        kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
        level: Type.Union([Type.Literal(1), Type.Literal(2)])
      })
    },
    '/x?kind=c&level=3', {},
    [['query.kind', `${QUERY} must be one of: "a", "b"`], ['query.level', `${QUERY} must be one of: 1, 2`]]
  ],
  [
    'a constant in the query chooses',
    {
      querystring: Type.Union([
        Type.Object({ kind: Type.Literal('a'), x: Type.Integer() }), Type.Object({ kind: Type.Literal('b'), y: Type.Integer() })
      ])
    },
    '/x?kind=b&y=q', {}, [['query.y', `${QUERY} must be an integer`]]
  ],
  [
    'a query that needs another', { querystring: { type: 'object', dependencies: { from: ['to', 'zone'] } } }, '/x?from=1', {},
    [['query.to', `${QUERY} is required where from is present`], ['query.zone', `${QUERY} is required where from is present`]]
  ],
  ['the path', { params: some({ id: integer, '*': string }) }, '/x', {}, [['path.id', `${PATH} must be an integer`]]],
  [
    'several faults of the path', { params: some({ id: { type: 'string', format: 'uuid', minLength: 3, pattern: 'SECRET' } }) },
    '/x', {}, [['path.id', `${PATH} must have at least 3 characters`]]
  ],
  [
    'the headers', { headers: some({ 'x-tenant-id': integer }, { required: ['x-tenant-id', 'x-other'] }) }, '/x',
    { headers: { 'x-tenant-id': 'q' } },
    [['header.x-other', 'header is required'], ['header.x-tenant-id', 'header must be an integer']]
  ],
  [
    'headers in capitals in the schema', { headers: some({ 'X-Tenant-Id': integer }, { required: ['X-Tenant-Id', 'X-Other'] }) },
    '/x', { headers: { 'X-TENANT-ID': 'q' } },
    [['header.x-other', 'header is required'], ['header.x-tenant-id', 'header must be an integer']]
  ],
  [
    'headers of TypeBox', { headers: Type.Object({ 'X-Tenant-Id': Type.Integer(), 'X-Other': Type.String() }) }, '/x',
    { headers: { 'x-tenant-id': 'q' } },
    [['header.x-other', 'header is required'], ['header.x-tenant-id', 'header must be an integer']]
  ],
  ['the body alone', { body: all({ a: integer, b: integer }) }, '/x', json({ a: 'x' }), [['b', REQUIRED], ['a', INTEGER]]],
  [
    'path and query', { params: some({ id: integer }), querystring: all({ limit: integer }) }, '/x', {},
    [['path.id', `${PATH} must be an integer`], ['query.limit', `${QUERY} is required`]]
  ],
  [
    'path and body', { params: some({ id: integer }), body: all({ a: integer }) }, '/x', json({ a: 'x' }),
    [['path.id', `${PATH} must be an integer`], ['a', INTEGER]]
  ],
  [
    'body and headers', { headers: required('x-a', 'x-b'), body: all({ a: integer, b: integer }) }, '/x', json({}),
    [['a', REQUIRED], ['b', REQUIRED], ['header.x-a', 'header is required'], ['header.x-b', 'header is required']]
  ],
  ['all four', {
    params: some({ id: { type: 'integer' } }),
    querystring: some({ limit: integer, page: integer }),
    headers: some({ 'x-n': integer }, { required: ['x-m'] }),
    body: all({ a: integer, b: integer })
  }, '/x?limit=x&page=y', json({ a: 'x' }, { headers: { 'x-n': 'q' } }),
  [
    ['path.id', `${PATH} must be an integer`], ['b', REQUIRED], ['a', INTEGER], ['query.limit', `${QUERY} must be an integer`],
    ['query.page', `${QUERY} must be an integer`], ['header.x-m', 'header is required'],
    ['header.x-n', 'header must be an integer']
  ]],
  [
    'of four, those that are accepted have no entry',
    { params: some({ id: integer }), querystring: some({ limit: integer }), headers: some({ 'x-n': integer }), body: all({ a: integer }) },
    '/5?limit=7', json({ a: '5' }, { headers: { 'x-n': 'q' } }), [['header.x-n', 'header must be an integer']]
  ],
  [
    'the same fault in two parts', { querystring: all({ a: integer }), body: all({ a: integer }) }, '/x', json({}),
    [['a', REQUIRED], ['query.a', `${QUERY} is required`]]
  ],
  [
    'one schema for two parts', (schema => ({ querystring: schema, body: schema }))(all({ a: integer, b: integer })), '/x?a=x',
    json({ b: 'y' }),
    [['a', REQUIRED], ['b', INTEGER], ['query.b', `${QUERY} is required`], ['query.a', `${QUERY} must be an integer`]]
  ],
  ['no body', { body: all({ a: integer }) }, '/x', { method: 'POST' }, [['body', OBJECT]]],
  [
    'no body, and a bad query', { body: all({ a: integer }), querystring: all({ limit: integer }) }, '/x', { method: 'POST' },
    [['body', OBJECT], ['query.limit', `${QUERY} is required`]]
  ],
  [
    'an empty body of JSON', { body: all({ a: integer }) }, '/x',
    { method: 'POST', headers: { 'content-type': 'application/json' } }, [['body', 'must not be empty']]
  ],
  [
    'a body that is no JSON', { body: all({ a: integer }) }, '/x', json(undefined, { body: '{"a":SECRET' }),
    [['body', 'must be valid JSON']]
  ],
  [
    'a body with __proto__', { body: all({ a: integer }) }, '/x', json(undefined, { body: '{"a":1,"__proto__":{"b":1}}' }),
    [['body', 'must be valid JSON']]
  ],
  [
    'a body with constructor.prototype', { body: all({ a: integer }) }, '/x',
    json(undefined, { body: '{"a":1,"constructor":{"prototype":{"b":1}}}' }), [['body', 'must be valid JSON']]
  ],
  ['a body that is null', { body: all({ a: integer }) }, '/x', json(null), [['body', OBJECT]]],
  ['a body that is a list', { body: all({ a: integer }) }, '/x', json([]), [['body', OBJECT]]],
  ['a body that is a text', { body: all({ a: integer }) }, '/x', json('SECRET'), [['body', OBJECT]]],
  [
    'a body that is an object where a list is wanted', { body: { type: 'array', items: integer } }, '/x', json({ a: 1 }),
    [['body', 'must be an array']]
  ],
  [
    'a body that is a list', { body: { type: 'array', items: integer, maxItems: 2 } }, '/x', json([1, 'x', 'y']),
    [['body', 'must have at most 2 items']]
  ],
  [
    'a body that is too short a text', { body: { type: 'string', minLength: 5, pattern: 'SECRET' } }, '/x',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'abc' }, [['body', 'must have at least 5 characters']]
  ],
  [
    'a schema for JSON',
    {
      body: {
        content: {
          'application/json': { schema: all({ a: integer, b: integer }) },
          'text/plain': { schema: { type: 'string', minLength: 5 } }
        }
      }
    },
    '/x', json({ b: 'x' }, { headers: { 'content-type': 'application/json; charset=utf-8' } }), [['a', REQUIRED], ['b', INTEGER]]
  ],
  ['a schema for text', {
    body: {
      content: {
        'application/json': { schema: all({ a: integer, b: integer }) },
        'text/plain': { schema: { type: 'string', minLength: 5, pattern: 'SECRET' } }
      }
    }
  }, '/x', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'abc' },
  [['body', 'must have at least 5 characters']]],
  [
    'a media type without a schema',
    { body: { content: { 'application/json': { schema: all({ a: integer }) } } }, querystring: all({ limit: integer }) }, '/x',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'abc' }, [['query.limit', `${QUERY} is required`]]
  ],
  [
    'an asynchronous schema tells its first fault, later parts theirs',
    { body: { $async: true, ...all({ a: integer, b: integer }) }, querystring: all({ limit: integer, page: integer }) }, '/x',
    json({}), [['a', REQUIRED], ['query.limit', `${QUERY} is required`], ['query.page', `${QUERY} is required`]]
  ],
  [
    'an asynchronous schema is not asked about a later part',
    { body: all({ a: integer, b: integer }), querystring: { $async: true, ...all({ limit: integer }) } }, '/x', json({}),
    [['a', REQUIRED], ['b', REQUIRED]]
  ]
]

t.test('every part has its errors, under its own name, in the order in which Fastify validates them', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, schema]] of parts.entries()) {
      app.route({
        method: ['GET', 'POST'].slice(schema.body === undefined ? 0 : 1),
        url: `/${index}/:id`,
        schema,
        handler: async () => 'ok'
      })
    }
  }, { server: QUIET })
  for (const [index, [title, , path, init, details]] of parts.entries()) {
    checkDetails(t, await request(`/${index}${path}`, init), details, title)
  }
})

// How many

const FAULTS = ['x', 'y', 'z'].map((name): Details[number] => [name, REQUIRED])
const QUERY_FAULTS = ['u', 'v'].map((name): Details[number] => [`query.${name}`, `${QUERY} is required`])

for (const [maxDetails, details, message] of [
  [6, [...FAULTS, ...QUERY_FAULTS], 'The request is not valid'],
  [5, [...FAULTS, ...QUERY_FAULTS], 'The request is not valid'],
  [4, [...FAULTS, QUERY_FAULTS[0]!], 'The request is not valid … (1 more)'],
  [3, FAULTS, 'The request is not valid … (2 more)'],
  [1, [FAULTS[0]!], 'The request is not valid … (4 more)']
] as Array<[number, Details, string]>) {
  t.test(`of five errors, with maxDetails: ${maxDetails}`, async t => {
    const { request } = await serve(t, app =>
      app.post('/', {
        schema: {
          body: required('x', 'y', 'z'),
          querystring: required('u', 'v')
        }
      }, async () => 'ok'), { errors: { maxDetails } })
    checkDetails(t, await request('/', json({})), details, 'details', message)
  })
}

t.test('a second error of the last field that is sent is counted', async t => {
  const body = { type: 'object', properties: { a: { type: 'integer', minimum: 5, multipleOf: 2 } } }
  const { request } = await serve(t, app => app.post('/', { schema: { body } }, async () => 'ok'), { errors: { maxDetails: 1 } })
  checkDetails(t, await request('/', json({ a: 3 })), [['a', 'must be at least 5']], 'details', 'The request is not valid … (1 more)')
})

t.test('what only the first pass meets, since the search for more has removed it, is told as well', async t => {
  const body = {
    type: 'object',
    allOf: [
      {
        anyOf: [
          { type: 'object', properties: { a: integer, d: integer }, required: ['a'], additionalProperties: false },
          { type: 'object' }
        ]
      },
      { properties: { e: integer } },
      { required: ['c'] }
    ]
  }
  const { request } = await serve(t, app => app.post('/', { schema: { body } }, async () => 'ok'))
  checkDetails(t, await request('/', json({ d: 1, e: 'x' })), [['e', INTEGER], ['c', REQUIRED]], 'details')
})

// What is not asked: a pattern may be slow, and the client decides on what

/** An object of a kind whose other values must match a pattern that is only its own. */
const tagged = (kind: string, properties: object = {}): object =>
  all({ kind: { const: kind }, v: { type: 'string', pattern: `^${kind}` }, ...properties })
const tree = {
  anyOf: [tagged('leaf'), all({ kind: { const: 'node' }, v: { pattern: '^node' }, w: { oneOf: [tagged('one'), tagged('two')] } })]
}
const unasked: Array<[title: string, schema: unknown, body: unknown, patterns: string[], details: Details]> = [
  ['the second of two', { oneOf: [tagged('one'), tagged('two')] }, { kind: 'two', v: 'x' }, ['^two'], [['v', NO_MATCH]]],
  ['the first of two', { anyOf: [tagged('one'), tagged('two')] }, { kind: 'one', v: 'x' }, ['^one'], [['v', NO_MATCH]]],
  [
    'none, for an unknown tag', { oneOf: [tagged('one'), tagged('two')] }, { kind: 'three', v: 'x' }, [],
    [['kind', 'must be one of: "one", "two"']]
  ],
  ['none, without a tag', { anyOf: [tagged('one'), tagged('two')] }, { v: 'x' }, [], [['kind', REQUIRED]]],
  [
    'an item of a list', some({ list: { type: 'array', items: { anyOf: [tagged('one'), tagged('two')] } } }),
    { list: [{ kind: 'two', v: 'x' }, { kind: 'three', v: 'x' }] }, ['^two'],
    [['list.0.v', NO_MATCH], ['list.1.kind', 'must be one of: "one", "two"']]
  ],
  [
    'behind references',
    { oneOf: [{ $ref: '#/definitions/one' }, { $ref: '#/definitions/two' }], definitions: { one: tagged('one'), two: tagged('two') } },
    { kind: 'two', v: 'x' }, ['^two'], [['v', NO_MATCH]]
  ],
  ['in each other', tree, { kind: 'node', v: 'x', w: { kind: 'two', v: 'x' } }, ['^node', '^two'], [['v', NO_MATCH], ['w.v', NO_MATCH]]],
  ['in one that was not meant', tree, { kind: 'leaf', v: 'x', w: { kind: 'two', v: 'x' } }, ['^leaf'], [['v', NO_MATCH]]],
  [
    'names by a pattern', { oneOf: [tagged('one'), { ...all({ kind: { const: 'two' } }), patternProperties: { '^two': integer } }] },
    { kind: 'one', v: 'x', two: 'x' }, ['^one'], [['v', NO_MATCH]]
  ]
]

t.test('of a tagged union, the patterns of an alternative that was not meant are not asked', async t => {
  const asked = new Set<string>()
  class Noted extends RegExp {
    override test (text: string): boolean {
      asked.add(this.source)
      return super.test(text)
    }
  }
  const regExp = Object.assign((pattern: string, flags: string) => new Noted(pattern, flags), { code: 'new RegExp' })
  const { request } = await serve(t, app => {
    for (const [index, [, body]] of unasked.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  }, { server: { ajv: { customOptions: { logger: false, code: { regExp } } } } })
  for (const [index, [title, , body, patterns, details]] of unasked.entries()) {
    asked.clear()
    checkDetails(t, await request(`/${index}`, json(body)), details, title)
    t.strictSame([...asked], patterns, title)
  }
})

// By default, Fastify's Ajv removes what `additionalProperties: false` doesn't allow, also for an
// alternative that fails.
t.test('what an alternative removes still tells which one was meant', t => checkBodies(t, [
  [
    'at the root',
    {
      anyOf: [
        { allOf: [some({ 'a~b': { type: 'string', pattern: '^x' } }), some({ c: integer }, { additionalProperties: false })] },
        { allOf: [some({ c: { type: 'string', pattern: '^x' } }), some({})] }
      ]
    },
    { c: {}, 'a~b': null }, [['a~b', NO_MATCH], ['c', INTEGER]]
  ],
  [
    'in a list',
    {
      type: 'array',
      items: {
        anyOf: [{ allOf: [some({ a: { pattern: '^x' } }), some({ b: integer }, { additionalProperties: false })] }, some({ b: integer })]
      }
    },
    [{ b: 1 }, { a: 'y', b: 'z' }], [['1.a', NO_MATCH], ['1.b', INTEGER]]
  ]
]))

t.test('of 62 errors, 50 are sent, and 12 are counted', async t => {
  const { request } = await serve(t, app => app.post('/', { schema: { body: { type: 'array', items: integer } } }, async () => 'ok'))
  const details = Array.from({ length: 50 }, (_, index): Details[number] => [String(index), INTEGER])
  checkDetails(
    t,
    await request('/', json(Array.from({ length: 62 }, () => 'x'))),
    details,
    'details',
    'The request is not valid … (12 more)'
  )
})

const group = {
  type: 'object', required: ['rules'], properties: { rules: { type: 'array', items: { $ref: '#/definitions/group' } }, v: string }
}
const ofGroup = (...others: object[]) => ({ anyOf: [{ $ref: '#/definitions/group' }, ...others], definitions: { group } })

t.test('an alternative is known by a tag that Ajv will convert, or by an object', t => {
  const tagged = (type: object, one: unknown, other: unknown) => ({
    anyOf: [
      { type: 'object', properties: { k: { ...type, const: one }, a: string }, required: ['k', 'a'] },
      { type: 'object', properties: { k: { ...type, const: other }, b: string }, required: ['k', 'b'] }
    ]
  })
  return checkBodies(t, [
    ['a number', tagged({ type: 'integer' }, 1, 2), { k: '2' }, [['b', REQUIRED]]],
    ['a truth value', tagged({ type: 'boolean' }, true, false), { k: 'true' }, [['a', REQUIRED]]],
    ['a string', tagged({ type: 'string' }, '1', '2'), { k: 1 }, [['a', REQUIRED]]],
    ['an object', tagged({ type: 'object' }, { t: 1 }, { t: 2 }), { k: { t: 2 } }, [['b', REQUIRED]]],
    ['one that is twice in an intersection', {
      anyOf: ['x', 'y'].map(kind => ({
        allOf: [
          { type: 'object', properties: { k: { const: kind }, [kind]: string }, required: ['k', kind] },
          { type: 'object', properties: { k: { enum: ['x', 'y'] } }, required: ['k'] }
        ]
      }))
    }, { k: 'y' }, [['y', REQUIRED]]]
  ])
})

t.test('behind a recursive reference, the first error is of the alternative that was meant', async t => {
  const cases: BodyCase[] = [
    ['or a string', ofGroup(string), { v: 'x' }, [['rules', REQUIRED]]],
    ['or null', ofGroup({ type: 'null' }), { v: 'x' }, [['rules', REQUIRED]]],
    ['a type', ofGroup(string), { v: [], rules: [] }, [['v', STRING]]],
    ['further down', ofGroup(string), { rules: [{}] }, [['rules.0.rules', REQUIRED]]],
    ['around it, too', { type: 'object', ...ofGroup(string) }, { v: 'x' }, [['rules', REQUIRED]]],
    ['of two references', ofGroup({ $ref: '#/definitions/group' }), { v: 'x' }, [['body', NO_ALTERNATIVE]]]
  ]
  const { request } = await serve(t, app => {
    for (const [index, [, body]] of cases.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  }, { server: QUIET })
  for (const [index, [title, , body, details]] of cases.entries()) {
    const init = json(body)
    checkDetails(t, await request(`/${index}`, { ...init, body: `${String(init.body)}${' '.repeat(9000)}` }), details, title)
  }
})

t.test('behind a recursive reference, all errors are of the alternative that was meant', async t => {
  const cases: BodyCase[] = [
    ['or a string', ofGroup(string), { v: 'x' }, [['rules', REQUIRED]]],
    ['or null', ofGroup({ type: 'null' }), { v: 'x' }, [['rules', REQUIRED]]],
    // Too large for a collecting validator, so that the paths tell what belongs to the union.
    ['or a string, in a large body', ofGroup(string), { v: 'x'.repeat(9000) }, [['rules', REQUIRED]]],
    ['or null, in a large body', ofGroup({ type: 'null' }), { v: 'x'.repeat(9000) }, [['rules', REQUIRED]]]
  ]
  await checkBodies(t, cases, { allErrors: true })
})

t.test('a scalar that Ajv made a list of is told as the scalar that it was', async t => {
  const content = (items: object) => some({ c: { anyOf: [{ type: 'string', minLength: 1, maxLength: 5 }, { type: 'array', items }] } })
  await checkBodies(t, [
    ['too long, or a list of objects', content(all({ t: string })), { c: 'too long' }, [['c', 'must have at most 5 characters']]],
    ['empty, or a list of objects', content(all({ t: string })), { c: '' }, [['c', 'must have at least 1 character']]],
    ['or a list of the same', content({ type: 'string', maxLength: 5 }), { c: 'too long' }, [['c', 'must have at most 5 characters']]],
    [
      'or a longer one',
      some({
        c: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'string', minLength: 20 }, { type: 'array', items: all({ t: string }) }] }
      }),
      { c: 'too long' }, [['c', NO_ALTERNATIVE]]
    ],
    ['a list of two', content({ type: 'string', maxLength: 5 }), { c: ['x', 'too long'] }, [['c.1', 'must have at most 5 characters']]]
  ])
})
