import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'
import { get, schema, sendModel } from './common.js'

export const title = 'A success, against bare Fastify'
export const base = 'bare Fastify'
export const gates = { 'with everything on': 0.91 }

function variant (options, plugin) {
  return async () => {
    const app = Fastify(options())
    app.log.warn = () => {}
    if (plugin) await app.register(scaiErrors)
    app.get('/', { schema }, sendModel)
    await app.ready()
    return { server: app.server, request: get('/'), expect: '200 OK' }
  }
}

export const variants = {
  'bare Fastify': variant(() => ({}), false),
  'scaiServerOptions alone': variant(scaiServerOptions, false),
  'the plugin alone': variant(() => ({}), true),
  'with everything on': variant(scaiServerOptions, true)
}
