import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import type { ErrorDetail, ErrorEnvelope } from '../../src/index.js'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 60)
const seed = Number(process.env['FUZZ_SEED'] ?? 20251124)
/** A failure's own seed and path, as it prints them, lead straight back to it. */
const path = process.env['FUZZ_PATH']

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Schema = Record<string, unknown>

const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'a/b', 'a~b', 'x[0]', '', 'größe')
const scalar = fc.oneof(
  fc.constantFrom<Schema>({ type: 'boolean' }, { type: 'null' }, { type: ['integer', 'boolean'] }, { enum: ['x', 'y', 1] }, { const: 'x' }, { type: 'string', enum: ['x', 'y'] }, { type: 'string', format: 'email', minLength: 8 }),
  fc.record({ type: fc.constantFrom('integer', 'number'), minimum: fc.integer({ min: -2, max: 2 }), multipleOf: fc.constantFrom(1, 2) }),
  fc.record({ type: fc.constant('string'), minLength: fc.nat(3), pattern: fc.constantFrom('^x', '.') })
)

const { schema } = fc.letrec<{ schema: Schema, object: Schema }>(tie => ({
  schema: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('object'),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(2), uniqueItems: fc.boolean() }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('object'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('object'), { minLength: 1, maxLength: 2 }) })
  ),
  object: fc.record({
    type: fc.constant('object'),
    properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
    required: fc.uniqueArray(name, { maxLength: 3 }),
    additionalProperties: fc.constantFrom<unknown>(true, false, { type: 'integer' })
  })
}))

const { json } = fc.letrec<{ json: Json }>(tie => ({
  json: fc.oneof({ depthSize: 'small' },
    fc.constantFrom<Json>(null, true, 0, 1, -3, 1.5, '', 'x', 'y', 'xyz', '5', 'true', 'x@example.org'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }) as fc.Arbitrary<Json>
  )
}))

const queries = fc.dictionary(fc.constantFrom('limit', 'page', 'q'), fc.constantFrom('', 'x', '5', '-1', 'true'), { maxKeys: 3 })
const querySchema = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(fc.constantFrom('limit', 'page'), scalar, { maxKeys: 2 }),
  required: fc.uniqueArray(fc.constantFrom('limit', 'page', 'q'), { maxLength: 2 })
})

t.test(`whatever is asked for, and whatever comes (${numRuns} runs, seed ${seed})`, async t => {
  await fc.assert(fc.asyncProperty(schema, querySchema, json, queries, async (body, querystring, payload, query) => {
    const [app, bare] = [await ours({ body, querystring }), alone(body, querystring)]
    const [all, first] = [await detailsOf(app, '/all', payload, query), await detailsOf(app, '/first', payload, query)]
    const [bodyAlone, queryAlone] = [await accepts(bare, '/body', payload, query), await accepts(bare, '/query', payload, query)]
    const told = JSON.stringify({ all, first })

    if (bodyAlone && queryAlone) return all.length === 0 && first.length === 0
    if (all.length === 0 || first.length === 0) throw new Error(`rejected without a detail: ${told}`)
    // A part that Fastify accepts is never reported; a body's property called query has no such message.
    const ofQuery = ({ message }: ErrorDetail) => message.startsWith('query parameter ')
    if (queryAlone && all.some(ofQuery)) throw new Error(`the query is fine: ${told}`)
    if (bodyAlone && !all.every(ofQuery)) throw new Error(`the body is fine: ${told}`)
    for (const detail of all) {
      const [root, path, whole] = ofQuery(detail)
        ? [query, detail.field.replace(/^query\.?/, ''), detail.field === 'query']
        : [payload, detail.field, detail.field === 'body']
      if (!whole && !isPlace(root, stepsOf(path).slice(0, -1))) throw new Error(`${detail.field} is no place: ${told}`)
    }
    // Of a union, the twin may tell more exactly what is wrong, below its place.
    const missing = first.filter(({ field }) => field !== 'body' && !all.some(detail => isWithin(detail.field, field)))
    if (missing.length > 0) throw new Error(`the first fault is left out: ${told}`)
  }), { numRuns, seed, ...(path !== undefined && { path }) })
  t.pass()
})

/** To make an instance of Fastify, and of Ajv, is most of a run: one has both routes. */
async function ours (schema: Schema): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions({ ajv: { customOptions: { strict: false } } }))
  await app.register(scaiErrors, { maxDetails: 1000 })
  app.post('/all', { schema }, async () => 'ok')
  await app.register(async scope => {
    await scope.register(scaiErrors, { allErrorsLimit: 0 })
    scope.post('/first', { schema }, async () => 'ok')
  })
  return app
}

/** Fastify alone. */
function alone (body: Schema, querystring: Schema): FastifyInstance {
  const app = Fastify({ ajv: { customOptions: { strict: false } } })
  app.post('/body', { schema: { body } }, async () => 'ok')
  app.post('/query', { schema: { querystring } }, async () => 'ok')
  return app
}

async function accepts (app: FastifyInstance, url: string, payload: Json, query: Record<string, string>): Promise<boolean> {
  return (await send(app, url, payload, query)).statusCode === 200
}

async function detailsOf (app: FastifyInstance, url: string, payload: Json, query: Record<string, string>) {
  const response = await send(app, url, payload, query)
  return response.statusCode === 200 ? [] : response.json<ErrorEnvelope>().error.details ?? []
}

async function send (app: FastifyInstance, url: string, payload: Json, query: Record<string, string>) {
  return await app.inject({
    method: 'POST',
    url,
    query,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(payload)
  })
}

function isWithin (field: string, around: string): boolean {
  return field === around || field.startsWith(`${around}.`) || field.startsWith(`${around}[`)
}

/** `a.0["b.c"]`: a name in brackets is JSON. */
function stepsOf (path: string): string[] {
  return Array.from(path.matchAll(/\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g), ([, quoted, plain]) => quoted === undefined
    ? plain!
    : JSON.parse(quoted) as string)
}

/** A single value stands for a list of it, where Fastify makes it one. */
function isPlace (root: Json, steps: readonly string[]): boolean {
  let value: Json | undefined = root
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return step === '0' && value !== undefined
    if (!Object.hasOwn(value, step)) return step === '0'
    value = (value as Record<string, Json>)[step]
  }
  return true
}
