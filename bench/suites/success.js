import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'

export const title = 'A success, against bare Fastify'
export const base = 'bare Fastify'
export const gates = { 'with everything on': 0.88 }

const schema = { response: { 200: { type: 'object', properties: { slug: { type: 'string' }, message: { type: 'string' } } } } }

function variant (options, plugin) {
  return async () => {
    const app = Fastify(options())
    if (plugin) await app.register(scaiErrors)
    app.get('/', { schema }, (_request, reply) => { reply.send({ slug: 'scai-small', message: 'A model that is not very large' }) })
    app.log.warn = () => {}
    await app.ready()
    return { server: app.server, request: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', expect: '200 OK' }
  }
}

export const variants = {
  'bare Fastify': variant(() => ({}), false),
  'scaiServerOptions alone': variant(scaiServerOptions, false),
  'the plugin alone': variant(() => ({}), true),
  'with everything on': variant(scaiServerOptions, true)
}
