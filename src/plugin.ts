import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { ScaiErrorCode } from './error/catalog.js'
import { pointAt } from './error/mistake.js'
import type { ScaiErrorArguments } from './error/options.js'
import { ScaiError } from './error/scai-error.js'
import { addScopeCodes } from './openapi/route-codes.js'
import { documentErrors } from './openapi/routes.js'
import { NAME, checkOptions, createSettings, listOf } from './options.js'
import type { ScaiErrorsOptions } from './options.js'
import { setErrorHandler } from './respond/error-handler.js'
import { exchangeOf, requestIdOf } from './respond/exchange.js'
import { labelRequestIds, logSwitchOf } from './respond/log-controller.js'
import { answerUnknownRoutes } from './respond/not-found.js'
import { REQUEST_ID_HEADER } from './respond/request-id.js'
import { noteRoutes } from './respond/route-declaration.js'
import { DEFAULT_SETTINGS, findSettings, ownSettings, setSettings } from './respond/settings.js'
import type { Settings } from './respond/settings.js'
import { drain } from './seal/draining.js'
import { checkGenerators, createGenReqId, genReqIdOf, givenGenReqId, trusting } from './seal/gen-req-id.js'
import { sealHandshakes } from './seal/handshakes.js'
import { refuseSockets } from './seal/refused-sockets.js'
import { guardReply } from './seal/reply-guard.js'
import { interceptSend } from './seal/reply-send.js'
import { createSealer } from './seal/sealed-response.js'
import { sealSecondaryServers } from './seal/secondary-servers.js'
import { createServerState, serverStateOf } from './seal/server-state.js'
import { scaiStream } from './stream/scai-stream.js'
import type { ScaiStreamOptions } from './stream/options.js'
import type { ScaiStreamSource } from './stream/source.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * - `codes`: those that this route may send, beside those of its scope, for its documentation. What goes
     *   without saying: `VALIDATION_ERROR` with an input schema, `CONTENT_TOO_LARGE` and
     *   `UNSUPPORTED_MEDIA_TYPE` with one for the body, `INTERNAL_ERROR`. Any other that it sends is logged.
     * - `normalizeReplies`: `false` leaves bodies under an error status alone that this route sends by
     *   itself; `true` has them replaced where the route's scope leaves them alone.
     *
     * `false`: as `{ normalizeReplies: false }`, and the route is left out of the documentation of errors.
     */
    scaiErrors?: false | { readonly codes?: readonly ScaiErrorCode[], readonly normalizeReplies?: boolean }
  }
  interface FastifyReply {
    /**
     * Sends the error with this code, as throwing it would, and returns the reply.
     *
     * @example
     * return reply.scaiError('MODEL_NOT_FOUND')
     */
    scaiError<Code extends ScaiErrorCode> (code: Code, ...args: ScaiErrorArguments<Code>): this
    /**
     * Sends the items of a source as server-sent events, and `data: [DONE]` in the end, and returns
     * the reply. A failure before the first item is an ordinary error response, a later one an error
     * frame. In an async handler, return or await it.
     *
     * @example
     * return reply.scaiStream(signal => openai.chat.completions.create({ ...request.body, stream: true }, { signal }))
     */
    scaiStream (source: ScaiStreamSource, options?: ScaiStreamOptions): this
  }
}

const UNCOVERED = 'The envelope will be missing where Fastify or Node.js answers by itself: a badly encoded URL, ' +
  'a request that can not be parsed, a closing server.'

const plugin: FastifyPluginAsync<ScaiErrorsOptions> = async (app, options) => {
  checkOptions(options, app.log)
  if (options.codes !== undefined) addScopeCodes(app, options.codes)

  const own = ownSettings(app)
  if (own !== undefined) {
    own.mapErrors.push(...listOf(options.mapError))
    return
  }
  const inherited = findSettings(Object.getPrototypeOf(app))
  const settings = createSettings(
    options,
    inherited ?? { ...DEFAULT_SETTINGS, isLogDisabled: logSwitchOf(app), checkDrift: documentErrors(app) }
  )
  setSettings(app, settings)
  if (inherited === undefined) setUpService(app, options, settings)
  setUpScope(app, options, settings)
}

