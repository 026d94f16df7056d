import { createRequire } from 'node:module'
import { Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { validatorCompiler } from 'fastify-type-provider-zod'
import t from 'tap'
import { z } from 'zod'
import { toDetails, wholePart, withOmitted } from '../../src/validation/details.js'
import type { ErrorDetail } from '../../src/error/options.js'

interface Validate {
  (input: unknown): boolean
  errors?: unknown[] | null
}
type AjvClass = new (options: object) => { compile (schema: unknown): Validate }

// The copies of Ajv that Fastify's own compiler brings along.
const ofCompiler = createRequire(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'))
const ofFormats = createRequire(ofCompiler.resolve('ajv-formats'))
const addFormats: (ajv: unknown) => void = ofCompiler('ajv-formats')
const Ajv: AjvClass = ofCompiler('ajv')
const Ajv2019: AjvClass = ofCompiler('ajv/dist/2019')
const Ajv2020: AjvClass = ofCompiler('ajv/dist/2020')
/** `formatMinimum` needs the copy that it was made for. */
const AjvOfFormats: AjvClass = ofFormats('ajv')

function ajvIssues (
  schema: unknown,
  input: unknown,
  { Class = Ajv, ...options }: { Class?: AjvClass, [option: string]: unknown } = {}
): unknown[] {
  const ajv = new Class({ allErrors: true, strict: false, ...options })
  addFormats(ajv)
  const validate = ajv.compile(schema)
  return validate(input) ? [] : validate.errors!
}

function typeBoxIssues (schema: unknown, input: unknown, httpPart = 'body'): unknown[] {
  const result = TypeBoxValidatorCompiler({ schema, httpPart, method: 'POST', url: '/' } as Parameters<typeof TypeBoxValidatorCompiler>[0])(input)
  return (result as { error?: unknown[] }).error ?? []
}

function zodIssues (schema: z.ZodType, input: unknown): unknown[] {
  const result = validatorCompiler({ schema, method: 'POST', url: '/' })(input)
  return (result as { error?: unknown[] }).error ?? []
}

function details (issues: unknown[], context = 'body'): ErrorDetail[] {
  return toDetails([{ issues, context }], 50).details
}

function body (message: string): ErrorDetail[] {
  return [{ field: 'body', message }]
}

/** The schema of a body with the one property `a`. */
function ofA (schema: unknown, definitions?: object): object {
  return { properties: { a: schema }, definitions }
}

const CONSTANTS = [{ const: 'user' }, { const: 'assistant' }]
const MUST_BE_ONE = 'must be one of: "user", "assistant"'
const NO_ALTERNATIVE = 'does not match any of the allowed alternatives'
const NO_MATCH = 'does not match the required pattern'

// Ajv: what a keyword becomes

const keywords: Array<[string, unknown, unknown, string, AjvClass?]> = [
  ['additionalItems', { items: [{}], additionalItems: false }, [1, 2], 'must have at most 1 item'],
  ['anyOf', { anyOf: [{ minLength: 3 }, { pattern: 'x' }] }, 'a', NO_ALTERNATIVE],
  ['const', { const: 'user' }, 5, 'must be "user"'],
  ['const null', { const: null }, 5, 'must be null'],
  ['const object', { const: { a: 1 } }, 5, 'must be {"a":1}'],
  ['contains', { contains: { const: 1 } }, [2], 'must contain at least 1 valid item'],
  ['contains with minContains', { contains: { const: 1 }, minContains: 2 }, [1, 2], 'must contain at least 2 valid items', Ajv2019],
  [
    'discriminator',
    { type: 'object', discriminator: { propertyName: 'k' }, required: ['k'], oneOf: [{ properties: { k: { const: 'a' } } }] },
    { k: 'SECRET' }, NO_ALTERNATIVE
  ],
  ['enum', { enum: ['user', 'assistant'] }, 5, MUST_BE_ONE],
  ['enum of one', { enum: ['user'] }, 5, 'must be "user"'],
  ['enum of anything', { enum: [1, null, true, 'a', [2]] }, 5, 'must be one of: 1, null, true, "a", [2]'],
  ['exclusiveMaximum', { exclusiveMaximum: 3 }, 3, 'must be less than 3'],
  ['exclusiveMinimum', { exclusiveMinimum: 3 }, 3, 'must be greater than 3'],
  ['false schema', false, 1, 'is not allowed'],
  ['format date', { format: 'date' }, 'x', 'must be a valid date'],
  ['format date-time', { format: 'date-time' }, 'x', 'must be a valid date and time'],
  ['format email', { format: 'email' }, 'x', 'must be a valid email'],
  ['format uri', { format: 'uri' }, 'x', 'must be a valid URI'],
  ['format uuid', { format: 'uuid' }, 'x', 'must be a valid UUID'],
  [
    'formatMaximum', { type: 'string', format: 'date', formatMaximum: '2020-01-01' }, '2021-01-01',
    'must not be later than 2020-01-01', AjvOfFormats
  ],
  [
    'formatMinimum', { type: 'string', format: 'date', formatMinimum: '2020-01-01' }, '2019-01-01',
    'must not be earlier than 2020-01-01', AjvOfFormats
  ],
  ['maximum', { maximum: 3 }, 4, 'must be at most 3'],
  ['maxItems', { maxItems: 2 }, [1, 2, 3], 'must have at most 2 items'],
  ['maxItems 1', { maxItems: 1 }, [1, 2, 3], 'must have at most 1 item'],
  ['maxLength', { maxLength: 2 }, 'abc', 'must have at most 2 characters'],
  ['maxLength 1', { maxLength: 1 }, 'abc', 'must have at most 1 character'],
  ['maxProperties', { maxProperties: 0 }, { a: 1 }, 'must have at most 0 properties'],
  ['maxProperties 1', { maxProperties: 1 }, { a: 1, b: 1 }, 'must have at most 1 property'],
  ['minimum', { minimum: 3 }, 2, 'must be at least 3'],
  ['minItems', { minItems: 2 }, [], 'must have at least 2 items'],
  ['minItems 1', { minItems: 1 }, [], 'must have at least 1 item'],
  ['minLength', { minLength: 3 }, '', 'must have at least 3 characters'],
  ['minLength 1', { minLength: 1 }, '', 'must have at least 1 character'],
  ['minProperties', { minProperties: 2 }, {}, 'must have at least 2 properties'],
  ['minProperties 1', { minProperties: 1 }, {}, 'must have at least 1 property'],
  ['multipleOf', { multipleOf: 0.5 }, 0.3, 'must be a multiple of 0.5'],
  ['not', { not: { const: 5 } }, 5, 'is not allowed here'],
  ['oneOf', { oneOf: [{ minLength: 3 }, { pattern: 'x' }] }, 'a', 'must match exactly one of the allowed alternatives'],
  [
    'oneOf that matches twice', { oneOf: [{ type: 'string' }, { minLength: 1 }] }, 'a',
    'must match exactly one of the allowed alternatives'
  ],
  ['pattern', { pattern: 'SECRET' }, 'x', NO_MATCH],
  ['type array', { type: 'array' }, 5, 'must be an array'],
  ['type boolean', { type: 'boolean' }, 5, 'must be a boolean'],
  ['type integer', { type: 'integer' }, 5.5, 'must be an integer'],
  ['type null', { type: 'null' }, 5, 'must be null'],
  ['type number', { type: 'number' }, '5', 'must be a number'],
  ['type object', { type: 'object' }, 5, 'must be an object'],
  ['type string', { type: 'string' }, 5, 'must be a string'],
  ['types', { type: ['string', 'array', 'null'] }, 5, 'must be a string or an array or null'],
  ['unevaluatedItems', { items: [{}], unevaluatedItems: false }, [1, 2], 'must have at most 1 item', Ajv2019],
  ['uniqueItems', { uniqueItems: true }, [5, 5], 'must not contain the same item twice'],
  ['a keyword that has no sentence here', { prefixItems: [{}], items: false }, [1, 2], 'must NOT have more than 1 items', Ajv2020]
]

t.test('a keyword of Ajv becomes a sentence', async t => {
  for (const [title, schema, input, message, Class = Ajv] of keywords) {
    t.strictSame(details(ajvIssues(schema, input, { Class, discriminator: true })), body(message), title)
  }
})

t.test('too many items for "contains" are not reported as too few', async t => {
  const issues = ajvIssues({ contains: { const: 1 }, maxContains: 2 }, [1, 1, 1], { Class: Ajv2019 })
  t.match(details(issues)[0]?.message, /at most 2 /)
})

t.test('of an enumeration, 40 values are listed', async t => {
  const numbers = Array.from({ length: 41 }, (_, index) => index)
  const listed = numbers.slice(0, 40).join(', ')
  t.strictSame(details(ajvIssues({ enum: numbers.slice(0, 40) }, 'x')), body(`must be one of: ${listed}`))
  t.strictSame(details(ajvIssues({ enum: numbers }, 'x')), body(`must be one of: ${listed}, …`))
})

// Ajv: which names a fault is about

const named: Array<[string, unknown, unknown, ErrorDetail[], AjvClass?]> = [
  ['required', { required: ['a', 'b'] }, {}, [{ field: 'a', message: 'is required' }, { field: 'b', message: 'is required' }]],
  ['required below', ofA({ items: { required: ['role'] } }), { a: [{ role: 1 }, {}] }, [{ field: 'a.1.role', message: 'is required' }]],
  ['additionalProperties', { properties: { a: {} }, additionalProperties: false }, { a: 1, b: 1, c: 1 },
    [{ field: 'b', message: 'is not allowed' }, { field: 'c', message: 'is not allowed' }]],
  ['additionalProperties below', ofA({ additionalProperties: false }), { a: { b: 1 } }, [{ field: 'a.b', message: 'is not allowed' }]],
  [
    'unevaluatedProperties', { properties: { a: {} }, unevaluatedProperties: false }, { a: 1, b: 1 },
    [{ field: 'b', message: 'is not allowed' }], Ajv2019
  ],
  ['dependencies', { dependencies: { a: ['b', 'c'] } }, { a: 1 },
    [{ field: 'b', message: 'is required where a is present' }, { field: 'c', message: 'is required where a is present' }]],
  [
    'dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1 }, [{ field: 'b', message: 'is required where a is present' }],
    Ajv2019
  ],
  ['propertyNames', { propertyNames: { pattern: 'SECRET', maxLength: 2 } }, { abc: 1, 'd.ef': 1 },
    [{ field: 'abc', message: 'is not an allowed name' }, { field: '["d.ef"]', message: 'is not an allowed name' }]],
  [
    'propertyNames below', ofA({ propertyNames: { maxLength: 2 } }), { a: { abc: 1 } },
    [{ field: 'a.abc', message: 'is not an allowed name' }]
  ],
  ['false schema', ofA(false), { a: 1 }, [{ field: 'a', message: 'is not allowed' }]],
  ['items', { items: { items: { type: 'string' } } }, [[], ['a', 5]], [{ field: '1.1', message: 'must be a string' }]],
  ['several faults', { properties: { a: { minLength: 3, pattern: 'x' }, b: { type: 'string' } }, required: ['c'] }, { a: 'y', b: 5 },
    [
      { field: 'c', message: 'is required' }, { field: 'a', message: 'must have at least 3 characters' },
      { field: 'b', message: 'must be a string' }
    ]]
]

t.test('the field is the missing, additional or invalid property', async t => {
  for (const [title, schema, input, expected, Class = Ajv] of named) {
    t.strictSame(details(ajvIssues(schema, input, { Class })), expected, title)
  }
})

// Ajv: one entry for one fault

const A = 'must be at least 5'
const folds: Array<[string, unknown, unknown, ErrorDetail[]]> = [
  ['anyOf constants', ofA({ anyOf: CONSTANTS }), { a: 'x' }, [{ field: 'a', message: MUST_BE_ONE }]],
  ['oneOf constants', ofA({ oneOf: CONSTANTS }), { a: 'x' }, [{ field: 'a', message: MUST_BE_ONE }]],
  [
    'constants and enumerations', ofA({ anyOf: [{ const: 1 }, { enum: [2, 3] }] }), { a: 'x' },
    [{ field: 'a', message: 'must be one of: 1, 2, 3' }]
  ],
  [
    'the same constant twice', ofA({ anyOf: [{ const: 1 }, { enum: [1, 2] }] }), { a: 'x' },
    [{ field: 'a', message: 'must be one of: 1, 2' }]
  ],
  ['one constant', ofA({ anyOf: [{ const: 1 }] }), { a: 'x' }, [{ field: 'a', message: 'must be 1' }]],
  ['a union of constants in a union', { anyOf: [{ anyOf: CONSTANTS }, { const: 5 }] }, 'x', body('must be one of: "user", "assistant", 5')],
  [
    'constants with a type', ofA({ anyOf: CONSTANTS.map(schema => ({ ...schema, type: 'string' })) }), { a: 'x' },
    [{ field: 'a', message: MUST_BE_ONE }]
  ],
  [
    'constants of TypeBox', Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]) }), { a: 'x' },
    [{ field: 'a', message: MUST_BE_ONE }]
  ],
  ['constants behind references', ofA({
    anyOf: [
      { $ref: '#/definitions/user' }, { $ref: '#/definitions/other' }
    ]
  }, { user: { const: 'user' }, other: { const: 'assistant' } }), { a: 'x' },
  [{ field: 'a', message: MUST_BE_ONE }]],
  ['types', ofA({ anyOf: [{ type: 'string' }, { type: 'null' }] }), { a: 5 }, [{ field: 'a', message: 'must be a string or null' }]],
  [
    'lists of types', ofA({ anyOf: [{ type: ['string', 'null'] }, { type: ['null', 'array'] }] }), { a: 5 },
    [{ field: 'a', message: 'must be a string or null or an array' }]
  ],
  [
    'a type and constants', ofA({ anyOf: [{ type: 'null' }, { const: 'user' }] }), { a: 5 },
    [{ field: 'a', message: 'must be one of: "user", null' }]
  ],
  [
    'objects', ofA({ anyOf: [{ required: ['b'] }, { properties: { c: { type: 'string' } }, required: ['c'] }] }), { a: { c: 5 } },
    [{ field: 'a', message: NO_ALTERNATIVE }]
  ],
  [
    'objects with the same kind of fault',
    ofA({ anyOf: [{ properties: { c: { type: 'string' } } }, { properties: { c: { type: 'null' } } }] }), { a: { c: 5 } },
    [{ field: 'a', message: NO_ALTERNATIVE }]
  ],
  ['a union in an object of a union', ofA({ oneOf: [{ properties: { b: { anyOf: CONSTANTS } } }, { type: 'string' }] }), { a: { b: 'x' } },
    [{ field: 'a', message: 'must match exactly one of the allowed alternatives' }]],
  ['objects behind references', ofA({
    anyOf: [
      { $ref: '#/definitions/b' }, { $ref: '#/definitions/c' }
    ]
  }, { b: { required: ['b'] }, c: { properties: { c: { type: 'string' } }, required: ['c'] } }), { a: { c: 5 } },
  [{ field: 'a', message: NO_ALTERNATIVE }]],
  ['objects behind a reference to itself', ofA({ anyOf: [{ $ref: '#/definitions/b' }, { type: 'null' }] }, {
    b: {
      required: ['b'],
      properties: { b: { $ref: '#/definitions/b' } }
    }
  }), { a: {} },
  [{ field: 'a', message: NO_ALTERNATIVE }]],
  [
    'contains', ofA({ contains: { type: 'object', required: ['k'] } }), { a: [1, {}] },
    [{ field: 'a', message: 'must contain at least 1 valid item' }]
  ],
  [
    'contains in an empty list', ofA({ contains: { type: 'object' } }), { a: [] },
    [{ field: 'a', message: 'must contain at least 1 valid item' }]
  ],
  [
    'then', { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } }, { a: 1 },
    [{ field: 'b', message: 'is required' }]
  ],
  [
    'else', { if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c', 'd'] } }, {},
    [{ field: 'c', message: 'is required' }, { field: 'd', message: 'is required' }]
  ],
  [
    'then, below', ofA({ if: { required: ['x'] }, then: { properties: { x: { type: 'string' } } } }), { a: { x: 5 } },
    [{ field: 'a.x', message: 'must be a string' }]
  ],
  ['then false', ofA({ if: { const: 1 }, then: false }), { a: 1 }, [{ field: 'a', message: 'is not allowed' }]],
  ['the same fault twice', { allOf: [{ required: ['a'] }, { required: ['a'] }] }, {}, [{ field: 'a', message: 'is required' }]],
  [
    'a neighbour whose name begins alike', { properties: { ab: { minimum: 5 }, a: { anyOf: CONSTANTS } } }, { ab: 1, a: 'x' },
    [{ field: 'ab', message: A }, { field: 'a', message: MUST_BE_ONE }]
  ],
  [
    'a neighbour before contains', { properties: { b: { minimum: 5 }, a: { contains: { const: 1 } } } }, { b: 1, a: [2] },
    [{ field: 'b', message: A }, { field: 'a', message: 'must contain at least 1 valid item' }]
  ],
  [
    'a neighbour before propertyNames', { properties: { b: { minimum: 5 }, a: { propertyNames: { maxLength: 1 } } } },
    { b: 1, a: { xx: 1 } }, [{ field: 'b', message: A }, { field: 'a.xx', message: 'is not an allowed name' }]
  ],
  [
    'a neighbour before then', { properties: { b: { minimum: 5 }, a: { if: true, then: { const: 1 } } } }, { b: 1, a: 2 },
    [{ field: 'b', message: A }, { field: 'a', message: 'must be 1' }]
  ],
  [
    'another fault in the same place', ofA({ allOf: [{ minLength: 3 }], anyOf: CONSTANTS }), { a: 'x' },
    [{ field: 'a', message: MUST_BE_ONE }, { field: 'a', message: 'must have at least 3 characters' }]
  ]
]

