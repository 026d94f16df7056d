import { ServerResponse } from 'node:http'
import t from 'tap'
import { checkEnvelope } from '../fixtures/envelope.js'
import { serve } from '../fixtures/service.js'

t.test('a response stays sealed that Express gives a class of its own', async t => {
  // As @fastify/express does, and Express itself: ecosystem/tools has the real ones.
  const express = Object.create(ServerResponse.prototype)
  const { request } = await serve(t, app => {
    app.decorate('express', express)
    app.addHook('onRequest', async (_request, reply) => { Object.setPrototypeOf(reply.raw, express) })
    app.get('/raw', (_request, reply) => { reply.hijack().raw.writeHead(403).end('theirs') })
    app.get('/good', async () => 'fine')
  })
  t.equal(checkEnvelope(await request('/raw')).error.code, 'AUTHZ_PERMISSION_DENIED')
  t.match(await request('/good'), { status: 200, text: 'fine' })
})