/**
 * Makes every error response of the service the ScaiGrid envelope, and adds `reply.scaiError`.
 *
 * @throws {TypeError} on a bad option, and where it collides with another handler
 */
export const scaiErrors = fp(plugin, { name: NAME, fastify: '5.x' })

/** What is there once, for the outermost scope and all its children. */
function setUpService (app: FastifyInstance, { notFoundHandler = true }: ScaiErrorsOptions, settings: Settings): void {
  if (app.initialConfig.requestIdHeader) {
    throw new TypeError(`${NAME}: requestIdHeader takes any text of a client for the request's id: leave it out, and register with { trustRequestId: true } if your callers are your own`)
  }
  const genReqId = genReqIdOf(app)
  // The service may have set another one since.
  const given = serverStateOf(genReqId) ?? serverStateOf(givenGenReqId(app))
  const server = given ?? createServerState()
  server.settings = settings
  server.log = app.log
  if (serverStateOf(genReqId) === undefined) app.setGenReqId(createGenReqId(genReqId, server))
  if (given === undefined) {
    app.log.warn(`${NAME}: Fastify() was called without scaiServerOptions(). ${UNCOVERED}`)
  }
  checkGenerators(app, server)
  labelRequestIds(app)

  const seal = createSealer(server)
  // Hooks have names: tracing shows them.
  app.addHook('onRequest', function sealReply (request, reply, done) {
    // @fastify/express: Express gives each response a class of its own.
    seal(reply.raw, 'express' in request.server)
    nameRequest(request, reply)
    done()
  })
  interceptSend(app)
  app.addHook('onSend', guardReply)
  noteRoutes(app)
  drain(app, server)
  sealHandshakes(app.server, server)
  refuseSockets(app.server, server)
  sealSecondaryServers(app)

  app.decorateReply('scaiError', scaiError)
  app.decorateReply('scaiStream', scaiStream)
  if (notFoundHandler) answerUnknownRoutes(app)
}

/** What a scope has of its own. */
function setUpScope (app: FastifyInstance, { trustRequestId, normalizeReplies }: ScaiErrorsOptions, settings: Settings): void {
  if (trustRequestId === true) app.setGenReqId(trusting(genReqIdOf(app)))
  if (normalizeReplies !== undefined) app.addHook('onRequest', letPass(!normalizeReplies))
  try {
    setErrorHandler(app, settings)
  } catch (cause) {
    throw new TypeError(`${NAME}: an error handler is set in this scope already, and allowErrorHandlerOverride is false: ` +
      'use the option mapError in its place, or set yours in a child', { cause })
  }
}

/** Every response names its request. */
function nameRequest (request: FastifyRequest, reply: FastifyReply): void {
  const exchange = exchangeOf(request.raw)
  exchange.request = request
  reply.header(REQUEST_ID_HEADER, requestIdOf(exchange, request.id))
}

/** An onRequest hook: whether errors that aren't ours may leave through this response. */
function letPass (pass: boolean): onRequestHookHandler {
  return function letErrorsPass (request, _reply, done) {
    exchangeOf(request.raw).pass = pass
    done()
  }
}

function scaiError (this: FastifyReply, code: ScaiErrorCode, ...args: ScaiErrorArguments<ScaiErrorCode>): FastifyReply {
  return this.send(createError(code, args[0]))
}

/** Called where an error is being handled already: a mistake must not become a second one, but a 500. */
function createError (code: ScaiErrorCode, options: ScaiErrorArguments<ScaiErrorCode>[0]): unknown {
  try {
    return new ScaiError(code, options as {})
  } catch (mistake) {
    return pointAt(mistake, scaiError)
  }
}
