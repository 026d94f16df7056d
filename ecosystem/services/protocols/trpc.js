import { createTRPCClient, httpBatchLink, httpBatchStreamLink } from '@trpc/client'
import { TRPCError, initTRPC } from '@trpc/server'
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import { TOO_LARGE, failIn, post, send } from '../service.js'

const { router, procedure } = initTRPC.create({ isDev: false })

function checkName (input) {
  if (typeof input !== 'string') throw new Error('A name, please')
  return input
}

const models = router({
  list: procedure.query(() => ['small', 'large']),
  find: procedure.query(() => { throw new TRPCError({ code: 'NOT_FOUND', message: 'No such model' }) }),
  pull: procedure.input(checkName).mutation(() => { throw new Error('It broke') })
})

const client = (url, link = httpBatchLink) => createTRPCClient({ links: [link({ url: `${url}/trpc` })] })
const told = ({ data, message }) => ({ data, message })

export default {
  name: 'tRPC',
  packages: ['@trpc/server'],
  way: 'in a scope of its own',
  given: () => ({ plugin: fastifyTRPCPlugin, options: { prefix: '/trpc', trpcOptions: { router: models } } }),
  mount: (app, { plugin, options }) => app.register(plugin, options),
  theirs: {
    'a query': [url => send(`${url}/trpc/list`), /200.*small/],
    'a query, by its client': [url => client(url).list.query(), /large/],
    'a coded error': [url => send(`${url}/trpc/find`), /404.*No such model/],
    'a coded error, by its client': [url => client(url).find.query().catch(told), /NOT_FOUND.*No such model/],
    'a coded error in a streamed batch': [url => client(url, httpBatchStreamLink).find.query().catch(told), /NOT_FOUND.*No such model/],
    'a bug': [url => send(`${url}/trpc/pull`, post('"small"')), /500.*It broke/],
    'an input that is refused': [url => send(`${url}/trpc/pull`, post('1')), /400.*A name, please/],
    'a malformed body': [url => send(`${url}/trpc/pull`, post('{')), /400.*JSON/],
    'a batch of several statuses': [url => send(`${url}/trpc/list,find?batch=1`), /207.*small.*No such model/],
    'an unknown procedure': [url => send(`${url}/trpc/nothing`), /404.*nothing/]
  },
  ours: {
    'errors of hooks': [url => send(`${url}/trpc/list`, failIn('preHandler')), 'INTERNAL_ERROR'],
    'too large bodies': [url => send(`${url}/trpc/pull`, post(TOO_LARGE)), 'CONTENT_TOO_LARGE'],
    'unknown media types': [url => send(`${url}/trpc/pull`, post('a', 'text/csv')), 'UNSUPPORTED_MEDIA_TYPE']
  }
}
