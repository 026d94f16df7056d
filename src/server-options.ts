import type * as http from 'node:http'
import type * as http2 from 'node:http2'
import type * as https from 'node:https'
import { LogController } from 'fastify'
import type {
  FastifyBaseLogger, FastifyHttp2Options, FastifyHttp2SecureOptions, FastifyHttpOptions, FastifyHttpsOptions,
  FastifyServerOptions
} from 'fastify'
import { serverGenReqId } from './wire/request-id.js'
import type { GenReqId } from './wire/request-id.js'

const REQUEST_ID_LOG_LABEL = 'request_id'

// NoInfer in what is returned: otherwise TypeScript infers the logger from the call around this one,
// and finds `never`.

/**
 * Options for `Fastify()`: what the plugin comes too late for, with your own options kept.
 *
 * - `genReqId`: ids in the documented form; those of your own generator are kept where they have it.
 * - `logController`: the request's id is in every log line as `request_id`.
 *
 * The four overloads are those of `Fastify()`: its types of server and logger come out as they would
 * without this call.
 *
 * @throws {TypeError} where an option contradicts the documented responses or logs
 * @example
 * const app = Fastify(scaiServerOptions({ logger: true }))
 */
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (options: FastifyHttp2SecureOptions<http2.Http2SecureServer, Logger>): FastifyHttp2SecureOptions<http2.Http2SecureServer, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (options: FastifyHttp2Options<http2.Http2Server, Logger>): FastifyHttp2Options<http2.Http2Server, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (options: FastifyHttpsOptions<https.Server, Logger>): FastifyHttpsOptions<https.Server, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (options?: FastifyHttpOptions<http.Server, Logger>): FastifyHttpOptions<http.Server, NoInfer<Logger>>
export function scaiServerOptions (options: object = {}): object {
  return complete(options)
}

function complete (options: FastifyServerOptions): FastifyServerOptions {
  const { requestIdHeader, requestIdLogLabel, disableRequestLogging } = options
  if (requestIdHeader) {
    throw new TypeError('scaiServerOptions: requestIdHeader takes any text of a client for the request\'s id: leave it out, and register the plugin with { trustRequestId: true } if your callers are your own')
  }
  if (requestIdLogLabel !== undefined && requestIdLogLabel !== REQUEST_ID_LOG_LABEL) {
    throw new TypeError(`scaiServerOptions: the request's id is logged as "${REQUEST_ID_LOG_LABEL}": leave out requestIdLogLabel`)
  }

  const logController = options.logController ?? new LogController({ disableRequestLogging: disableRequestLogging ?? false })
  logController.requestIdLogLabel = REQUEST_ID_LOG_LABEL
  return { ...options, logController, genReqId: serverGenReqId(options.genReqId as GenReqId | undefined) }
}
