import { Type as LegacyType } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type } from 'arktype'
import { Schema } from 'effect'
import Joi from 'joi'
import t from 'tap'
import * as v from 'valibot'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import * as yup from 'yup'
import { z } from 'zod'
import { effectIssues } from '../../src/validation/dialects/effect.js'
import { isoDate } from '../../src/validation/dialects/kind.js'
import { TEXTS } from '../../src/validation/dialects/joi-text.js'
import { YUP } from '../../src/validation/dialects/yup.js'
import { toIssue } from '../../src/validation/foreign-issue.js'
import { json, serve } from '../fixtures/service.js'

// Each validator through a `validatorCompiler` of a few lines, over HTTP.

type Details = Array<[field: string, message: string]>
type Row = [title: string, schema: unknown, body: unknown, details: Details]
/** What a `validatorCompiler` returns. */
type Validate = (schema: never, data: unknown) => unknown

interface StandardSchema {
  '~standard': { validate (data: unknown): { issues?: readonly unknown[] } | Promise<unknown> }
}

const standard: Validate = (schema: StandardSchema, data) => {
  const { issues, value } = schema['~standard'].validate(data) as { issues?: unknown, value?: unknown }
  return issues === undefined ? { value } : { error: issues }
}
const zod: Validate = (schema: z.ZodType, data) => schema.safeParse(data)
const valibot: Validate = (schema: v.GenericSchema, data) => {
  const { issues, output } = v.safeParse(schema, data)
  return issues === undefined ? { value: output } : { error: issues }
}
const arkType: Validate = (schema: (data: unknown) => unknown, data) => {
  const out = schema(data)
  return out instanceof type.errors ? { error: out } : { value: out }
}
const joi: Validate = (schema: Joi.Schema, data) => schema.validate(data, { abortEarly: false })
/** Of an issue, this gives the path and the text alone. */
const standardJoi: Validate = (schema: Joi.Schema, data) => {
  const result = schema['~standard'].validate(data, { libraryOptions: { abortEarly: false } }) as { issues?: unknown, value?: unknown }
  return result.issues === undefined ? { value: result.value } : { error: result.issues }
}
const firstOf = (abortEarly: boolean): Validate => (schema: yup.Schema, data) => {
  try {
    return { value: schema.validateSync(data, { abortEarly, strict: true }) }
  } catch (error) {
    return { error }
  }
}
const effect: Validate = (schema: Schema.Codec<unknown>, data) => {
  try {
    return { value: Schema.decodeUnknownSync(schema, { errors: 'all', onExcessProperty: 'error' })(data) }
  } catch (error) {
    return { error }
  }
}
const typeBox: Validate = (schema, data) => {
  const errors = Compile(schema).Errors(data)
  return errors.length === 0 ? { value: data } : { error: errors }
}
const legacyTypeBox: Validate = (schema, data) => {
  const errors = [...TypeCompiler.Compile(schema).Errors(data)]
  return errors.length === 0 ? { value: data } : { error: errors }
}

const REQUIRED = 'is required'
const NOT_ALLOWED = 'is not allowed'
const NOT_VALID = 'is not valid'
const NO_MATCH = 'does not match the required pattern'
const KINDS = 'must be one of: "text", "call"'
const SECRET = 'sk-live-4242'

/** Two objects with a tag, and what is wrong with each of these. */
const UNION: Array<[input: unknown, details: Details]> = [
  [{ kind: 'tex' }, [['kind', KINDS]]],
  [{ text: 'x' }, [['kind', REQUIRED]]],
  [{ kind: 'text' }, [['text', REQUIRED]]]
]
const asRows = (title: string, schema: unknown, around: (input: unknown) => unknown = input => ({ u: input }), place = 'u'): Row[] =>
  UNION.map(([input, details]) => [
    `${title}: ${JSON.stringify(input)}`, schema, around(input),
    details.map(([field, message]) => [place === '' ? field : `${place}.${field}`, message])
  ])

const textOrCall = type({ kind: "'text'", text: 'string' }).or({ kind: "'call'", name: 'string' })

/** Of TypeBox, in its two versions. */
function intersections (type: typeof LegacyType): Row[] {
  const [a, b] = [type.Object({ a: type.String() }), type.Object({ b: type.Number() })]
  const only = { unevaluatedProperties: false }
  return [
    ['an intersection', type.Object({ u: type.Intersect([a, b]) }), { u: { a: 5 } }, [['u.a', 'must be a string'], ['u.b', REQUIRED]]],
    [
      'an intersection of which a part has the same property',
      type.Object({ u: type.Intersect([a, type.Object({ a: type.String({ minLength: 3 }) })]) }), { u: { a: 5 } },
      [['u.a', 'must be a string']]
    ],
    ['an intersection, for another type', type.Object({ u: type.Intersect([a, b]) }), { u: SECRET }, [['u', 'must be an object']]],
    [
      'an intersection of texts', type.Object({ u: type.Intersect([type.String(), type.String({ minLength: 30 })]) }), { u: SECRET },
      [['u', 'must have at least 30 characters']]
    ],
    ['an intersection that allows nothing else', type.Intersect([a, b], only), { a: 'x', b: SECRET }, [['b', 'must be a number']]],
    ['one too many for an intersection', type.Intersect([a, b], only), { a: 'x', b: 1, c: SECRET }, [['c', NOT_ALLOWED]]],
    [
      'an intersection in an intersection', type.Intersect([type.Intersect([a, b]), type.Object({ c: type.Number() })]),
      { a: 'x', b: SECRET, c: SECRET }, [['b', 'must be a number'], ['c', 'must be a number']]
    ]
  ]
}

