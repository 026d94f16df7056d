import type { FastifyHttp2Options, FastifyHttp2SecureOptions, FastifyHttpOptions, FastifyHttpsOptions } from 'fastify'
import type * as http from 'node:http'
import type * as http2 from 'node:http2'
import type * as https from 'node:https'
import { nearestName } from './error/nearest.js'
import { OPTION_NAMES } from './options.js'

type Options =
  | FastifyHttpOptions<http.Server>
  | FastifyHttpsOptions<https.Server>
  | FastifyHttp2Options<http2.Http2Server>
  | FastifyHttp2SecureOptions<http2.Http2SecureServer>

/** The names of all alternatives: `keyof` of a union has just those that they share. */
type NameOf<Alternative> = Alternative extends unknown ? keyof Alternative : never

/** The options of `Fastify()`. As an object, so that one that is missing here doesn't compile. */
const NAMES: Readonly<Record<NameOf<Options>, true>> = {
  http: true,
  https: true,
  http2: true,
  http2SessionTimeout: true,
  ajv: true,
  allowErrorHandlerOverride: true,
  allowUnsafeRegex: true,
  bodyLimit: true,
  caseSensitive: true,
  childLoggerFactory: true,
  clientErrorHandler: true,
  connectionTimeout: true,
  constraints: true,
  disableRequestLogging: true,
  exposeHeadRoutes: true,
  forceCloseConnections: true,
  frameworkErrors: true,
  genReqId: true,
  handlerTimeout: true,
  ignoreDuplicateSlashes: true,
  ignoreTrailingSlash: true,
  keepAliveTimeout: true,
  logController: true,
  logger: true,
  loggerInstance: true,
  maxParamLength: true,
  maxRequestsPerSocket: true,
  onConstructorPoisoning: true,
  onProtoPoisoning: true,
  pluginTimeout: true,
  querystringParser: true,
  requestIdHeader: true,
  requestIdLogLabel: true,
  requestTimeout: true,
  return503OnClosing: true,
  rewriteUrl: true,
  routerOptions: true,
  schemaController: true,
  schemaErrorFormatter: true,
  serializerOpts: true,
  serverFactory: true,
  trustProxy: true,
  useSemicolonDelimiter: true
}

/**
 * What is wrong with a name among the options of `Fastify()`, which ignores those that it doesn't know. Unlike
 * a misspelt one, an unknown name passes: a newer Fastify may know it.
 */
export function findMisspelt (options: object): string | undefined {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(NAMES, name)) continue
    if (OPTION_NAMES.includes(name)) return `${name} is an option of the plugin: write app.register(scaiErrors, { ${name}: … })`
    const meant = nearestName(name, Object.keys(NAMES))
    if (meant !== undefined) return `unknown option '${name}': did you mean '${meant}'?`
  }
  return undefined
}