t.test('one error has one entry, and its neighbours have theirs', async t => {
  for (const [title, schema, input, expected] of folds) t.strictSame(details(ajvIssues(schema, input)), expected, title)
})

t.test('two unions in the same place have an entry each', async t => {
  const schema = ofA({ allOf: [{ anyOf: CONSTANTS }, { anyOf: [{ type: 'null' }, { type: 'array' }] }] })
  t.strictSame(details(ajvIssues(schema, { a: 'x' })), [
    { field: 'a', message: MUST_BE_ONE }, { field: 'a', message: 'must be null or an array' }
  ])
})

t.test('an error beside a union in an intersection has its entry', async t => {
  const schema = Type.Intersect([
    Type.Object({ a: Type.String(), b: Type.String() }),
    Type.Union([Type.Object({ c: Type.String() }), Type.Object({ d: Type.String() })])
  ])
  t.strictSame(details(ajvIssues(schema, { a: 5 })), [
    { field: 'b', message: 'is required' },
    { field: 'a', message: 'must be a string' },
    { field: 'body', message: NO_ALTERNATIVE }
  ])
})

t.test('a union at the root, of alternatives behind references, has one entry', async t => {
  const schema = {
    anyOf: [{ $ref: '#/definitions/b' }, { $ref: '#/definitions/c' }],
    definitions: { b: { required: ['b'] }, c: { required: ['c'] } }
  }
  t.strictSame(details(ajvIssues(schema, {})), body(NO_ALTERNATIVE))
})