/** The same with Joi's own errors and with its Standard Schema. */
const joiRows: Row[] = [
  [
    'missing and of another type', Joi.object({ a: Joi.string().required(), b: Joi.number() }), { b: SECRET },
    [['a', REQUIRED], ['b', 'must be a number']]
  ],
  [
    'limits',
    Joi.object({ a: Joi.string().max(2), l: Joi.array().min(1), n: Joi.number().min(3), g: Joi.number().positive(), e: Joi.string() }),
    { a: SECRET, l: [], n: 1, g: -1, e: '' },
    [
      ['a', 'must have at most 2 characters'], ['l', 'must have at least 1 item'], ['n', 'must be at least 3'],
      ['g', 'must be greater than 0'], ['e', 'must have at least 1 character']
    ]
  ],
  [
    'formats',
    Joi.object({ a: Joi.string().email(), b: Joi.string().guid(), c: Joi.string().uri(), p: Joi.string().pattern(/SECRET/) }),
    { a: SECRET, b: SECRET, c: SECRET, p: SECRET },
    [['a', 'must be a valid email'], ['b', 'must be a valid UUID'], ['c', 'must be a valid URI'], ['p', NO_MATCH]]
  ],
  ['one too many', Joi.object({ a: Joi.number() }), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
  [
    'what a rule throws', Joi.object({ a: Joi.string().custom(value => { throw new Error(`no ${value}`) }) }), { a: SECRET },
    [['a', NOT_VALID]]
  ],
  [
    'what a rule says',
    Joi.object({ a: Joi.string().custom((_value, { message }) => message({ custom: 'This name is taken' })) }), { a: SECRET },
    [['a', 'This name is taken']]
  ],
  [
    'an item that is missing', Joi.object({ l: Joi.array().has(Joi.number()) }), { l: [SECRET] },
    [['l', 'must contain at least 1 valid item']]
  ],
  [
    'lists', Joi.object({ a: Joi.array().unique(), b: Joi.array().length(1) }), { a: [SECRET, SECRET], b: [] },
    [['a.1', 'is in the list already'], ['b', 'must have exactly 1 item']]
  ]
]

const dialects: Array<[name: string, validate: Validate, rows: Row[]]> = [
  ['Zod', zod, [
    [
      'missing and of another type', z.object({ a: z.string(), b: z.number() }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'limits', z.object({ a: z.string().max(2), l: z.array(z.any()).min(1), n: z.number().gt(3) }), { a: SECRET, l: [], n: 3 },
      [['a', 'must have at most 2 characters'], ['l', 'must have at least 1 item'], ['n', 'must be greater than 3']]
    ],
    [
      'dates', z.object({ d: z.coerce.date().min(new Date(0)) }), { d: '1960-01-01' },
      [['d', 'must not be earlier than 1970-01-01T00:00:00.000Z']]
    ],
    [
      'a rule of the service', z.object({ a: z.string().refine(() => false, 'This name is taken') }), { a: SECRET },
      [['a', 'This name is taken']]
    ],
    [
      'a rule that quotes the input',
      z.object({ a: z.string().refine(() => false, { error: issue => `${String(issue.input)} is taken` }) }), { a: SECRET },
      [['a', NOT_VALID]]
    ],
    [
      'a rule that quotes a part of it, in capitals',
      z.object({ a: z.string().refine(() => false, { error: issue => `${String(issue.input).slice(0, 7).toUpperCase()}… is taken` }) }),
      { a: SECRET }, [['a', NOT_VALID]]
    ],
    [
      'a rule that quotes a short value', z.object({ a: z.string().refine(() => false, 'No "abc", please') }), { a: 'abc' },
      [['a', NOT_VALID]]
    ],
    [
      'a rule about a property that is missing',
      z.object({ p: z.string(), q: z.string().optional() }).refine(() => false, { path: ['q'], error: 'The two differ' }),
      { p: 'x' }, [['q', 'The two differ']]
    ],
    [
      'no number', z.object({ a: z.nan(), b: z.nan(), u: z.union([z.nan(), z.null()]) }), { b: SECRET, u: true },
      [['a', REQUIRED], ['b', 'must be NaN'], ['u', 'must be NaN or null']]
    ],
    [
      'what no number, date or bigint can be made of',
      z.object({ a: z.coerce.number(), b: z.coerce.bigint(), d: z.coerce.date() }), { a: SECRET, b: SECRET, d: 'no date' },
      [['a', 'must be a number'], ['b', 'must be an integer'], ['d', 'must be a date']]
    ],
    [
      'one of two', z.object({ a: z.xor([z.string(), z.string().min(1)]) }), { a: 'x' },
      [['a', 'must match exactly one of the allowed alternatives']]
    ],
    [
      'alternatives with tags of other names',
      z.object({ u: z.union([z.object({ a: z.literal('x') }), z.object({ b: z.literal('y') })]) }), { u: { a: 'q', b: 'q' } },
      [['u', 'does not match any of the allowed alternatives']]
    ],
    [
      'too short, and of no form', z.object({ a: z.string().min(20).regex(/SECRET/) }), { a: 'x' },
      [['a', 'must have at least 20 characters']]
    ],
    ...asRows(
      'a discriminated union',
      z.object({
        u: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('text'), text: z.string() }), z.object({ kind: z.literal('call'), name: z.string() })
        ])
      })
    ),
    ...asRows(
      'a plain union',
      z.object({
        u: z.union([
          z.object({ kind: z.literal('text'), text: z.string() }), z.object({ kind: z.literal('call'), name: z.string() })
        ])
      })
    )
  ]],
  ['Standard Schema', standard, [
    [
      'a path of keys', v.object({ a: v.array(v.object({ 'b.c': v.number() })) }), { a: [{ 'b.c': SECRET }] },
      [['a.0["b.c"]', 'must be a number']]
    ],
    [
      'texts alone',
      { '~standard': { validate: () => ({ issues: [{ message: 'is odd', path: [{ key: 'a' }, 0] }, { message: `no ${SECRET}` }] }) } },
      { a: [SECRET] }, [['a.0', 'is odd'], ['body', NOT_VALID]]
    ],
    [
      'what is missing', { '~standard': { validate: () => ({ issues: [{ message: 'Missing key', path: ['b'] }] }) } }, { a: 1 },
      [['b', REQUIRED]]
    ],
    ['ArkType', type({ a: 'number' }), { a: SECRET }, [['a', 'must be a number']]],
    [
      'Effect', Schema.toStandardSchemaV1(Schema.Struct({ a: Schema.Number, b: Schema.String })), { a: SECRET },
      [['a', 'Expected number'], ['b', REQUIRED]]
    ]
  ]],
  ['Valibot', valibot, [
    [
      'missing and of another type', v.object({ a: v.string(), b: v.number() }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'limits',
      v.object({
        a: v.pipe(v.string(), v.maxLength(2)),
        l: v.pipe(v.array(v.any()), v.minLength(1)),
        n: v.pipe(v.number(), v.minValue(3))
      }),
      { a: SECRET, l: [], n: 1 },
      [['a', 'must have at most 2 characters'], ['l', 'must have at least 1 item'], ['n', 'must be at least 3']]
    ],
    [
      'more limits',
      v.object({
        a: v.pipe(v.string(), v.length(3)),
        n: v.pipe(v.number(), v.multipleOf(2)),
        i: v.pipe(v.number(), v.integer()),
        e: v.pipe(v.string(), v.nonEmpty()),
        l: v.pipe(v.array(v.any()), v.nonEmpty())
      }),
      { a: SECRET, n: 3, i: 1.5, e: '', l: [] },
      [
        ['a', 'must have exactly 3 characters'], ['n', 'must be a multiple of 2'], ['i', 'must be an integer'],
        ['e', 'must have at least 1 character'], ['l', 'must have at least 1 item']
      ]
    ],
    [
      'formats',
      v.object({
        a: v.pipe(v.string(), v.email()),
        b: v.pipe(v.string(), v.uuid()),
        c: v.pipe(v.string(), v.isoTimestamp()),
        d: v.pipe(v.string(), v.regex(/SECRET/))
      }),
      { a: SECRET, b: SECRET, c: SECRET, d: SECRET },
      [['a', 'must be a valid email'], ['b', 'must be a valid UUID'], ['c', 'must be a valid date and time'], ['d', NO_MATCH]]
    ],
    [
      'an enumeration', v.object({ a: v.picklist(['text', 'call']), b: v.literal('x') }), { a: SECRET, b: SECRET },
      [['a', KINDS], ['b', 'must be "x"']]
    ],
    ['one too many', v.strictObject({ a: v.number() }), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
    [
      'a rule of the service', v.object({ a: v.pipe(v.string(), v.check(() => false, 'This name is taken')) }), { a: SECRET },
      [['a', 'This name is taken']]
    ],
    ['a rule without a text', v.object({ a: v.pipe(v.string(), v.check(() => false)) }), { a: SECRET }, [['a', NOT_VALID]]],
    ['of another type than an object', v.object({ a: v.object({ b: v.string() }) }), { a: SECRET }, [['a', 'must be an object']]],
    ['types', v.object({ a: v.union([v.string(), v.number()]) }), { a: true }, [['a', 'must be a string or a number']]],
    ...asRows(
      'a variant',
      v.object({
        u: v.variant('kind', [
          v.object({ kind: v.literal('text'), text: v.string() }), v.object({ kind: v.literal('call'), name: v.string() })
        ])
      })
    )
  ]],
  ['ArkType', arkType, [
    ['the whole', type({ a: 'string' }), SECRET, [['body', 'must be an object']]],
    [
      'a rule about the whole', type({ a: 'string' }).narrow((_, ctx) => ctx.mustBe('one of ours')), { a: SECRET },
      [['body', 'must be one of ours']]
    ],
    ['missing and of another type', type({ a: 'string', b: 'number' }), { b: SECRET }, [['a', REQUIRED], ['b', 'must be a number']]],
    [
      'limits', type({ a: 'string<=2', l: 'unknown[]>=1', k: 'number<3', m: 'number>3', n: 'number>=3' }),
      { a: SECRET, k: 3, l: [], m: 3, n: 1 },
      [
        ['a', 'must have at most 2 characters'], ['k', 'must be less than 3'], ['l', 'must have at least 1 item'],
        ['m', 'must be greater than 3'], ['n', 'must be at least 3']
      ]
    ],
    [
      'numbers', type({ i: 'number.integer', d: 'number%2' }), { i: 1.5, d: 3 },
      [['d', 'must be a multiple of 2'], ['i', 'must be an integer']]
    ],
    [
      'formats', type({ a: 'string.email', p: /SECRET/ }), { a: SECRET, p: SECRET },
      [['a', 'must be a valid email address'], ['p', NO_MATCH]]
    ],
    [
      'an enumeration', type({ a: "'text'|'call'", b: "'x'" }), { a: SECRET, b: SECRET },
      [['a', 'must be one of: "call", "text"'], ['b', 'must be "x"']]
    ],
    ['one too many', type({ '+': 'reject', a: 'number' }), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
    [
      'a rule of the service', type({ a: type('string').narrow((_a, context) => context.mustBe('a free name')) }), { a: SECRET },
      [['a', 'must be a free name']]
    ],
    ['an object in a list', type({ l: [{ 'a.b': 'number' }, '[]'] }), { l: [{ 'a.b': SECRET }] }, [['l.0["a.b"]', 'must be a number']]],
    [
      'unions of types',
      type({ a: 'string|number', l: '(boolean|number)[]', o: { a: 'string|null' } }),
      { a: true, l: [1, SECRET], o: { a: 5 } },
      [['a', 'must be a number or a string'], ['l.1', 'must be a number or a boolean'], ['o.a', 'must be a string or null']]
    ],
    [
      'unions of constants',
      type({ a: 'boolean|null', l: "('a or b'|'c, \"d\"'|5|null)[]", u: "'a'|'b'|undefined|5" }),
      { a: SECRET, l: [null, SECRET], u: SECRET },
      [
        ['a', 'must be one of: false, null, true'], ['l.1', 'must be one of: 5, "a or b", "c, \\"d\\"", null'],
        ['u', 'must be one of: 5, "a", "b"']
      ]
    ],
    [
      'unions of types with limits',
      type({ l: '(string<3|number>4)[]', o: { a: 'string<3|number>4' } }), { l: [SECRET, 3], o: { a: SECRET } },
      [['l.0', 'must have at most 2 characters'], ['l.1', 'must be greater than 4'], ['o.a', 'must have at most 2 characters']]
    ],
    ['a constant that JSON has not', type({ a: "5n|6|'a'|'b'" }), { a: 7 }, [['a', 'must be 6, 5n, "a" or "b"']]],
    ['a union of none', type({ 'a?': 'never' }), { a: SECRET }, [['a', NOT_ALLOWED]]],
    [
      'objects with a tag, in a list',
      type({ l: textOrCall.array() }),
      { l: [{ kind: 'text' }, { kind: SECRET }, { text: 'x' }, 5, { kind: 'call', name: 5 }] },
      [
        ['l.0.text', REQUIRED], ['l.1.kind', 'must be one of: "call", "text"'], ['l.2.kind', REQUIRED],
        ['l.3', 'must be an object'], ['l.4.name', 'must be a string']
      ]
    ],
    ['a tag at the root', textOrCall, { kind: SECRET }, [['kind', 'must be one of: "call", "text"']]],
    ['a tag at the root, for another type', textOrCall, [SECRET], [['body', 'must be an object']]],
    [
      'tags that are deeper', type({ l: type({ w: { t: "'x'" }, q: 'string' }).or({ w: { t: "'y'" }, r: 'string' }).array() }),
      { l: [{ w: { t: SECRET } }, { w: {} }, { w: SECRET }, {}, SECRET] },
      [
        ['l.0.w.t', 'must be one of: "x", "y"'], ['l.1.w.t', REQUIRED], ['l.2.w', 'must be an object'], ['l.3.w', REQUIRED],
        ['l.4', 'must be an object']
      ]
    ],
    [
      'a tag that is the first item', type({ a: type(["'a'", 'string']).or(["'b'", 'number']) }), { a: SECRET },
      [['a', 'must be an array']]
    ],
    [
      'a tag of what was made from the input', type({ a: type('string.json.parse').to(textOrCall) }), { a: `{"kind":"${SECRET}"}` },
      [['a.kind', 'must be one of: "call", "text"']]
    ],
    [
      'a tag that is deeper, of what was made from the input',
      type({ a: type('string.json.parse').to(type({ w: { t: "'x'" }, q: 'string' }).or({ w: { t: "'y'" }, r: 'string' })) }),
      { a: `{"w":"${SECRET}"}` }, [['a.w', 'must be an object']]
    ],
    [
      'alternatives in each other',
      type({ l: type({ kind: "'a'", v: 'string|number' }).or({ kind: "'b'", w: type({ t: "'x'" }).or({ t: "'y'" }) }).array() }),
      { l: [{ kind: 'a', v: true }, { kind: 'b', w: { t: SECRET } }] },
      [['l.0.v', 'must be a number or a string'], ['l.1.w.t', 'must be one of: "x", "y"']]
    ],
    [
      'several rules for one value',
      type({ n: 'number>5&number%2', l: '(string>=30&/SECRET/)[]', u: '(number>5&number%2)|boolean' }),
      { n: 3, l: [SECRET], u: 3 },
      [
        ['l.0', 'must have at least 30 characters'], ['n', 'must be a multiple of 2'], ['n', 'must be greater than 5'],
        ['u', 'must be a multiple of 2'], ['u', 'must be greater than 5']
      ]
    ],
    [
      'a rule of the service that looks like a union\'s',
      type({ a: type('string').narrow((a, context) => context.reject({ expected: `"${a}"`, actual: 'x' })) }),
      { a: SECRET }, [['a', NOT_VALID]]
    ]
  ]],
  ['Joi', joi, [
    ...joiRows,
    ['an enumeration', Joi.object({ a: Joi.valid('text', 'call') }), { a: SECRET }, [['a', KINDS]]],
    [
      'an enumeration that refers to the input', Joi.object({ a: Joi.valid(Joi.ref('b')), b: Joi.any() }), { a: 'x', b: SECRET },
      [['a', 'is not one of the allowed values']]
    ],
    [
      'a limit that refers to the input', Joi.object({ a: Joi.number().min(Joi.ref('b')), b: Joi.any() }), { a: 1, b: 4242 },
      [['a', 'is too small']]
    ],
    [
      'a text of the service, with the value',
      Joi.object({ a: Joi.string().max(2).messages({ 'string.max': '{#value} is too long' }) }), { a: SECRET },
      [['a', 'must have at most 2 characters']]
    ],
    ['types', Joi.object({ a: Joi.alternatives(Joi.string(), Joi.number()) }), { a: true }, [['a', 'must be a string or a number']]],
    ['a kind that is not known', Joi.object({ a: Joi.object().and('b', 'c') }), { a: { b: SECRET } }, [['a', NOT_VALID]]]
  ]],
  ['Joi, by its Standard Schema', standardJoi, [
    ...joiRows,
    [
      'types, and what they must hold',
      Joi.object({
        a: Joi.object(), b: Joi.array(), c: Joi.boolean(), d: Joi.date(), i: Joi.number().integer(), l: Joi.array().items(Joi.number())
      }),
      { a: 5, b: 5, c: SECRET, d: 'no date', i: 1.5, l: [1, SECRET] },
      [
        ['a', 'must be an object'], ['b', 'must be an array'], ['c', 'must be a boolean'], ['d', 'must be a valid date'],
        ['i', 'must be an integer'], ['l.1', 'must be a number']
      ]
    ],
    [
      'more limits',
      Joi.object({
        a: Joi.number().less(-2.5),
        b: Joi.number().multiple(3),
        c: Joi.object().min(1),
        d: Joi.array().max(0),
        e: Joi.string().length(1),
        f: Joi.string().min(30)
      }),
      { a: 1, b: 4, c: {}, d: [1], e: SECRET, f: SECRET },
      [
        ['a', 'must be less than -2.5'], ['b', 'must be a multiple of 3'], ['c', 'must have at least 1 property'],
        ['d', 'must have at most 0 items'], ['e', 'must have exactly 1 character'], ['f', 'must have at least 30 characters']
      ]
    ],
    ['a body of another type', Joi.object(), [SECRET], [['body', 'must be an object']]],
    [
      'an odd name', Joi.object({ l: Joi.array().items(Joi.object({ 'a.b': Joi.number() })) }), { l: [{ 'a.b': SECRET }] },
      [['l.0["a.b"]', 'must be a number']]
    ],
    [
      'a label of the service', Joi.object({ a: Joi.string().max(2).label('Name') }), { a: SECRET },
      [['a', 'must have at most 2 characters']]
    ],
    ['an enumeration', Joi.object({ a: Joi.valid('text', 'call') }), { a: SECRET }, [['a', 'must be one of [text, call]']]],
    [
      'a limit that refers to the input', Joi.object({ a: Joi.number().min(Joi.ref('b')), b: Joi.any() }), { a: 1, b: 4242 },
      [['a', 'must be greater than or equal to ref:b']]
    ],
    [
      'texts of the service, with the label, another one and the value',
      Joi.object({
        a: Joi.string().max(2).messages({ 'string.max': '{#label} is too long for us' }),
        b: Joi.string().max(2).messages({ 'string.max': '"Long" is what it must not be' }),
        c: Joi.string().max(2).messages({ 'string.max': '{#label}: {#value} is too long' })
      }),
      { a: SECRET, b: SECRET, c: SECRET },
      [['a', 'is too long for us'], ['b', '"Long" is what it must not be'], ['c', NOT_VALID]]
    ],
    [
      'texts of the service, with the label of an item',
      Joi.object({ o: Joi.object({ l: Joi.array().items(Joi.number().messages({ 'number.base': '{#label} is no number of ours' })) }) }),
      { o: { l: [1, SECRET] } }, [['o.l.1', 'is no number of ours']]
    ],
    [
      'texts of the service, with the label of the whole', Joi.object().messages({ 'object.base': '{#label} is no object of ours' }), [SECRET],
      [['body', 'is no object of ours']]
    ]
  ]],
  ['Yup', firstOf(false), [
    [
      'missing and of another type', yup.object({ a: yup.string().required(), b: yup.number() }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'limits', yup.object({ a: yup.string().max(2), l: yup.array().min(1), n: yup.number().min(5), g: yup.number().moreThan(3) }),
      { a: SECRET, l: [], n: 4, g: 3 },
      [
        ['a', 'must have at most 2 characters'], ['l', 'must have at least 1 item'], ['n', 'must be at least 5'],
        ['g', 'must be greater than 3']
      ]
    ],
    [
      'formats', yup.object({ a: yup.string().email(), p: yup.string().matches(/SECRET/), i: yup.number().integer() }),
      { a: SECRET, p: SECRET, i: 1.5 }, [['a', 'must be a valid email'], ['p', NO_MATCH], ['i', 'must be an integer']]
    ],
    [
      'more limits', yup.object({ g: yup.number().lessThan(3), l: yup.array().length(2), s: yup.string().length(2) }),
      { g: 3, l: [], s: SECRET },
      [['g', 'must be less than 3'], ['l', 'must have exactly 2 items'], ['s', 'must have exactly 2 characters']]
    ],
    [
      'upper and lower case, spaces, a truth value',
      yup.object({ u: yup.string().uppercase(), l: yup.string().lowercase(), o: yup.string().lowercase('so'), s: yup.string().trim(), t: yup.boolean().isTrue() }),
      { u: 'aB', l: 'aB', o: 'aB', s: ' a', t: false },
      [['u', 'must be in upper case'], ['l', 'must be in lower case'], ['o', NO_MATCH], ['s', NO_MATCH], ['t', 'must be true']]
    ],
    ['an enumeration', yup.object({ a: yup.string().oneOf(['text', 'call']) }), { a: SECRET }, [['a', KINDS]]],
    [
      'references to other values, in enumerations', yup.object({ p: yup.string(), a: yup.string().oneOf(['text', yup.ref('p')]) }),
      { p: SECRET, a: 'x' }, [['a', 'is not one of the allowed values']]
    ],
    [
      'references to other values, as limits',
      yup.object({
        n: yup.number(),
        a: yup.number().max(yup.ref('n')),
        b: yup.string().min(yup.ref('n')),
        c: yup.array().length(yup.ref('n')),
        f: yup.string().length(yup.ref('n')),
        g: yup.number().moreThan(yup.ref('n'))
      }),
      { n: 4242, a: 4243, b: 'x', c: [], f: 'x', g: 1 },
      [
        ['a', 'is too large'], ['b', 'is too short'], ['c', 'does not have the required number of items'],
        ['f', 'does not have the required length'], ['g', 'is too small']
      ]
    ],
    ['one too many', yup.object({ a: yup.number() }).noUnknown(), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
    [
      'a rule of the service', yup.object({ a: yup.string().test('taken', 'This name is taken', () => false) }), { a: SECRET },
      [['a', 'This name is taken']]
    ],

    [
      'a rule that quotes the input', yup.object({ a: yup.string().test('taken', '${value} is taken', () => false) }), // eslint-disable-line no-template-curly-in-string
      { a: SECRET }, [['a', NOT_VALID]]
    ],
    [
      'odd names', yup.object({ l: yup.array().of(yup.object({ 'a.b': yup.number() })) }), { l: [{ 'a.b': SECRET }] },
      [['l.0["a.b"]', 'must be a number']]
    ]
  ]],
  ['Yup, the first error alone', firstOf(true), [
    ['of another type', yup.object({ b: yup.number() }), { b: SECRET }, [['b', 'must be a number']]]
  ]],
  ['Effect', effect, [
    [
      'missing and of another type', Schema.Struct({ a: Schema.String, b: Schema.Number }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'an enumeration', Schema.Struct({ a: Schema.Literals(['text', 'call']), b: Schema.Literal('x') }), { a: SECRET, b: SECRET },
      [['a', KINDS], ['b', 'must be "x"']]
    ],
    ['one too many', Schema.Struct({ a: Schema.Number }), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
    [
      'a check', Schema.Struct({ a: Schema.String.check(Schema.isMaxLength(2)) }), { a: SECRET },
      [['a', 'must be a value with a length of at most 2']]
    ],
    ['a pattern', Schema.Struct({ a: Schema.String.check(Schema.isPattern(/SECRET/)) }), { a: SECRET }, [['a', NO_MATCH]]],
    [
      'a rule of the service', Schema.Struct({ a: Schema.String.check(Schema.makeFilter(() => 'This name is taken')) }),
      { a: SECRET }, [['a', 'This name is taken']]
    ],
    [
      'a rule that quotes the input', Schema.Struct({ a: Schema.String.check(Schema.makeFilter(a => `${a} is taken`)) }),
      { a: SECRET }, [['a', NOT_VALID]]
    ],
    [
      'an object in a list', Schema.Struct({ l: Schema.Array(Schema.Struct({ a: Schema.Boolean })) }), { l: [{ a: SECRET }, 5] },
      [['l.0.a', 'must be a boolean'], ['l.1', 'must be an object']]
    ]
  ]],
  ['TypeBox', typeBox, [
    [
      'missing and of another type', Type.Object({ a: Type.String(), b: Type.Number() }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'limits', Type.Object({ a: Type.String({ maxLength: 2 }), n: Type.Number({ minimum: 3 }) }), { a: SECRET, n: 1 },
      [['a', 'must have at most 2 characters'], ['n', 'must be at least 3']]
    ],
    ['an enumeration', Type.Object({ a: Type.Union([Type.Literal('text'), Type.Literal('call')]) }), { a: SECRET }, [['a', KINDS]]],
    ['one too many', Type.Object({ a: Type.Number() }, { additionalProperties: false }), { a: 1, b: SECRET }, [['b', NOT_ALLOWED]]],
    ['a pattern', Type.Object({ a: Type.String({ pattern: 'SECRET' }) }), { a: SECRET }, [['a', NO_MATCH]]],
    ...intersections(Type as never)
  ]],
  ['TypeBox 0.34', legacyTypeBox, [
    [
      'missing and of another type', LegacyType.Object({ a: LegacyType.String(), b: LegacyType.Number() }), { b: SECRET },
      [['a', REQUIRED], ['b', 'must be a number']]
    ],
    [
      'limits', LegacyType.Object({ a: LegacyType.String({ maxLength: 2 }), n: LegacyType.Number({ minimum: 3 }) }),
      { a: SECRET, n: 1 }, [['a', 'must have at most 2 characters'], ['n', 'must be at least 3']]
    ],
    [
      'an enumeration', LegacyType.Object({ a: LegacyType.Union([LegacyType.Literal('text'), LegacyType.Literal('call')]) }),
      { a: SECRET }, [['a', KINDS]]
    ],
    [
      'one too many', LegacyType.Object({ a: LegacyType.Number() }, { additionalProperties: false }), { a: 1, b: SECRET },
      [['b', NOT_ALLOWED]]
    ],
    ['a pattern', LegacyType.Object({ a: LegacyType.String({ pattern: 'SECRET' }) }), { a: SECRET }, [['a', NO_MATCH]]],
    ...intersections(LegacyType),
    [
      'a union of intersections, and a text',
      LegacyType.Object({
        u: LegacyType.Union([
          LegacyType.Intersect([LegacyType.Object({ kind: LegacyType.Literal('a') }), LegacyType.Object({ b: LegacyType.Number() })]),
          LegacyType.String()
        ])
      }), { u: { kind: 'a', b: SECRET } },
      [['u.b', 'must be a number']]
    ],
    ...asRows(
      'a union',
      LegacyType.Object({
        u: LegacyType.Union([
          LegacyType.Object({ kind: LegacyType.Literal('text'), text: LegacyType.String() }),
          LegacyType.Object({ kind: LegacyType.Literal('call'), name: LegacyType.String() })
        ])
      })
    )
  ]]
]

for (const [name, validate, rows] of dialects) {
  t.test(`${name}: fields and sentences, and nothing of the input`, async t => {
    const { request, log } = await serve(t, app => {
      for (const [index, [, body]] of rows.entries()) {
        app.post(`/${index}`, {
          schema: { body },
          validatorCompiler: ({ schema }) => (data: unknown) => validate(schema as never, data) as never
        }, async () => 'ok')
      }
    })
    for (const [index, [title, , body, details]] of rows.entries()) {
      const { status, body: { error }, text } = await request(`/${index}`, json(body))
      t.strictSame({ status, details: error?.details?.map(({ field, message }) => [field, message]) }, { status: 422, details }, title)
      t.notMatch(text, new RegExp(`${SECRET}|SECRET`), title)
    }
    // What was thrown is in the log as it is, under `cause`.
    t.notMatch(JSON.stringify(log.map(line => ({ ...line, cause: undefined }))), new RegExp(`${SECRET}|SECRET`))
  })
}

const discriminated: Row[] = [
  ['at the root', { anyOf: tagged() }, {}, []],
  ['by discriminator', { type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf: tagged() }, {}, []]
]

function tagged (): object[] {
  return [['text', 'text'], ['call', 'name']].map(([kind, name = '']) =>
    ({ type: 'object', properties: { kind: { const: kind }, [name]: { type: 'string' } }, required: ['kind', name] }))
}

const unions: Row[] = [
  ...discriminated.flatMap(([title, schema]) => [
    ...asRows(title, schema, input => input, ''),
    ...asRows(`${title}, in a list`, { type: 'array', items: schema }, input => [{ kind: 'call', name: 'x' }, input], '1'),
    ...asRows(`${title}, below`, { type: 'object', properties: { u: schema } })
  ]),
  [
    'in each other, with an unknown tag',
    { anyOf: [{ anyOf: tagged() }, { type: 'object', properties: { kind: { const: 'end' } }, required: ['kind'] }] }, { kind: 'x' },
    [['kind', 'must be one of: "text", "call", "end"']]
  ],
  [
    'in each other, with a known one',
    { anyOf: [{ anyOf: tagged() }, { type: 'object', properties: { kind: { const: 'end' } }, required: ['kind'] }] },
    { kind: 'text' }, [['text', REQUIRED]]
  ],
  [
    'by the names of properties',
    {
      anyOf: [
        { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
        { type: 'object', properties: { url: { type: 'string' }, width: { type: 'integer' } }, required: ['url', 'width'] }
      ]
    },
    { url: 'x', width: 'wide' }, [['width', 'must be an integer']]
  ]
]

t.test('a missing or unknown tag is the error of a union', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, body]] of unions.entries()) app.post(`/${index}`, { schema: { body } }, async () => 'ok')
  }, { server: { ajv: { customOptions: { discriminator: true, logger: false } } } })
  for (const [index, [title, , body, details]] of unions.entries()) {
    t.strictSame(
      (await request(`/${index}`, json(body))).body.error?.details?.map(({ field, message }) => [field, message]),
      details,
      title
    )
  }
})

t.test('for large input, the tag of a discriminator is reported, too', async t => {
  const schema = { type: 'object', discriminator: { propertyName: 'kind' }, oneOf: tagged(), required: ['kind'] }
  const { request } = await serve(t, app => app.post('/', { schema: { body: schema } }, async () => 'ok'), {
    errors: { allErrorsLimit: 0 },
    server: { ajv: { customOptions: { discriminator: true, logger: false } } }
  })
  t.strictSame((await request('/', json({ kind: SECRET }))).body.error.details, [{ field: 'kind', message: KINDS }])
})

t.test('limits of dates of Yup', async t => {
  const issue = (type: string): object => ({ type, inner: [], params: { value: new Date(0), [type]: new Date(0) } })
  t.strictSame(
    ['max', 'min'].map(type => YUP.kindOf(issue(type) as never)),
    ['formatMaximum', 'formatMinimum'].map(keyword => ({ keyword, params: { limit: '1970-01-01T00:00:00.000Z', isResolved: true } }))
  )
  t.equal(isoDate('no date'), undefined)
})

t.test('kinds of ArkType for which JSON has no values', async t => {
  const kinds = [
    ['after', 'formatMinimum'], ['before', 'formatMaximum'], ['exactLength', 'length'], ['proto', 'type'], ['sequence', 'type']
  ]
  for (const [code, keyword] of kinds) {
    t.match(toIssue({
      ' arkKind': 'error',
      code,
      path: ['a'],
      rule: 3,
      expected: 'an array'
    }), { keyword, instancePath: '/a' })
  }
  t.match(toIssue({ ' arkKind': 'error', code: 'proto', path: [], expected: 'a File' }), { params: { type: 'object' } })
})

t.test('trees of Effect that are empty, or have no end', async t => {
  let deep: object = { _tag: 'MissingKey' }
  for (let depth = 0; depth < 200; depth++) deep = { _tag: 'Pointer', path: ['a'], issue: deep }
  t.strictSame(effectIssues(deep), [])
  t.strictSame(effectIssues(undefined), [])
  t.strictSame(effectIssues({ _tag: 'Forbidden' }), [{ path: [], keyword: 'untold' }])
  t.strictSame(effectIssues({ _tag: 'InvalidType', ast: { _tag: 'Void' } }), [{ path: [], keyword: 'untold', params: {} }])
  t.strictSame(effectIssues({ _tag: 'Filter' }), [{ path: [], keyword: 'errorMessage', params: {} }])
  t.strictSame(effectIssues({
    _tag: 'AnyOf',
    ast: { types: [{ _tag: 'String' }] },
    issues: [{ _tag: 'MissingKey' }]
  }), [{ path: [], keyword: 'anyOf', params: { errors: [[{ path: [], keyword: 'required', params: {} }]] } }])
})

t.test('Joi\'s texts are read as it writes them', async t => {
  const written = new Map<string, string>()
  for (const schema of [Joi.any(), Joi.alternatives(), Joi.array(), Joi.boolean(), Joi.date(), Joi.number(), Joi.object(), Joi.string()]) {
    const { messages } = (schema as unknown as { _definition: { messages: Record<string, { source: string }> } })._definition
    for (const [type, { source }] of Object.entries(messages)) written.set(type, source)
  }
  for (const [text, type] of Object.entries(TEXTS)) {
    const source = written.get(type)?.replace(/^\{\{#label\}\} /, '')
      .replace(/\{\{#(limit|multiple|type)\}\}/, (_, name: string) => name === 'type' ? 'object' : `{${name}}`)
    t.equal(source?.replace(/\{if\(.*\)\}$/, '{s}').replace(/^with value .*$/, 'with value {text}'), text, type)
    t.not(toIssue({ message: `"a" ${text.replace(/\{\w{2,}\}/, '3').replace('{s}', '')}`, path: ['a'] }).keyword, '', type)
  }
})

t.test('an issue with only a code', async t => {
  t.strictSame(toIssue({
    code: 'isOdd',
    instancePath: '/a',
    message: 'must be odd'
  }), { keyword: 'isOdd', instancePath: '/a', schemaPath: '', params: {}, message: 'must be odd' })
})
