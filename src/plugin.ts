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
import { createSealer } from './seal/sealer.js'
import { sealSecondaryServers } from './seal/secondary-servers.js'
import { createServerState, serverStateOf } from './seal/server-state.js'
import { scaiStream } from './stream/scai-stream.js'
import type { ScaiStreamOptions } from './stream/options.js'
import type { ScaiStreamSource } from './stream/source.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * - `codes`: the codes that this route may send, besides those of its scope, for the documentation. Always
     *   documented are `INTERNAL_ERROR`, `VALIDATION_ERROR` with an input schema, and `CONTENT_TOO_LARGE` and
     *   `UNSUPPORTED_MEDIA_TYPE` with a body schema. Any other code that is sent is logged.
     * - `normalizeReplies`: `false` sends bodies of this route under an error status as they are; `true`
     *   replaces them even if the route's scope doesn't.
     *
     * `false`: like `{ normalizeReplies: false }`, and the route is left out of the documentation of errors.
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
     * Sends the items of a source as server-sent events, then `data: [DONE]`, and returns the reply. An error
     * before the first item is an ordinary error response; a later one is an error frame. In an async
     * handler, return or await it.
     *
     * @example
     * return reply.scaiStream(signal => openai.chat.completions.create({ ...request.body, stream: true }, { signal }))
     */
    scaiStream (source: ScaiStreamSource, options?: ScaiStreamOptions): this
  }
}

const UNCOVERED = 'Without it, a badly encoded URL, a request that cannot be parsed and a closing server are not answered ' +
  'with the envelope: write Fastify(scaiServerOptions({ … })).'

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
 * Makes every error response of the service the ScaiGrid envelope, and adds `reply.scaiError` and
 * `reply.scaiStream`.
 *
 * @throws {TypeError} on an invalid option, and if it collides with another error handler
 */
export const scaiErrors = fp(plugin, { name: NAME, fastify: '5.x' })

/** Sets up what the outermost scope and all its children share. */
function setUpService (app: FastifyInstance, { notFoundHandler = true }: ScaiErrorsOptions, settings: Settings): void {
  if (app.initialConfig.requestIdHeader) {
    throw new TypeError(`${NAME}: requestIdHeader would let any client choose the request's id: leave it out. If all callers are your own services, register with { trustRequestId: true }`)
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

/** Sets up what each scope has of its own. */
function setUpScope (app: FastifyInstance, { trustRequestId, normalizeReplies }: ScaiErrorsOptions, settings: Settings): void {
  if (trustRequestId === true) app.setGenReqId(trusting(genReqIdOf(app)))
  if (normalizeReplies !== undefined) app.addHook('onRequest', letPass(!normalizeReplies))
  try {
    setErrorHandler(app, settings)
  } catch (cause) {
    throw new TypeError(`${NAME}: this scope already has an error handler, and allowErrorHandlerOverride is false: ` +
      'use the option mapError instead, or set your handler in a child scope', { cause })
  }
}

/** An onRequest hook: every response has the request's id. */
function nameRequest (request: FastifyRequest, reply: FastifyReply): void {
  const exchange = exchangeOf(request.raw)
  exchange.request = request
  reply.header(REQUEST_ID_HEADER, requestIdOf(exchange, request.id))
}

/** An onRequest hook: whether this response may send foreign bodies under an error status. */
function letPass (pass: boolean): onRequestHookHandler {
  return function letErrorsPass (request, _reply, done) {
    exchangeOf(request.raw).pass = pass
    done()
  }
}

function scaiError (this: FastifyReply, code: ScaiErrorCode, ...args: ScaiErrorArguments<ScaiErrorCode>): FastifyReply {
  return this.send(createError(code, args[0]))
}

/** Makes the error of `reply.scaiError`. A mistake in the call isn't thrown, since it might end the process, but sent as a 500. */
function createError (code: ScaiErrorCode, options: ScaiErrorArguments<ScaiErrorCode>[0]): unknown {
  try {
    return new ScaiError(code, options as {})
  } catch (mistake) {
    return pointAt(mistake, scaiError)
  }
}