t.test('for a value that matches two of three alternatives, the third is not reported', async t => {
  const schema = { oneOf: [{ type: 'number' }, { type: 'string' }, { minLength: 1 }] }
  t.strictSame(details(ajvIssues(schema, 'a')), body('must match exactly one of the allowed alternatives'))
})

t.test('a union of constants lists them for a value of another type, too', async t => {
  const schema = Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]) })
  t.strictSame(details(ajvIssues(schema, { a: {} })), [{ field: 'a', message: MUST_BE_ONE }])
})

t.test('with the defaults of Fastify there is one entry', async t => {
  const fastify = { allErrors: false, coerceTypes: 'array', useDefaults: true, removeAdditional: true }
  for (const [schema, input, expected] of [
    [Type.Object({ a: Type.Integer(), b: Type.Integer() }), { a: 'x', b: 'x' }, [{ field: 'a', message: 'must be an integer' }]],
    [Type.Object({ a: Type.String() }), {}, [{ field: 'a', message: 'is required' }]],
    [Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]) }), { a: 5 }, [{ field: 'a', message: MUST_BE_ONE }]],
    [
      Type.Object({ a: Type.Union([Type.Object({ b: Type.String() }), Type.Array(Type.String())]) }), { a: {} },
      [{ field: 'a', message: NO_ALTERNATIVE }]
    ]
  ] as const) t.strictSame(details(ajvIssues(schema, input, fastify)), expected)
})

