import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Exchange } from './exchange.js'

/** On Node's server: the routes that the plugin has seen. Registered, so that a second copy of this package finds it. */
const SEEN = Symbol.for('fastify-scai-errors.seen-routes')

/** The servers for which an unseen declaration was reported. */
const told = new WeakSet<object>()

type Server = object & { [SEEN]?: Set<string> }

/** Notes which routes the plugin sees. Their declarations are read later, since hooks of others may change them. */
export function noteRoutes (app: FastifyInstance): void {
  const seen = (app.server as Server)[SEEN] ??= new Set()
  app.addHook('onRoute', route => { seen.add(keyOf(route)) })
}

/**
 * Whether the response may send foreign bodies under an error status: as the route declares, else as its scope
 * does. Looked up at most once for each request, and only for an error: a route that was declared before the
 * plugin had loaded has no hook of ours that could do it earlier.
 */
export function mayPass (exchange: Exchange): boolean {
  const { request, asked } = exchange
  if (request !== undefined && !asked) {
    exchange.asked = true
    exchange.pass = declaredPass(request) ?? exchange.pass
  }
  return exchange.pass
}

function declaredPass ({ routeOptions, server: app }: FastifyRequest): boolean | undefined {
  const { scaiErrors: declared } = routeOptions.config
  if (declared === undefined) return undefined
  if ((app.server as Server)[SEEN]?.has(keyOf(routeOptions)) !== true) tell(app, keyOf(routeOptions))
  if (declared === false) return true
  return typeof declared?.normalizeReplies === 'boolean' ? !declared.normalizeReplies : undefined
}

/** `'GET /v1/models/:slug'`, with the prefixes of its scopes. */
export function keyOf ({ method, url }: { readonly method: string | readonly string[], readonly url: string | undefined }): string {
  return `${[method].flat().join(', ')} ${url}`
}

function tell (app: FastifyInstance, route: string): void {
  if (told.has(app.server)) return
  told.add(app.server)
  app.log.warn(`fastify-scai-errors: ${route} was declared before the plugin had loaded: its errors are neither checked nor documented. ` +
    'Write "await app.register(scaiErrors)", or declare the routes in a plugin that is registered after it.')
}
