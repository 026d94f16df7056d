import { ServerResponse as Http1Response } from 'node:http'
import type * as http from 'node:http'
import { Http2ServerResponse as Http2Response } from 'node:http2'
import type * as http2 from 'node:http2'
import type * as https from 'node:https'
import type {
  FastifyBaseLogger, FastifyHttp2Options, FastifyHttp2SecureOptions, FastifyHttpOptions, FastifyHttpsOptions,
  FastifyInstance, FastifyReply, FastifyRequest, FastifyServerFactory, FastifyServerOptions
} from 'fastify'
import { schemaErrorFormatter } from './validation/rejection.js'
import { withCollectingValidators } from './validation/collecting-validator.js'
import { handleError } from './respond/handle-error.js'
import { REQUEST_ID_LOG_LABEL } from './respond/log-controller.js'
import { seal } from './seal/sealed-response.js'
import { createSealer } from './seal/sealer.js'
import { withErrSerializer } from './respond/logger-options.js'
import { answerClientError } from './seal/client-errors.js'
import { createGenReqId } from './seal/gen-req-id.js'
import type { GenReqId } from './seal/gen-req-id.js'
import { createServerState, serverStateOf } from './seal/server-state.js'
import type { ServerState } from './seal/server-state.js'
import { findMisspelt } from './server-option-names.js'

const NAME = 'scaiServerOptions'

// NoInfer in the return types: otherwise TypeScript infers the logger from the surrounding call, as `never`.

/**
 * Completes the options of `Fastify()` with what a plugin can't do. Your own options are kept.
 *
 * - `genReqId`: ids of the form `req_…`; those of your own generator are kept if they have this form.
 * - `logger`, `loggerInstance`: of errors, type, message, stack and `code` are logged, and nothing else; an
 *   `err` serializer of your own is used instead.
 * - `frameworkErrors`, `clientErrorHandler`: the envelope for what fails before there is a route or a
 *   request; your own are used instead.
 * - `http` or `https`: a `ServerResponse` class that sends nothing but envelopes under an error status; it
 *   extends yours.
 * - `serverFactory`: the responses of your server are sealed, too.
 * - `return503OnClosing: false`: the plugin answers while the server closes.
 *
 * The four overloads are those of `Fastify()`, so that it infers the same types of server and logger.
 *
 * @throws {TypeError} on a misspelt option, and on one that contradicts the documented responses or logs
 * @example
 * const app = Fastify(scaiServerOptions({ logger: true }))
 */
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (
  options: FastifyHttp2SecureOptions<http2.Http2SecureServer, Logger>
): FastifyHttp2SecureOptions<http2.Http2SecureServer, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (
  options: FastifyHttp2Options<http2.Http2Server, Logger>
): FastifyHttp2Options<http2.Http2Server, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (
  options: FastifyHttpsOptions<https.Server, Logger>
): FastifyHttpsOptions<https.Server, NoInfer<Logger>>
export function scaiServerOptions<Logger extends FastifyBaseLogger = FastifyBaseLogger> (
  options?: FastifyHttpOptions<http.Server, Logger>
): FastifyHttpOptions<http.Server, NoInfer<Logger>>
export function scaiServerOptions (options: object = {}): object {
  return complete(options)
}

function complete (options: FastifyServerOptions & ServerKind): FastifyServerOptions {
  refuseMistakes(options)
  const genReqId = options.genReqId as GenReqId | undefined
  // Options that were completed before belong to the same server.
  const server = (genReqId && serverStateOf(genReqId)) ?? createServerState()
  const { frameworkErrors, clientErrorHandler, serverFactory } = options

  return {
    ...options,
    ...sealedServer(options, server),
    ...withErrSerializer(options),
    // The user's own compiler ignores this option.
    ajv: withCollectingValidators(options.ajv),
    schemaErrorFormatter: options.schemaErrorFormatter ?? schemaErrorFormatter(Boolean(options.ajv?.customOptions?.$data)),
    genReqId: createGenReqId(genReqId, server),
    return503OnClosing: false,
    frameworkErrors (error, request, reply) {
      try {
        if (frameworkErrors !== undefined) return frameworkErrors(error, request, reply)
      } catch (thrown) {
        // Thrown on, it would end the process.
        return handleError(thrown, request as FastifyRequest, reply as FastifyReply, server.settings)
      }
      handleError(error, request as FastifyRequest, reply as FastifyReply, server.settings)
    },
    clientErrorHandler: clientErrorHandler ?? function (this: FastifyInstance, error, socket) {
      answerClientError(error, socket, { ...server, log: this.log })
    },
    ...serverFactory !== undefined && { serverFactory: sealedFactory(serverFactory, server) }
  }
}

/** The user's own server makes its responses itself; each is sealed before Fastify sees it. */
function sealedFactory (serverFactory: FastifyServerFactory, server: ServerState): FastifyServerFactory {
  const seal = createSealer(server)
  return (handle, options) => serverFactory((request, response) => {
    seal(response)
    handle(request, response)
  }, options)
}

/** The options of `Fastify()` that hold options of Node's server. */
interface ServerKind {
  http2?: boolean
  https?: http2.SecureServerOptions | https.ServerOptions | boolean | null
  http?: http.ServerOptions & http2.ServerOptions | null
}

/** An option of Node.js 26, whose class of responses takes precedence over `Http1ServerResponse`. */
type Http2ServerOptions = http2.SecureServerOptions & { http1Options?: http.ServerOptions }

/** Gives the server our classes of responses, which extend the user's own if there are any. */
function sealedServer ({ http2: isHttp2, https, http }: ServerKind, server: ServerState): ServerKind {
  const given = { ...(https || http) as object }
  const { ServerResponse = Http1Response } = given as http.ServerOptions
  const { Http1ServerResponse = Http1Response, Http2ServerResponse = Http2Response, http1Options } = given as Http2ServerOptions
  const sealed = isHttp2
    ? {
        ...given,
        Http1ServerResponse: seal(Http1ServerResponse, server),
        Http2ServerResponse: seal(Http2ServerResponse as never, server),
        ...http1Options?.ServerResponse && { http1Options: { ...http1Options, ServerResponse: seal(http1Options.ServerResponse, server) } }
      }
    : { ...given, ServerResponse: seal(ServerResponse, server) }
  return https ? { https: sealed } : { http: sealed }
}

function refuseMistakes (options: FastifyServerOptions): void {
  const { requestIdHeader, requestIdLogLabel, return503OnClosing } = options
  const misspelt = findMisspelt(options)
  if (misspelt !== undefined) throw new TypeError(`${NAME}: ${misspelt}`)
  if (requestIdHeader) {
    throw new TypeError(`${NAME}: requestIdHeader would let any client choose the request's id: leave it out. If all callers are your own services, register the plugin with { trustRequestId: true }`)
  }
  if (requestIdLogLabel !== undefined && requestIdLogLabel !== REQUEST_ID_LOG_LABEL) {
    throw new TypeError(`${NAME}: the request's id is logged as "${REQUEST_ID_LOG_LABEL}": leave out requestIdLogLabel`)
  }
  if (return503OnClosing) {
    throw new TypeError(`${NAME}: return503OnClosing makes Fastify answer without the envelope while the server closes: leave it out, the plugin answers with SERVICE_DRAINING`)
  }
}
