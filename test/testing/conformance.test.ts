import Fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import t from 'tap'
import scaiErrors, { scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorsOptions } from '../../src/index.js'
import { checkConformance } from '../../src/testing.js'
import { testCertificate } from '../fixtures/raw.js'

const Slug = { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } }

/** A service of some routes, with what is special about it. */
async function build (define: (app: FastifyInstance) => unknown = () => {}, { server = {}, errors = {} }: { server?: FastifyServerOptions, errors?: ScaiErrorsOptions } = {}): Promise<FastifyInstance> {
  const app = Fastify(scaiServerOptions(server as object))
  await app.register(scaiErrors, errors)
  app.get('/', async () => 'ok')
  app.get('/models/:slug', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  app.post('/models', { schema: { body: Slug } }, async () => { throw new Error('never runs') })
  await define(app)
  return app
}

const CLEAN: Record<string, () => Promise<FastifyInstance>> = {
  'a plain service': () => build(),
  'a service over HTTP/2': () => build(() => {}, { server: { http2: true, https: testCertificate } as object }),
  'a service over TLS': () => build(() => {}, { server: { https: testCertificate } as object })
}

for (const [title, build] of Object.entries(CLEAN)) {
  t.test(`clean: ${title}`, async t => {
    t.strictSame(await checkConformance(await build()), [])
  })
}
