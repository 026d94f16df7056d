import type { FastifyContextConfig, FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Exchange } from './exchange.js'

/** Left on the config of each route whose declaration the plugin has seen. Registered, for a second copy of this package. */
const SEEN = Symbol.for('fastify-scai-errors.seen')

/** The services, by their servers, in which an unseen declaration was told. */
const told = new WeakSet<object>()

type Config = FastifyContextConfig & { [SEEN]?: true }

/** An onRoute hook: notes which declarations the plugin sees. */
export function noteDeclaration (route: RouteOptions): void {
  if (route.config?.scaiErrors !== undefined) route.config = { ...route.config, [SEEN]: true } as Config
}

/**
 * Whether errors that aren't ours may leave through the response: where the request's route doesn't
 * say, as its scope has it. Looked up at most once a request, and only where a response is an error: a
 * route that was declared before the plugin had loaded has no hook of ours to say it earlier.
 */
export function mayPass (exchange: Exchange): boolean {
  const { request } = exchange
  if (request !== undefined) {
    exchange.request = undefined
    exchange.pass = declaredPass(request) ?? exchange.pass
  }
  return exchange.pass
}

function declaredPass ({ routeOptions: { method, url, config }, server }: FastifyRequest): boolean | undefined {
  const { scaiErrors: declared, [SEEN]: seen }: Config = config
  if (declared === undefined) return undefined
  if (seen === undefined) tell(server, `${[method].flat().join(', ')} ${url}`)
  if (declared === false) return true
  return typeof declared?.normalizeReplies === 'boolean' ? !declared.normalizeReplies : undefined
}

function tell (app: FastifyInstance, route: string): void {
  if (told.has(app.server)) return
  told.add(app.server)
  app.log.warn(`fastify-scai-errors: ${route} was declared before the plugin had loaded: its errors are neither checked nor documented. ` +
    'Write "await app.register(scaiErrors)", or declare the routes in a plugin that is registered after it.')
}
