import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../dist/index.js'

export const title = 'Errors, against a plain 200 of bare Fastify with a response schema'
export const base = 'plain 200'
export const gates = { 'plain 200 again (A/A)': 0.98, 'reply.scaiError': 0.93, 'thrown, sync': 0.78, 'thrown, async': 0.78, 'not found': 0.93 }

const GET = path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const schema = { response: { 200: { type: 'object', properties: { slug: { type: 'string' }, message: { type: 'string' } } } } }

async function plain () {
  const app = Fastify()
  app.get('/', { schema }, (_request, reply) => { reply.send({ slug: 'scai-small', message: 'A model that is not very large' }) })
  await app.ready()
  return { server: app.server, request: GET('/'), expect: '200 OK' }
}

function scai (define, expect, path = '/') {
  return async () => {
    const app = Fastify(scaiServerOptions())
    await app.register(scaiErrors)
    define(app)
    await app.ready()
    return { server: app.server, request: GET(path), expect }
  }
}

const layers = [async () => { throw new ScaiError('MODEL_NOT_FOUND') }, async () => await layers[0](), async () => await layers[1]()]

export const variants = {
  'plain 200': plain,
  'plain 200 again (A/A)': plain,
  'reply.scaiError': scai(app => app.get('/', (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  'thrown, sync': scai(app => app.get('/', () => { throw new ScaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  'thrown, async': scai(app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  'thrown, three layers': scai(app => app.get('/', () => layers[2]()), '"code":"MODEL_NOT_FOUND"'),
  'not found': scai(app => app.get('/', () => 'ok'), '"code":"NOT_FOUND"', '/nothing'),
  '429 with retry_after': scai(app => app.get('/', (_request, reply) => { reply.scaiError('RATE_LIMITED', { retryAfter: 30 }) }), '"retry_after":30'),
  '5xx with a stack': scai(app => app.get('/', () => { throw new Error('boom') }), '"code":"INTERNAL_ERROR"')
}