// Fields

const fields: Array<[string, string]> = [
  ['model', 'model'],
  ['x-tenant-id', 'x-tenant-id'],
  ['with space', 'with space'],
  ['"quoted"', '"quoted"'],
  ['größe', 'größe'],
  ['a/b', 'a/b'],
  ['a~b', 'a~b'],
  ['~1', '~1'],
  ['~0', '~0'],
  ['a.b', '["a.b"]'],
  ['.', '["."]'],
  ['a[0]', '["a[0]"]'],
  ['a]', '["a]"]'],
  ['', '[""]'],
  ['a."b"', '["a.\\"b\\""]'],
  ['a.\\b\n', '["a.\\\\b\\n"]'],
  ['0', '0']
]

t.test('a name is written as it is, or in brackets', async t => {
  for (const [name, field] of fields) {
    const missing = { required: [name] }
    const wrong = JSON.parse(`{"properties":{${JSON.stringify(name)}:{"items":{"type":"string"}}}}`)
    const input = JSON.parse(`{${JSON.stringify(name)}:[5]}`)

    t.equal(details(ajvIssues(missing, {}))[0]?.field, field, field)
    t.equal(details(ajvIssues(wrong, input))[0]?.field, `${field}.0`)
    t.equal(details(ajvIssues({ items: missing }, [{}]))[0]?.field, field.startsWith('[') ? `0${field}` : `0.${field}`)
    t.equal(details(ajvIssues(missing, {}), 'querystring')[0]?.field, field.startsWith('[') ? `query${field}` : `query.${field}`)
  }
})

