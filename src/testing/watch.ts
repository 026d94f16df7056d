import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import type { ScaiError } from '../error/scai-error.js'
import { routeName } from '../openapi/declaration.js'
import { allCodes, goesWithoutSaying, routesOf } from '../openapi/route-codes.js'
import type { RouteCodes } from '../openapi/route-codes.js'
import { ERROR_CHANNEL } from '../respond/channel.js'
import type { PublishedError } from '../respond/channel.js'
import { exchangeOf } from '../respond/exchange.js'
import { checkService, scopesOf } from './scopes.js'
import type { AnyService } from './scopes.js'

/** A code of a route (`'GET /v1/models/:slug'`), or of a scope (`'/v1/*'`). */
export interface RouteError {
  readonly route: string
  readonly code: ScaiErrorCode
}

/** What a suite of tests has seen of a service's errors. */
export interface WatchedErrors {
  /** Each code that was sent, by the routes that sent it. */
  sent (): RouteError[]
  /** What a route, or a scope, declares and nothing has sent. */
  unsent (): RouteError[]
  /** What a route has sent without having declared it. */
  undeclared (): RouteError[]
}

/** A service, and what it has sent by now. */
interface Service {
  readonly routes: ReadonlyMap<string, RouteCodes>
  /** By route: each code, and whether it went without saying whenever it was sent. */
  readonly sent: Map<string, Map<ScaiErrorCode, boolean>>
}

// The tests of one process may build a service as often as they like, and count together.
const sentByDeclaration = new Map<string, Service['sent']>()

/**
 * Watches which errors the routes of a service send: a coverage of errors. Services of one process that
 * declare the same are one.
 *
 * @param app call it before `ready()`
 * @returns to be asked once the service is ready
 * @throws {TypeError} on something that is no app
 * @throws {Error} after `ready()`
 * @example
 * const errors = watchErrors(app)
 * // … all tests of the service
 * after(() => assert.deepEqual(errors.unsent(), []))
 * after(() => assert.deepEqual(errors.undeclared(), []))
 */
export function watchErrors (app: AnyService): WatchedErrors {
  checkService(app, 'watchErrors')
  let known: Service | undefined
  let isReady = false
  const record = ({ routeOptions: { method, url } }: FastifyRequest, code: ScaiErrorCode, thrown: unknown): void => {
    if (method === undefined || url === undefined) return
    known ??= serviceOf(app)
    const route = routeName({ method, url })
    const codes = known.sent.get(route) ?? new Map<ScaiErrorCode, boolean>()
    codes.set(code, (codes.get(code) ?? true) && goesWithoutSaying(code, thrown))
    known.sent.set(route, codes)
  }
  // Of a response, what counts is what was sent in the end, raw replies included. An error within a
  // stream shows on the channel alone.
  const published = new WeakMap<FastifyRequest, ScaiError>()
  const onError = (message: unknown): void => {
    const { error, request } = message as PublishedError
    if (request.server.server === app.server) published.set(request, error)
  }
  try {
    app.addHook('onReady', async () => { isReady = true })
  } catch (cause) {
    throw new Error('watchErrors: call it before ready(), listen() or the first inject()', { cause })
  }
  for (const scope of scopesOf(app)) {
    scope.addHook('onResponse', async (request, reply) => {
      const { sent, thrown } = exchangeOf(reply.raw)
      const frame = published.get(request)
      if (sent?.status === reply.statusCode) record(request, sent.code, thrown)
      else if (frame !== undefined && reply.statusCode < 400) record(request, frame.code, frame.cause)
    })
  }
  subscribe(ERROR_CHANNEL, onError)
  app.addHook('onClose', async () => { unsubscribe(ERROR_CHANNEL, onError) })

  const service = (): Service => {
    if (!isReady) throw new Error('watchErrors: what a service declares is known only when it is ready: call ready() first')
    if (routesOf(app).length === 0) throw new Error('watchErrors: the service has no routes, or they were added before the plugin')
    known ??= serviceOf(app)
    return known
  }
  return {
    sent: () => list(service(), () => true),
    unsent: () => [...unsentOfRoutes(service()), ...unsentOfScopes(service())],
    undeclared: () => list(service(), (codes, code, implied) => !implied && codes !== undefined && !allCodes(codes).has(code))
  }
}

/** The service as it is declared, with all that was sent by any app that declares the same. */
function serviceOf (app: FastifyInstance): Service {
  // Fastify makes a HEAD route of each GET route, under a URL of its own where that is a scope's "/".
  const declaring = routesOf(app).filter(({ options }) => options.method !== 'HEAD')
  const routes = new Map(declaring.flatMap(({ name, codes }) => codes === undefined ? [] : [[name, codes] as const]))
  const declaration = JSON.stringify(Array.from(routes, ([name, codes]) => [name, ...allCodes(codes)]))
  const sent = sentByDeclaration.get(declaration) ?? new Map<string, Map<ScaiErrorCode, boolean>>()
  sentByDeclaration.set(declaration, sent)
  return { routes, sent }
}

function list (
  { routes, sent }: Service,
  wanted: (codes: RouteCodes | undefined, code: ScaiErrorCode, implied: boolean) => boolean
): RouteError[] {
  return Array.from(sent).flatMap(([route, codes]) => Array.from(codes)
    .filter(([code, implied]) => wanted(routes.get(route), code, implied))
    .map(([code]) => ({ route, code })))
}

function unsentOfRoutes (service: Service): RouteError[] {
  return Array.from(service.routes).flatMap(([route, { own = [] }]) => [...own]
    .filter(code => !isCovered(service, route, code))
    .map(code => ({ route, code })))
}

/** A code of a scope is sent as soon as one of its routes has sent it. */
function unsentOfScopes (service: Service): RouteError[] {
  const routes = Array.from(service.routes)
  const scopes = new Set(routes.flatMap(([, { scopes }]) => scopes))
  return Array.from(scopes).flatMap(scope => {
    const within = routes.filter(([, { scopes }]) => scopes.includes(scope))
    return [...scope.codes]
      .filter(code => !within.some(([route]) => isCovered(service, route, code)))
      .map(code => ({ route: scope.name, code }))
  })
}

/** Whether a route has sent this, or needn't: what goes without saying is no gap. */
function isCovered ({ routes, sent }: Service, route: string, code: ScaiErrorCode): boolean {
  return routes.get(route)?.implied.has(code) === true || sent.get(route)?.has(code) === true
}
