import { Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import t from 'tap'
import * as v from 'valibot'
import { z } from 'zod'
import { UNKNOWN_SHAPE, follow, shapeOf } from '../../src/validation/schema-shape.js'
import { chooseIssues } from '../../src/validation/union-choice.js'
import { MAX_UNIONS, parseUnions } from '../../src/validation/union-tree.js'
import { toIssue } from '../../src/validation/foreign-issue.js'
import type { Node } from '../../src/validation/union-tree.js'
import { json, serve } from '../fixtures/service.js'

type Compile = (schema: never) => (data: unknown) => unknown

const zod: Compile = (schema: z.ZodType) => data => schema.safeParse(data)
const valibot: Compile = (schema: v.GenericSchema) => data => {
  const { issues, output } = v.safeParse(schema, data)
  return issues === undefined ? { value: output } : { error: issues }
}
const typeBox: Compile = (schema: never) => {
  const check = TypeCompiler.Compile(schema)
  return data => check.Check(data) ? { value: data } : { error: [...check.Errors(data)] }
}

/** `{"n":{"n":{"n":1}}}` */
function nested (levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { n: value }
  return value
}

// Two alternatives that no input tells apart, of which one or both contain the union again.
const zodTree: z.ZodType = z.lazy(() => z.union([z.object({ n: zodTree }), z.object({ n: z.any(), y: z.string() })]))
const valibotTree: v.GenericSchema = v.lazy(() => v.union([v.object({ n: valibotTree }), v.object({ n: v.any(), y: v.string() })]))
const typeBoxTree = Type.Recursive(This => Type.Union([Type.Object({ n: This }), Type.Object({ n: Type.Any(), y: Type.String() })]))
const ajvTree = (keyword: string) => ({
  $id: 'tree',
  [keyword]: [
    { type: 'object', properties: { n: { $ref: 'tree#' } } },
    { type: 'object', properties: { n: {} }, required: ['y'] }
  ]
})

// One is of another type: at each level it is clear which one was meant.
const zodChain: z.ZodType = z.lazy(() => z.union([z.object({ n: zodChain }), z.string()]))
const valibotChain: v.GenericSchema = v.lazy(() => v.union([v.object({ n: valibotChain }), v.string()]))
const typeBoxChain = Type.Recursive(This => Type.Union([Type.Object({ n: This }), Type.String()]))

t.test('an invalid path leads nowhere', async t => {
  t.equal(follow({ a: 1 }, '#/a'), 1)
  t.equal(follow({ a: 1 }, '#/%zz'), undefined)
})

t.test('a reference to itself has no shape', async t => {
  t.strictSame(shapeOf({ $ref: '#/a' }, { a: { $ref: '#/a' } }, undefined), UNKNOWN_SHAPE)
})

t.test('a type that may be null is two types', async t => {
  t.strictSame(shapeOf({ type: 'string', nullable: true }, {}, {}).types, new Set(['string', 'null']))
  t.strictSame(shapeOf({ type: 'string' }, {}, {}).types, new Set(['string']))
})

t.test('a union that does not tell its alternatives is one fault', async t => {
  const issue = toIssue({ code: 'invalid_union', path: ['a'], message: 'Invalid input' })
  t.strictSame(chooseIssues(parseUnions([issue]), undefined), [issue])
})

t.test('the shape of a schema ends at a reference to itself or to the input', async t => {
  const circular = { $ref: '#' }
  t.equal(shapeOf(circular, circular, {}).names.size, 0)
  t.equal(shapeOf({ properties: { kind: { const: { $data: '1/other' } } } }, {}, {}).tags.size, 0)
})

// If each level doubled the work, none of these would ever end.
for (const [title, schema, compile] of [
  ['Ajv, anyOf', ajvTree('anyOf')],
  ['Ajv, oneOf', ajvTree('oneOf')],
  ['Zod', zodTree, zod],
  ['Valibot', valibotTree, valibot],
  ['TypeBox', typeBoxTree, typeBox]
] as Array<[title: string, schema: object, compile?: Compile]>) {
  t.test(`undecided unions in undecided unions are one fault, at once: ${title}`, async t => {
    const { request } = await serve(t, app => {
      if (compile === undefined) app.addSchema(schema)
      else app.setValidatorCompiler(({ schema }) => compile(schema as never) as never)
      app.post('/', { schema: { body: compile === undefined ? { $ref: 'tree#' } : schema } }, async () => 'ok')
    })
    for (const padding of [0, 9000]) {
      const init = json(nested(60))
      const { status, body: { error } } = await request('/', { ...init, body: `${String(init.body)}${' '.repeat(padding)}` })
      t.equal(status, 422)
      t.strictSame(error?.details?.map(({ field }) => field), ['body'])
    }
  })
}

for (const [title, schema, compile] of [
  ['Zod', zodChain, zod],
  ['Valibot', valibotChain, valibot],
  ['TypeBox', typeBoxChain, typeBox]
] as Array<[title: string, schema: object, compile: Compile]>) {
  t.test(`unions nested deeper than the bound are told as a whole: ${title}`, async t => {
    const issuesOf = (levels: number) => {
      const data = nested(levels)
      const { error } = compile(schema as never)(data) as { error: { issues?: readonly unknown[] } & readonly unknown[] }
      return chooseIssues(parseUnions((error.issues ?? error).map(issue => toIssue(issue, data)), { data }), data)
    }
    for (const levels of [MAX_UNIONS - 1, MAX_UNIONS, MAX_UNIONS + 1, 500]) {
      const issues = issuesOf(levels)
      t.equal(issues.length, 1)
      const depth = issues[0]!.instancePath.split('/').length - 1
      t.equal(depth, Math.min(levels, MAX_UNIONS), `${levels} levels`)
    }
  })
}

t.test('a body that nests more unions than the stack has room for is still a 422', async t => {
  const { request } = await serve(t, app => {
    app.setValidatorCompiler(({ schema }) => valibot(schema as never) as never)
    app.post('/', { schema: { body: valibotChain } }, async () => 'ok')
  })
  const body = '{"n":'.repeat(1400) + '1' + '}'.repeat(1400)
  const { status } = await request('/', { ...json(null), body })
  t.equal(status, 422)
})

t.test('of a union of lists, no item is asked for the names of all others', async t => {
  let asked = 0
  const list = Array.from({ length: 2000 }, () => '')
  const watched = new Proxy(list, {
    ownKeys (target) {
      asked++
      return Reflect.ownKeys(target)
    }
  })
  const schema = v.object({ l: v.union([v.array(v.number()), v.string()]) })
  for (const length of [900, 2000]) {
    const { issues } = v.safeParse(schema, { l: list.slice(0, length) })
    const told = chooseIssues(parseUnions(issues!.map(issue => toIssue(issue)), { data: { l: watched } }), { l: watched })
    t.strictSame(told.map(({ keyword, instancePath }) => [keyword, instancePath]), [['anyOf', '/l']])
  }
  t.equal(asked, 0)
})

t.test('a tree is told no deeper than the bound', async t => {
  const issueAt = (level: number, keyword: string) => ({ keyword, instancePath: '/n'.repeat(level), schemaPath: '', params: {} })
  const levels = MAX_UNIONS + 1
  let node: Node = { issue: issueAt(levels, 'required') }
  for (let level = levels - 1; level >= 0; level--) {
    node = { issue: issueAt(level, 'anyOf'), below: [node], alternatives: [{ shape: UNKNOWN_SHAPE, nodes: [node] }] }
  }
  t.strictSame(chooseIssues([node], undefined), [issueAt(MAX_UNIONS, 'anyOf')])
})