const parts: Array<[string | undefined, string, string, string]> = [
  ['body', 'body', 'a', ''],
  ['querystring', 'query', 'query.a', 'query parameter '],
  ['params', 'path', 'path.a', 'path parameter '],
  ['headers', 'header', 'header.a', 'header '],
  [undefined, 'body', 'a', ''],
  ['constructor', 'body', 'a', '']
]

for (const [context, whole, field, label] of parts) {
  t.test(`an error in ${context ?? 'no known part'}`, async t => {
    const required = ajvIssues({ required: ['a'] }, {})
    t.strictSame(toDetails([{ issues: required, context }], 50), { details: [{ field, message: `${label}is required` }], omitted: 0 })
    t.strictSame(toDetails([{
      issues: ajvIssues({ type: 'object' }, 5),
      context
    }], 50).details, [{ field: whole, message: `${label}must be an object` }])
    t.strictSame(wholePart(context, 'must be odd'), { field: whole, message: `${label}must be odd` })
  })
}

t.test('a body property called query is no query parameter', async t => {
  t.strictSame(details(ajvIssues({ properties: { query: { required: ['limit'] } } }, { query: {} })), [{ field: 'query.limit', message: 'is required' }])
})

t.test('a long name is cut, never within a character', async t => {
  t.equal(details(ajvIssues({ required: ['a'.repeat(300)] }, {}))[0]?.field, `${'a'.repeat(255)}…`)
  t.equal(details(ajvIssues({ required: [`${'a'.repeat(254)}😀😀`] }, {}))[0]?.field, `${'a'.repeat(254)}…`)
  t.equal(details(ajvIssues({ required: [`.${'a'.repeat(300)}`] }, {}))[0]?.field, `[".${'a'.repeat(254)}…"]`)
})

// Other validators

const typeBox: Array<[string, unknown, unknown, ErrorDetail[]]> = [
  ['a missing property, once', Type.Object({ a: Type.String() }), {}, [{ field: 'a', message: 'Expected required property' }]],
  ['a wrong type', Type.Object({ a: Type.Array(Type.String()) }), { a: ['x', 5] }, [{ field: 'a.1', message: 'Expected string' }]],
  ['a property too many', Type.Object({}, { additionalProperties: false }), { b: 1 }, [{ field: 'b', message: 'Unexpected property' }]],
  [
    'a limit', Type.Object({ a: Type.Integer({ minimum: 3 }) }), { a: 1 },
    [{ field: 'a', message: 'Expected integer to be greater or equal to 3' }]
  ],
  [
    'a union', Type.Object({ a: Type.Union([Type.Literal('user'), Type.Literal('assistant')]) }), { a: 'SECRET' },
    [{ field: 'a', message: 'Expected union value' }]
  ],
  ['a pattern', Type.Object({ a: Type.String({ pattern: 'SECRET' }) }), { a: 'x' }, [{ field: 'a', message: NO_MATCH }]],
  ['a regular expression', Type.Object({ a: Type.RegExp(/SECRET/) }), { a: 'x' }, [{ field: 'a', message: NO_MATCH }]],
  [
    'escaped names', Type.Object({ 'a/b': Type.Object({ '~.': Type.String() }) }), { 'a/b': { '~.': 5 } },
    [{ field: 'a/b["~."]', message: 'Expected string' }]
  ],
  ['the root', Type.Object({}), 5, body('Expected object')]
]

t.test('issues of the TypeBox compiler', async t => {
  for (const [title, schema, input, expected] of typeBox) t.strictSame(details(typeBoxIssues(schema, input)), expected, title)
  t.strictSame(details(
    typeBoxIssues(Type.Object({ limit: Type.Integer() }), { limit: 'x' }, 'querystring'),
    'querystring'
  ), [{ field: 'query.limit', message: 'query parameter Expected integer' }])
})

