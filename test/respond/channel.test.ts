import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import type { Test } from 'tap'
import { ScaiError, isScaiError } from '../../src/index.js'
import type { PublishedError } from '../../src/index.js'
import { json, serve } from '../fixtures/service.js'
import type { Init, Service } from '../fixtures/service.js'

/** A service in which all sorts of things go wrong, and what its root onError hook sees of them. */
async function start (t: Test): Promise<Service & { seen: unknown[] }> {
  const seen: unknown[] = []
  const service = await serve(t, app => {
    app.addHook('onError', async (_request, _reply, error) => { seen.push(error) })
    app.get('/thrown', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
    app.get('/replied', async (_request, reply) => reply.scaiError('TENANT_SUSPENDED'))
    app.get('/hook', { preHandler: async () => { throw new ScaiError('RATE_LIMITED', { retryAfter: 1 }) } }, async () => 'ok')
    app.get('/foreign', async () => { throw new Error('boom') })
    app.post('/validated', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 'ok')
    app.get('/sent', async (_request, reply) => reply.code(409).send('taken'))
    app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(409).end('taken') })
    app.get('/child', {
      errorHandler: (_error, _request, reply) => {
        reply.code(404).send('mine')
      }
    }, async () => { throw new ScaiError('USER_NOT_FOUND') })
  })
  return { ...service, seen }
}

const FAULTS: Array<[path: string, code: string, published: boolean, onError: boolean, init?: Init]> = [
  ['/thrown', 'MODEL_NOT_FOUND', true, true],
  ['/replied', 'TENANT_SUSPENDED', true, true],
  ['/hook', 'RATE_LIMITED', true, true],
  ['/foreign', 'INTERNAL_ERROR', true, true],
  ['/validated', 'VALIDATION_ERROR', true, true, json({})],
  ['/child', 'USER_NOT_FOUND', true, true],
  ['/nothing', 'NOT_FOUND', true, true],
  ['/thrown', 'METHOD_NOT_ALLOWED', true, true, { method: 'PUT' }],
  ['/sent', 'CONFLICT', true, false],
  ['/%zz', 'BAD_REQUEST', true, false],
  ['/raw', 'CONFLICT', false, false]
]

t.test('every error with a request is published once; onError hooks see what is thrown', async t => {
  const { request, seen } = await start(t)
  const messages: PublishedError[] = []
  const listener = (message: unknown): void => { messages.push(message as PublishedError) }
  subscribe('fastify-scai-errors:error', listener)

  for (const [path, code, isPublished, isSeen, init] of FAULTS) {
    const { body } = await request(path, init)
    t.equal(body.error.code, code, path)
    const [message, ...others] = messages.splice(0)
    t.strictSame(others, [], `${path} no more than once`)
    t.equal(message !== undefined, isPublished, `${path} published`)
    if (message !== undefined) {
      t.ok(isScaiError(message.error, body.error.code as 'CONFLICT'), 'the error that is sent')
      t.equal(message.request.id, body.meta.request_id)
      t.equal(message.reply.request, message.request)
    }
    t.equal(seen.splice(0).length, isSeen ? 1 : 0, `${path} seen by onError hooks`)
  }

  unsubscribe('fastify-scai-errors:error', listener)
  await request('/thrown')
  t.strictSame(messages, [], 'nobody listens any more')
})

t.test('what is published has the original as its cause', async t => {
  const { request } = await start(t)
  const listener = (message: unknown): void => {
    t.match((message as PublishedError).error, { code: 'INTERNAL_ERROR', statusCode: 500, cause: { message: 'boom' } })
  }
  subscribe('fastify-scai-errors:error', listener)
  await request('/foreign')
  unsubscribe('fastify-scai-errors:error', listener)
})
