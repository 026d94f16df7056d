import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { declarationOf } from './declaration.js'
import { codesOfSchema } from './schemas.js'

/** The codes that every route of a scope and its children may send. */
export interface ScopeCodes {
  /** `'/v1/*'` */
  readonly name: string
  readonly codes: Set<ScaiErrorCode>
}

/** A route of a service, and the codes that it may send. */
export interface KnownRoute {
  readonly name: string
  /** The object that Fastify keeps, so that later changes by hooks are visible. */
  readonly options: RouteOptions
  /** The scope that it was added to. */
  readonly instance: FastifyInstance
  /** Known when the service is ready; `undefined` also if the route opts out. */
  codes: RouteCodes | undefined
}

/** The codes of one route, by their origin. */
export interface RouteCodes {
  /** Declared by the route, in its config or by `errorResponses`; `undefined` if it declares none. */
  readonly own: ReadonlySet<ScaiErrorCode> | undefined
  /** Those of its scope, and of the scopes around it. */
  readonly scopes: readonly ScopeCodes[]
  /** Those that need no declaration. */
  readonly implied: ReadonlySet<ScaiErrorCode>
}

/** Where a route's schema describes input. */
const INPUT = ['body', 'querystring', 'query', 'params', 'headers'] as const

const scopeCodes = new WeakMap<FastifyInstance, ScopeCodes>()
// By Node's server, which is the same for all scopes of a service.
const routesByServer = new WeakMap<object, KnownRoute[]>()

/** Adds codes to a scope. */
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

/** The routes of a service that were added after the plugin, in any scope. */
export function routesOf ({ server }: FastifyInstance): readonly KnownRoute[] {
  return routesByServer.get(server) ?? []
}

/**
 * The codes of a route, or `undefined` if it opts out. Call it when the service is ready: until then, hooks of
 * others may change the route.
 *
 * @throws {TypeError} on an invalid declaration
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

/** The codes that the plugin sends itself, before the route is reached. */
const BEFORE_ROUTES: ReadonlySet<ScaiErrorCode> = new Set(['SERVICE_DRAINING'])

/**
 * Whether a route needn't declare this code: the plugin answers by itself while the service closes, and when a
 * body can't be parsed.
 */
export function goesWithoutSaying (code: ScaiErrorCode, thrown: unknown): boolean {
  return BEFORE_ROUTES.has(code) || isOfParser(thrown)
}

/** Fastify's content type parsers have codes of their own. */
function isOfParser (thrown: unknown): boolean {
  const code = read(thrown, 'code')
  return typeof code === 'string' && code.startsWith('FST_ERR_CTP_')
}
