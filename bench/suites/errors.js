import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../dist/index.js'
import { bare, failing, get, plain } from './common.js'

export const title = 'Errors, against a plain 200 of bare Fastify: as long, with a response schema'
export const base = 'plain 200'
export const bases = { '500 with a stack': "Fastify's own 500" }
/** The least that the same response can cost: nobody can take away a real error, nor the headers of the contract. */
export const floors = {
  'reply.scaiError': 'by hand, sent (the floor)',
  'thrown, sync': 'by hand, thrown, sync (the floor)',
  'thrown, async': 'by hand, thrown, async (the floor)'
}
export const gates = { 'reply.scaiError': 0.88, 'thrown, sync': 0.88, 'thrown, async': 0.91, '500 with a stack': 0.9 }

function scai (define, expect, path = '/') {
  return async () => {
    const app = Fastify(scaiServerOptions())
    await app.register(scaiErrors)
    define(app)
    await app.ready()
    return { server: app.server, request: get(path), expect }
  }
}

/** The least that the same response can cost in Fastify: a real error without a stack, a ready string, the same headers. */
function byHand (handler) {
  return async () => {
    const app = Fastify({ genReqId: () => 'req_oGMUcu5ayoEkyK5piI4m' })
    app.setErrorHandler((_error, request, reply) => {
      reply.code(404).headers({ 'x-request-id': request.id, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-should-retry': 'false' })
      reply.serializer(null).send(`{"status":"error","error":{"code":"MODEL_NOT_FOUND","message":"The model does not exist"},"meta":{"request_id":"${request.id}"}}`)
    })
    app.get('/', handler)
    await app.ready()
    return { server: app.server, request: get('/'), expect: '404' }
  }
}

function stackless () {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new Error('The model does not exist')
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

const layers = [async () => { throw new ScaiError('MODEL_NOT_FOUND') }, async () => await layers[0](), async () => await layers[1]()]

export const variants = {
  'plain 200': plain,
  'by hand, sent (the floor)': byHand((_request, reply) => { reply.send(stackless()) }),
  'by hand, thrown, sync (the floor)': byHand(() => { throw stackless() }),
  'by hand, thrown, async (the floor)': byHand(async () => { throw stackless() }),
  'reply.scaiError': scai(app => app.get('/', (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  '… with a message of its own': scai(app => app.get('/', (_request, reply) => { reply.scaiError('MODEL_NOT_FOUND', { message: 'There is no such model' }) }), 'There is no such model'),
  '429 with retry_after': scai(app => app.get('/', (_request, reply) => { reply.scaiError('RATE_LIMITED', { retryAfter: 30 }) }), '"retry_after":30'),
  'not found': scai(app => app.get('/', () => 'ok'), '"code":"NOT_FOUND"', '/nothing'),
  'thrown, sync': scai(app => app.get('/', () => { throw new ScaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  'thrown, async': scai(app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND') }), '"code":"MODEL_NOT_FOUND"'),
  'thrown, through three awaited layers': scai(app => app.get('/', () => layers[2]()), '"code":"MODEL_NOT_FOUND"'),
  "Fastify's own 500": bare(app => app.get('/', failing), '500 Internal Server Error'),
  '500 with a stack': scai(app => app.get('/', failing), '"code":"INTERNAL_ERROR"')
}