const zod: Array<[string, z.ZodType, unknown, string]> = [
  ['string', z.string(), 5, 'must be a string'],
  ['number', z.number(), '5', 'must be a number'],
  ['int', z.int(), 5.5, 'must be an integer'],
  ['bigint', z.bigint(), 5, 'must be an integer'],
  ['boolean', z.boolean(), 5, 'must be a boolean'],
  ['null', z.null(), 5, 'must be null'],
  ['array', z.array(z.string()), 5, 'must be an array'],
  ['object', z.object({}), 5, 'must be an object'],
  ['record', z.record(z.string(), z.string()), 5, 'must be an object'],
  ['date', z.date(), 5, 'must be a date'],
  ['map', z.map(z.string(), z.string()), 5, 'must be a map'],
  ['missing', z.string(), undefined, 'must be a string'],
  ['literal', z.literal('user'), 5, 'must be "user"'],
  ['literals', z.literal(['user', 'assistant']), 5, MUST_BE_ONE],
  ['a literal that JSON lacks', z.literal(['user', undefined]), 5, 'must be one of: "user", undefined'],
  ['enum', z.enum(['user', 'assistant']), 'SECRET', MUST_BE_ONE],
  ['union', z.union([z.string(), z.number()]), true, 'must be a string or a number'],
  ['union of formats', z.union([z.email(), z.url()]), 'x', NO_ALTERNATIVE],
  ['email', z.email(), 'x', 'must be a valid email'],
  ['uuid', z.uuid(), 'x', 'must be a valid UUID'],
  ['url', z.url(), 'x', 'must be a valid URL'],
  ['datetime', z.iso.datetime(), 'x', 'must be a valid date and time'],
  ['date of ISO', z.iso.date(), 'x', 'must be a valid date'],
  ['regex', z.string().regex(/SECRET/), 'x', NO_MATCH],
  ['min of string', z.string().min(3), '', 'must have at least 3 characters'],
  ['min 1 of string', z.string().min(1), '', 'must have at least 1 character'],
  ['max of string', z.string().max(2), 'abc', 'must have at most 2 characters'],
  ['min of array', z.array(z.number()).min(2), [], 'must have at least 2 items'],
  ['max of array', z.array(z.number()).max(1), [1, 2], 'must have at most 1 item'],
  ['min of set', z.set(z.number()).min(2), new Set([1]), 'must have at least 2 items'],
  ['min', z.number().min(3), 2, 'must be at least 3'],
  ['max', z.number().max(3), 4, 'must be at most 3'],
  ['gt', z.number().gt(3), 3, 'must be greater than 3'],
  ['lt', z.number().lt(3), 3, 'must be less than 3'],
  ['max of bigint', z.bigint().max(3n), 4n, 'must be at most 3'],
  ['multipleOf', z.number().multipleOf(0.5), 0.3, 'must be a multiple of 0.5'],
  ['refine', z.string().refine(() => false, 'is taken'), 'x', 'is taken']
]

t.test('an issue of Zod becomes a sentence', async t => {
  for (const [title, schema, input, message] of zod) t.strictSame(details(zodIssues(z.object({ a: schema }), { a: input })), [{ field: 'a', message }], title)
})

const zodFields: Array<[string, z.ZodType, unknown, ErrorDetail[]]> = [
  [
    'all issues', z.object({ a: z.string(), b: z.array(z.object({ c: z.string() })) }), { b: [{}] },
    [{ field: 'a', message: 'must be a string' }, { field: 'b.0.c', message: 'must be a string' }]
  ],
  [
    'properties too many', z.strictObject({}), { 'a.b': 1, c: 1 },
    [{ field: '["a.b"]', message: 'is not allowed' }, { field: 'c', message: 'is not allowed' }]
  ],
  ['properties too many, below', z.object({ a: z.strictObject({}) }), { a: { b: 1 } }, [{ field: 'a.b', message: 'is not allowed' }]],
  [
    'a name that is not allowed', z.object({ a: z.record(z.string().regex(/SECRET/), z.string()) }), { a: { b: '' } },
    [{ field: 'a.b', message: 'has a name that is not allowed' }]
  ],
  [
    'a discriminated union', z.discriminatedUnion('k', [z.object({ k: z.literal('a') })]), { k: 'SECRET' },
    [{ field: 'k', message: 'must be "a"' }]
  ],
  ['the root', z.object({}), 5, body('must be an object')]
]

t.test('an issue of Zod has its field', async t => {
  for (const [title, schema, input, expected] of zodFields) t.strictSame(details(zodIssues(schema, input)), expected, title)
})

t.test('a refinement of a whole body of Zod is about the body', async t => {
  t.strictSame(details(zodIssues(z.object({}).refine(() => false, 'is taken'), {})), body('is taken'))
})

t.test('a union of constants of Zod lists them', async t => {
  const schema = z.object({ a: z.union([z.literal('user'), z.literal('assistant')]) })
  t.strictSame(details(zodIssues(schema, { a: 'x' })), [{ field: 'a', message: MUST_BE_ONE }])
})

t.test('a bigint literal of Zod is listed', async t => {
  t.strictSame(details(zodIssues(z.object({ a: z.literal([1n, 2n]) }), { a: 5 })), [{ field: 'a', message: 'must be one of: 1, 2' }])
})

