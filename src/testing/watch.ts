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

/** The errors that a service has sent during a suite of tests. */
export interface WatchedErrors {
  /** Each code that was sent, by the routes that sent it. */
  sent (): RouteError[]
  /** Each code that a route or a scope declares, and nothing has sent. */
  unsent (): RouteError[]
  /** Each code that a route has sent without declaring it. */
  undeclared (): RouteError[]
}

/** A service, and what it has sent so far. */
interface Service {
  readonly routes: ReadonlyMap<string, RouteCodes>
  /** By route: each code, and whether it needed no declaration each time it was sent. */
  readonly sent: Map<string, Map<ScaiErrorCode, boolean>>
}

// All services with the same declarations in one process count together: tests may build a service many times.
const sentByDeclaration = new Map<string, Service['sent']>()

/**
 * Records which errors the routes of a service send: a coverage of errors. Services in one process with the
 * same declarations count together.
 *
 * @param app an app before its `ready()`
 * @returns call its functions after the service is ready
 * @throws {TypeError} if this isn't an app
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
  // For a response, what was sent in the end counts, raw replies included. An error within a stream is only
  // published on the channel.
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

/** The declarations of a service, with everything that was sent by apps with the same declarations. */
function serviceOf (app: FastifyInstance): Service {
  // Fastify adds a HEAD route for each GET route; for a scope's "/" it has another URL.
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

/** A scope's code counts as sent as soon as one of its routes has sent it. */
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

/** Whether a route has sent this code, or needn't because it needs no declaration. */
function isCovered ({ routes, sent }: Service, route: string, code: ScaiErrorCode): boolean {
  return routes.get(route)?.implied.has(code) === true || sent.get(route)?.has(code) === true
}
