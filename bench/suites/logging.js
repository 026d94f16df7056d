import { Writable } from 'node:stream'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'
import { failing, get, schema, sendModel } from './common.js'

export const title = 'With a logger, against a plain 200 of bare Fastify with the same'
export const base = 'plain 200, info'
export const bases = {
  '404, info': "Fastify's own 404, info",
  '404, warn': 'plain 200, warn',
  '429, warn': 'plain 200, warn',
  '500, info': "Fastify's own 500, info",
  '500, error': "Fastify's own 500, error"
}
export const gates = { '404, info': 1, '500, info': 0.9, '500, error': 0.9 }

function variant (level, options, define, expect) {
  return async () => {
    const stream = new Writable({ write (_chunk, _encoding, done) { done() } })
    const app = Fastify(options({ logger: { level, stream } }))
    if (options === scaiServerOptions) await app.register(scaiErrors)
    define(app)
    await app.ready()
    return { server: app.server, request: get('/'), expect }
  }
}

const bare = (level, define, expect) => variant(level, options => options, define, expect)
const plain = level => bare(level, app => app.get('/', { schema }, sendModel), '200 OK')
const failed = level => bare(level, app => app.get('/', failing), '500 Internal Server Error')
const absent = () => { throw Object.assign(new Error('The model does not exist'), { statusCode: 404 }) }
const scai = (level, handler, expect) => variant(level, scaiServerOptions, app => app.get('/', handler), expect)
const missing = (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') }
const limited = (_request, reply) => { reply.scaiError('RATE_LIMITED', { retryAfter: 30 }) }

export const variants = {
  'plain 200, info': plain('info'),
  "Fastify's own 404, info": bare('info', app => app.get('/', absent), '404 Not Found'),
  '404, info': scai('info', missing, 'MODEL_NOT_FOUND'),
  '429, info': scai('info', limited, 'RATE_LIMITED'),
  "Fastify's own 500, info": failed('info'),
  '500, info': scai('info', failing, 'INTERNAL_ERROR'),
  'plain 200, warn': plain('warn'),
  '404, warn': scai('warn', missing, 'MODEL_NOT_FOUND'),
  '429, warn': scai('warn', limited, 'RATE_LIMITED'),
  'plain 200, error': plain('error'),
  "Fastify's own 500, error": failed('error'),
  '500, error': scai('error', failing, 'INTERNAL_ERROR')
}