const foreign: Array<[string, unknown[], ErrorDetail[]]> = [
  [
    'a path of names and indexes', [{ path: ['messages', 0, 'a.b', 'c/d', '~1', ''], message: 'is odd' }],
    [{ field: 'messages.0["a.b"].c/d.~1[""]', message: 'is odd' }]
  ],
  ['an empty path', [{ path: [], message: 'is odd' }], body('is odd')],
  ['a symbol in a path', [{ path: [Symbol('a')], message: 'is odd' }], [{ field: 'Symbol(a)', message: 'is odd' }]],
  ['a path that is text', [{ path: 'a', instancePath: '/b', message: 'is odd' }], [{ field: 'b', message: 'is odd' }]],
  ['ajv-errors, for one issue', [{
    keyword: 'errorMessage',
    instancePath: '/a',
    params: { errors: [{ keyword: 'required', instancePath: '/a', params: { missingProperty: 'b' } }] },
    message: 'We need a b'
  }],
  [{ field: 'a.b', message: 'We need a b' }]],
  ['ajv-errors, for several', [{
    keyword: 'errorMessage',
    instancePath: '/a',
    params: { errors: [{ keyword: 'required', params: { missingProperty: 'b' } }, { keyword: 'type' }] },
    message: 'That is odd'
  }],
  [{ field: 'a', message: 'That is odd' }]],
  [
    'ajv-errors, without any', [{ keyword: 'errorMessage', instancePath: '/a', params: {}, message: 'That is odd' }],
    [{ field: 'a', message: 'That is odd' }]
  ],
  [
    'several names in one issue', [{ keyword: 'required', instancePath: '/a', params: { requiredProperties: ['b', 'c', 5] } }],
    [{ field: 'a.b', message: 'is required' }, { field: 'a.c', message: 'is required' }]
  ],
  [
    'if, without its branches',
    [{ keyword: 'if', instancePath: '/a', schemaPath: '#/properties/a/if', params: { failingKeyword: 'then' } }],
    [{ field: 'a', message: 'does not match the rules that apply to it' }]
  ],
  [
    'anyOf, without its branches', [{ keyword: 'anyOf', instancePath: '/a', schemaPath: '#/properties/a/anyOf', params: {} }],
    [{ field: 'a', message: NO_ALTERNATIVE }]
  ],
  [
    'enum, without its values', [{ keyword: 'enum', instancePath: '/a', params: {} }],
    [{ field: 'a', message: 'is not one of the allowed values' }]
  ],
  ['an unknown keyword', [{ keyword: 'isOdd', instancePath: '/a', message: 'must be odd' }], [{ field: 'a', message: 'must be odd' }]],
  [
    'an inherited keyword',
    [{ keyword: 'toString', instancePath: '/a', message: 'must be odd' }, { keyword: '__proto__', instancePath: '/b' }],
    [{ field: 'a', message: 'must be odd' }, { field: 'b', message: 'is not valid' }]
  ],
  ['a keyword that is no text', [{ keyword: 5, instancePath: '/a', params: 5 }], [{ field: 'a', message: 'is not valid' }]],
  [
    'no keyword: the first word counts',
    [{ instancePath: '/a', message: 'is missing' }, { instancePath: '/a', message: 'is no text' }],
    [{ field: 'a', message: 'is missing' }]
  ],
  ['no message', [{ instancePath: '/a' }], [{ field: 'a', message: 'is not valid' }]],
  ['an empty message', [{ instancePath: '/a', message: '' }], [{ field: 'a', message: 'is not valid' }]],
  ['a message that is no text', [{ instancePath: '/a', message: { SECRET: 1 } }], [{ field: 'a', message: 'is not valid' }]],
  ['nothing at all', [{}], body('is not valid')],
  ['junk', [null, undefined, 5, 'SECRET'], body('is not valid')],
  ['none', [], []]
]

t.test('an issue of another validator is used as far as possible', async t => {
  for (const [title, issues, expected] of foreign) t.strictSame(details(issues), expected, title)
})

// What is never shown

const patterns: Array<[string, unknown[]]> = [
  ['pattern of Ajv', ajvIssues(ofA({ pattern: 'SECRET' }), { a: 'x' })],
  ['propertyNames of Ajv', ajvIssues({ propertyNames: { pattern: 'SECRET' } }, { a: 1 })],
  ['patternProperties of Ajv', ajvIssues({ patternProperties: { 'a|SECRET': { pattern: 'SECRET' } } }, { a: 'x' })],
  ['a union of Ajv', ajvIssues(ofA({ anyOf: [{ pattern: 'SECRET' }, { pattern: 'SECRET+' }] }), { a: 'x' })],
  ['pattern of TypeBox', typeBoxIssues(Type.Object({ a: Type.String({ pattern: 'SECRET' }) }), { a: 'x' })],
  [
    'template of TypeBox', typeBoxIssues(Type.Object({ a: Type.TemplateLiteral('SECRET${string}') }), { a: 'x' }) // eslint-disable-line no-template-curly-in-string
  ],
  ['regex of Zod', zodIssues(z.object({ a: z.string().regex(/SECRET/) }), { a: 'x' })],
  ['regex of Zod, without its adapter', z.object({ a: z.string().regex(/SECRET/) }).safeParse({ a: 'x' }).error!.issues],
  ['keys of Zod', zodIssues(z.record(z.string().regex(/SECRET/), z.string()), { a: 'x' })],
  ['Joi', [{ path: ['a'], message: '"a" with value "SECRET" fails to match the required pattern: /SECRET/' }]],
  ['Joi, inverted', [{ path: ['a'], message: '"a" with value "SECRET" matches the inverted pattern: /SECRET/' }]],
  ['Yup', [{ path: ['a'], message: 'a must match the following: "/SECRET/"' }]]
]

