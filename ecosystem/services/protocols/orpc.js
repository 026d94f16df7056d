import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { ORPCError, os } from '@orpc/server'
import { RPCHandler } from '@orpc/server/fastify'
import { z } from 'zod'
import { TOO_LARGE, failIn, post, send } from '../service.js'

const handler = new RPCHandler({
  list: os.handler(() => ['small', 'large']),
  find: os.errors({ NO_MODEL: { status: 404, message: 'No such model' } }).handler(({ errors }) => { throw errors.NO_MODEL() }),
  limited: os.handler(() => { throw new ORPCError('TOO_MANY_REQUESTS', { message: 'Slow down' }) }),
  pull: os.input(z.string()).handler(() => 'done'),
  watch: os.handler(async function * () {
    yield 'small'
    throw new ORPCError('SERVICE_UNAVAILABLE')
  }),
  broken: os.handler(() => { throw new Error('It broke') })
})

async function watched (url) {
  const seen = []
  try {
    for await (const item of await client(url).watch()) seen.push(item)
  } catch ({ code }) {
    seen.push(code)
  }
  return seen
}

const client = url => createORPCClient(new RPCLink({ url: `${url}/rpc` }))

export default {
  name: 'oRPC',
  packages: ['@orpc/server'],
  way: 'by the `config` of its route',
  prepare: app => app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined)),
  given: () => ({
    method: ['GET', 'POST'],
    url: '/rpc/*',
    async handler (request, reply) {
      const { matched } = await handler.handle(request, reply, { prefix: '/rpc' })
      if (!matched) reply.callNotFound()
    }
  }),
  mount: (app, route) => app.route(route),
  theirs: {
    'a call': [url => send(`${url}/rpc/list`, post('{}')), /200.*small/],
    'a call, by its client': [url => client(url).list(), /small/],
    'a coded error': [url => send(`${url}/rpc/find`, post('{}')), /404.*No such model/],
    'a coded error, by its client': [url => client(url).find().catch(({ code, defined, message }) => ({ code, defined, message })), /NO_MODEL.*true.*No such/],
    'a stream that fails, by its client': [watched, /small.*SERVICE_UNAVAILABLE/],
    'a limit': [url => send(`${url}/rpc/limited`, post('{}')), /429.*Slow down/],
    'a bug': [url => send(`${url}/rpc/broken`, post('{}')), /500.*Internal server error/],
    'an input that is refused': [url => send(`${url}/rpc/pull`, post('{"json":1}')), /400.*Input validation failed/]
  },
  ours: {
    'errors of hooks': [url => send(`${url}/rpc/list`, failIn('preHandler')), 'INTERNAL_ERROR'],
    'malformed bodies': [url => send(`${url}/rpc/list`, post('{')), 'VALIDATION_ERROR'],
    'too large bodies': [url => send(`${url}/rpc/list`, post(TOO_LARGE)), 'CONTENT_TOO_LARGE'],
    'unknown procedures': [url => send(`${url}/rpc/nothing`, post('{}')), 'NOT_FOUND']
  }
}
