import { inspect } from 'node:util'
import type { FastifyInstance, RouteOptions, onSendHookHandler } from 'fastify'
import { findEntry, showUnknown } from '../error/catalog.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import { logUndocumented } from '../respond/log.js'
import { exchangeOf } from '../respond/exchange.js'
import { codesOfSchema, responseSchemas } from './schemas.js'
import type { ResponseSchema } from './schemas.js'

/** Where a route's schema describes input. */
const INPUT = ['body', 'querystring', 'query', 'params', 'headers']
/** What @fastify/swagger itself says of a route that describes no response. */
const SUCCESS = [['200', likeZod({ type: 'null', description: 'Default Response' })]] as const

/**
 * Documents the codes of every route: those that it declares, `VALIDATION_ERROR` where it has an input
 * schema, and `INTERNAL_ERROR`. And tells where a route that declares any sends another one.
 *
 * @fastify/swagger keeps the same options of a route that a hook gets, and reads them when it is asked
 * for its document. So they are completed as soon as Fastify has compiled the route's serializers:
 * those never see it, and the order of the two plugins doesn't matter.
 *
 * @throws {TypeError} from `app.route`, on a bad declaration
 */
export function documentErrors (app: FastifyInstance): void {
  const routes: Array<{ route: RouteOptions, codes: Set<ScaiErrorCode> }> = []
  const reported = new Set<string>()

  app.addHook('onRoute', route => {
    if (route.config?.scaiErrors === false) return
    const declared = declaredCodes(route)
    const codes = new Set(declared)
    routes.push({ route, codes })
    if (declared !== undefined) route.onSend = [...[route.onSend ?? []].flat(), reportUndocumented(nameOf(route), codes, reported)]
  })
  app.addHook('onReady', done => {
    for (const { route, codes } of routes.splice(0)) complete(route, codes)
    done()
  })
}

function declaredCodes (route: RouteOptions): readonly ScaiErrorCode[] | undefined {
  const { scaiErrors: declared = {} }: { scaiErrors?: unknown } = route.config ?? {}
  if (!isDeclaration(declared)) {
    throw new TypeError(`${nameOf(route)}: config.scaiErrors must be false or ` +
      `{ codes: ['MODEL_NOT_FOUND', …], normalizeReplies: true or false }, got ${inspect(declared)}`)
  }
  for (const code of declared.codes ?? []) {
    if (findEntry(code) === undefined) throw new TypeError(`${nameOf(route)}: config.scaiErrors: unknown error code ${showUnknown(code)}`)
  }
  return declared.codes
}

const DECLARED: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['codes', Array.isArray],
  ['normalizeReplies', value => typeof value === 'boolean']
])

function isDeclaration (value: unknown): value is { codes?: readonly ScaiErrorCode[] } {
  return typeof value === 'object' && value !== null &&
    Object.entries(value).every(([name, value]) => DECLARED.has(name) && (value === undefined || DECLARED.get(name)?.(value)))
}

function nameOf ({ method, url }: RouteOptions): string {
  return `${[method].flat().join(', ')} ${url}`
}

/** An onSend hook: one that comes after the reply guard, to see what has become of an error. */
function reportUndocumented (route: string, codes: ReadonlySet<ScaiErrorCode>, reported: Set<string>): onSendHookHandler {
  // Fastify makes a HEAD route of each GET route: they are one.
  const name = route.replace(/^HEAD /, 'GET ')
  return (request, reply, payload, done) => {
    const sent = reply.statusCode < 400 ? undefined : exchangeOf(reply.raw).sent
    if (sent !== undefined && !codes.has(sent.code) && !reported.has(`${name} ${sent.code}`)) {
      reported.add(`${name} ${sent.code}`)
      logUndocumented(request.log, name, sent)
    }
    done(null, payload)
  }
}

/** Adds all its codes to a route's options. A status that it describes in its own way stays as it is. */
function complete (route: RouteOptions, codes: Set<ScaiErrorCode>): void {
  const { response = {}, ...schema } = (route.schema ?? {}) as Record<string, unknown>
  const described = Object.entries(response as Record<string, object>)
  for (const [, schema] of described) codesOfSchema(schema)?.forEach(code => codes.add(code))
  if (INPUT.some(part => schema[part] !== undefined)) codes.add('VALIDATION_ERROR')
  codes.add('INTERNAL_ERROR')

  const errors = Object.entries(responseSchemas(codes)).map(([status, schema]): [string, object] => [status, toDocument(schema)])
  const own = described.filter(([, schema]) => codesOfSchema(schema) === undefined)
  route.schema = { ...schema, response: Object.fromEntries([...errors, ...own.length === 0 ? SUCCESS : own]) }
  // Sent by the plugin before a route's turn has come.
  codes.add('SERVICE_DRAINING')
}

/** With its examples named by their codes, and its headers for everyone to see. */
function toDocument (schema: ResponseSchema): object {
  const { examples, ...rest } = schema
  return likeZod({ ...rest, headers: schema.headers, 'x-examples': Object.fromEntries(examples.map(value => [value.error.code, { value }])) })
}

/**
 * The document of fastify-type-provider-zod takes no schemas but Zod's. To it, this is one that knows
 * by itself what it is as JSON Schema.
 */
function likeZod (schema: object): object {
  return Object.defineProperty(schema, '_zod', { value: { def: { type: 'custom' }, traits: new Set(['$ZodType']), toJSONSchema: () => ({ ...schema }) } })
}
