// A request that fails its schema, with JSON Schema and with Zod.
//
//   npx tsx examples/validation.ts

import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from 'fastify-scai-errors'
import { z } from 'zod'

const app = Fastify(scaiServerOptions())
await app.register(scaiErrors)

const body = {
  type: 'object',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string' },
    messages: { type: 'array', items: { type: 'object', properties: { role: { enum: ['user', 'assistant'] } } } }
  }
}
const querystring = { type: 'object', properties: { limit: { type: 'integer', maximum: 100 } } }
app.post('/json-schema', { schema: { body, querystring } }, async () => 'ok')

app.post('/zod', {
  schema: { body: z.object({ model: z.string(), temperature: z.number().max(2) }) },
  validatorCompiler: ({ schema }) => data => {
    const { success, data: value, error } = (schema as unknown as z.ZodType).safeParse(data)
    return success ? { value } : { error }
  }
}, async () => 'ok')

for (const [url, payload] of [
  ['/json-schema?limit=1000', { messages: [{ role: 'robot' }] }],
  ['/zod', { model: 'scai-small', temperature: 3 }],
  ['/zod', '{"model":']
] as const) {
  const response = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
  console.log(response.statusCode, JSON.stringify(response.json().error.details))
}