t.test('a regular expression is never shown', async t => {
  for (const [title, issues] of patterns) {
    t.equal(details(issues).length, 1, title)
    t.notMatch(JSON.stringify(details(issues)), /SECRET/, title)
  }
})

const values: Array<[string, unknown[]]> = [
  ['const of Ajv', ajvIssues(ofA({ const: 1 }), { a: 'SECRET' })],
  ['enum of Ajv', ajvIssues(ofA({ enum: [1, 2] }), { a: 'SECRET' })],
  ['format of Ajv', ajvIssues(ofA({ format: 'email' }), { a: 'SECRET' })],
  ['type of Ajv', ajvIssues(ofA({ type: 'number' }), { a: 'SECRET' }, { verbose: true })],
  ['uniqueItems of Ajv', ajvIssues(ofA({ uniqueItems: true }), { a: ['SECRET', 'SECRET'] })],
  ['a union of TypeBox', typeBoxIssues(Type.Object({ a: Type.Union([Type.Literal(1), Type.Null()]) }), { a: 'SECRET' })],
  ['enum of Zod', zodIssues(z.object({ a: z.enum(['x', 'y']) }), { a: 'SECRET' })],
  ['email of Zod', zodIssues(z.object({ a: z.email() }), { a: 'SECRET' })]
]

t.test('the client\'s input is never shown', async t => {
  for (const [title, issues] of values) {
    t.equal(details(issues).length, 1, title)
    t.notMatch(JSON.stringify(details(issues)), /SECRET/, title)
  }
})

for (const [validator, message] of [
  ['Zod 3', "Invalid enum value. Expected 'user' | 'assistant', received 'SECRET'"],
  ['Yup', 'a must be a `number` type, but the final value was: `NaN` (cast from the value `"SECRET"`).'],
  ['Valibot', 'Invalid type: Expected number but received "SECRET"']
] as const) {
  t.test(`the client's input is not shown if ${validator} quotes it`, async t => {
    t.equal(details([{ path: ['a'], message }])[0]?.field, 'a')
    t.notMatch(details([{ path: ['a'], message }])[0]?.message, /SECRET/)
  })
}

t.test('a part as a whole, if nothing better is known', async t => {
  for (const message of [undefined, null, 5, '', {}]) t.strictSame(wholePart('body', message), { field: 'body', message: 'is not valid' })
  t.strictSame(wholePart('body', 'does not match /SECRET/'), { field: 'body', message: NO_MATCH })
})

// How many

t.test('details beyond the limit are counted', async t => {
  const issues = ajvIssues({ items: { type: 'string' } }, Array.from({ length: 62 }, () => 5))
  const { details, omitted } = toDetails([{ issues, context: 'body' }], 50)
  t.strictSame([details.length, details[0]?.field, details[49]?.field, omitted], [50, '0', '49', 12])
  t.strictSame(toDetails([{ issues, context: 'body' }], 62).omitted, 0)
  t.strictSame(toDetails([{ issues, context: 'body' }], 1), { details: [{ field: '0', message: 'must be a string' }], omitted: 61 })
})

t.test('the same detail again does not count', async t => {
  const issue = ajvIssues({ required: ['a'] }, {})[0]
  t.strictSame(toDetails([{ issues: [issue, issue, issue], context: 'body' }], 1), {
    details: [{ field: 'a', message: 'is required' }],
    omitted: 0
  })
})

t.test('thousands of issues are counted, but not looked at', async t => {
  const issues = ajvIssues({ items: { type: 'string' } }, Array.from({ length: 5000 }, () => 5))
  const { details, omitted } = toDetails([{ issues, context: 'body' }], 50)
  t.strictSame([details.length, omitted], [50, 4950])

  let looked = 0
  const counted = Array.from({ length: 100_000 }, (_, index) =>
    ({ instancePath: `/${index}`, get keyword () { looked++; return 'required' } }))
  t.equal(toDetails([{ issues: counted, context: 'body' }], 50).omitted, 99_950)
  t.ok(looked <= 5000, `${looked} issues were looked at`)
})

t.test('unions without end stay bounded', async t => {
  const issues = ajvIssues({ items: { anyOf: CONSTANTS } }, Array.from({ length: 5000 }, () => 5))
  t.equal(issues.length, 15_000)
  t.strictSame(details(issues)[0], { field: '0', message: MUST_BE_ONE })
})

t.test('one issue about very many names stays bounded', async t => {
  const keys = Array.from({ length: 500_000 }, (_, index) => `k${index}`)
  const { details, omitted } = toDetails([{
    issues: [{ keyword: 'unrecognized_keys', instancePath: '', params: { keys } }],
    context: 'body'
  }], 50)
  t.strictSame([details.length, details[0]?.field, omitted], [50, 'k0', 499_950])
})

t.test('a path without end stays bounded', async t => {
  const [detail] = details([{ keyword: 'type', instancePath: '/a~1'.repeat(1_000_000), params: { type: 'string' } }])
  t.ok(detail!.field.length < 3000)
  t.match(detail!.field, /^a\/\.a\/\./)
})

t.test('the message counts what was left out', async t => {
  t.equal(withOmitted('The request is not valid', 0), 'The request is not valid')
  t.equal(withOmitted('The request is not valid', 12), 'The request is not valid … (12 more)')
})
