// Failures of a provider and of your own service, and what the client sees of them.
//
//   npx tsx examples/upstreams.ts

import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from 'fastify-scai-errors'
import { fromModule, fromProvider } from 'fastify-scai-errors/upstream'

// Stands for both. Its responses are those of a provider, and of a service with this plugin.
const behind = Fastify(scaiServerOptions())
await behind.register(scaiErrors)
behind.get('/provider', async (_request, reply) => {
  return reply.code(429).header('retry-after', '20').send({ error: { message: 'Slow down, sk-secret' } })
})
behind.get('/module', async () => { throw new ScaiError('TENANT_SUSPENDED') })
const url = await behind.listen({ port: 0, host: '127.0.0.1' })

const app = Fastify(scaiServerOptions())
await app.register(scaiErrors)

app.get('/provider', async () => {
  const response = await fetch(`${url}/provider`)
  if (!response.ok) throw await fromProvider(response)
})
app.get('/module', async request => {
  const response = await fetch(`${url}/module`, { headers: { 'x-request-id': request.id } })
  if (!response.ok) throw await fromModule(response)
})
// No wrapper: an error of fetch is recognized.
app.get('/nobody-there', async () => await fetch('http://127.0.0.1:1'))

for (const path of ['/provider', '/module', '/nobody-there']) {
  const response = await app.inject(path)
  console.log(response.statusCode, JSON.stringify(response.json().error))
}
await behind.close()
