import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { declarationOf } from './declaration.js'
import { codesOfSchema } from './schemas.js'

/** The codes that every route of a scope may send, and of those below it. */
export interface ScopeCodes {
  /** `'/v1/*'` */
  readonly name: string
  readonly codes: Set<ScaiErrorCode>
}

/** A route of a service, and the codes that it may send. */
export interface KnownRoute {
  readonly name: string
  /** Fastify's own: what hooks add to it later shows here. */
  readonly options: RouteOptions
  /** The scope that it was added to. */
  readonly instance: FastifyInstance
  /** Known when the service is ready; `undefined` also where the route wants to be left alone. */
  codes: RouteCodes | undefined
}

/** The codes of one route, by where they come from. */
export interface RouteCodes {
  /** Declared by the route: in its config, or by `errorResponses`. `undefined` where it declares none. */
  readonly own: ReadonlySet<ScaiErrorCode> | undefined
  /** Those of its scope, and of the scopes around it. */
  readonly scopes: readonly ScopeCodes[]
  /** What goes without saying. */
  readonly implied: ReadonlySet<ScaiErrorCode>
}

/** Where a route's schema describes input. */
const INPUT = ['body', 'querystring', 'query', 'params', 'headers'] as const

const scopeCodes = new WeakMap<FastifyInstance, ScopeCodes>()
// By Node's server, which all scopes of a service share.
const routesByServer = new WeakMap<object, KnownRoute[]>()

/** Adds to the codes of a scope. */
export function addScopeCodes (scope: FastifyInstance, codes: readonly ScaiErrorCode[]): void {
  const known = scopeCodes.get(scope)
  if (known === undefined) scopeCodes.set(scope, { name: `${scope.prefix}/*`, codes: new Set(codes) })
  else for (const code of codes) known.codes.add(code)
}

export function addRoute (route: KnownRoute): void {
  const { server } = route.instance
  const known = routesByServer.get(server)
  if (known === undefined) routesByServer.set(server, [route])
  else known.push(route)
}

/** The routes of a service that were added after the plugin, in whatever scope. */
export function routesOf ({ server }: FastifyInstance): readonly KnownRoute[] {
  return routesByServer.get(server) ?? []
}

/**
 * The codes of a route, or `undefined` where it wants to be left alone. To be asked once the service is
 * ready: until then, hooks of others may change what the route says.
 *
 * @throws {TypeError} on a bad declaration
 */
export function codesOf ({ name, options, instance }: KnownRoute): RouteCodes | undefined {
  const declaration = declarationOf(options, name)
  if (declaration === false) return undefined
  const schema = (options.schema ?? {}) as Record<string, unknown>
  const described = Object.values((schema['response'] ?? {}) as Record<string, object>).map(codesOfSchema)
  const own = declaration.codes === undefined && described.every(codes => codes === undefined)
    ? undefined
    : new Set([...declaration.codes ?? [], ...described.flatMap(codes => codes ?? [])])
  return { own, scopes: scopesOf(instance), implied: impliedCodes(schema) }
}

/** All codes of a route. */
export function allCodes ({ own, scopes, implied }: RouteCodes): Set<ScaiErrorCode> {
  return new Set([...own ?? [], ...scopes.flatMap(({ codes }) => [...codes]), ...implied])
}

function scopesOf (instance: FastifyInstance | null): ScopeCodes[] {
  if (instance === null) return []
  const own = scopeCodes.get(instance)
  return [...own === undefined ? [] : [own], ...scopesOf(Object.getPrototypeOf(instance) as FastifyInstance | null)]
}

function impliedCodes (schema: Record<string, unknown>): Set<ScaiErrorCode> {
  const codes = new Set<ScaiErrorCode>(['INTERNAL_ERROR'])
  if (INPUT.some(part => schema[part] !== undefined)) codes.add('VALIDATION_ERROR')
  if (schema['body'] !== undefined) codes.add('CONTENT_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE')
  return codes
}

/** The codes that the plugin answers with by itself, before a route's turn has come. */
const BEFORE_ROUTES: ReadonlySet<ScaiErrorCode> = new Set(['SERVICE_DRAINING'])

/**
 * Whether a route needn't declare a code for this: the plugin answers by itself while the service drains,
 * and where a body can't be parsed.
 */
export function goesWithoutSaying (code: ScaiErrorCode, thrown: unknown): boolean {
  return BEFORE_ROUTES.has(code) || isOfParser(thrown)
}

/** Fastify's content type parsers have codes of their own. */
function isOfParser (thrown: unknown): boolean {
  const code = read(thrown, 'code')
  return typeof code === 'string' && code.startsWith('FST_ERR_CTP_')
}
