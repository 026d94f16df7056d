import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { inspect } from 'node:util'
import type { ScaiErrorCode } from './error/catalog.js'
import { handleError } from './respond/handle-error.js'
import { ScaiError } from './error/scai-error.js'
import type { ScaiErrorArguments } from './error/options.js'
import { drain } from './seal/draining.js'
import { guardReply, keepThrown } from './seal/reply-guard.js'
import { sealSockets } from './seal/client-errors.js'
import { createGenReqId, serverStateOf, trusting } from './seal/server-state.js'
import type { GenReqId, ServerState } from './seal/server-state.js'
import { DEFAULT_SETTINGS, findSettings, ownSettings, setSettings } from './respond/settings.js'
import type { MapError, Settings } from './respond/settings.js'
import type { ScaiStreamSource } from './stream/source.js'
import { scaiStream } from './stream/scai-stream.js'
import type { ScaiStreamOptions } from './stream/scai-stream.js'
import { markOf } from './respond/exchange.js'
import { documentErrors } from './openapi/routes.js'
import { REQUEST_ID_HEADER } from './respond/request-id.js'

export interface ScaiErrorsOptions {
  /**
   * Your own rule, asked first about everything that was thrown and isn't a `ScaiError` yet. It must
   * be synchronous; `undefined` leaves the error to the rules of this package.
   * @default undefined
   */
  mapError?: MapError
  /**
   * Take over an inbound `x-request-id` in the documented form. Only for a service whose callers are
   * your own.
   * @default false
   */
  trustRequestId?: boolean
  /**
   * How many `details` are sent at most; the message counts those left out.
   * @default 50
   */
  maxDetails?: number
  /**
   * Up to how many bytes of input (by `content-length`) all its faults are listed; of larger input the
   * first alone, since looking for more can take long.
   * @default 8192
   */
  allErrorsLimit?: number
  /**
   * Put the envelope in place of every other body under an error status, whoever sends it. A single
   * route opts out by `config: { scaiErrors: false }`: a proxy that must pass bodies through.
   * @default true
   */
  normalizeReplies?: boolean
  /**
   * Send `x-should-retry`, which the OpenAI and Anthropic SDKs obey.
   * @default true
   */
  retryHeaders?: boolean
  /**
   * Answer unknown routes, with `NOT_FOUND` or `METHOD_NOT_ALLOWED`. Turn it off to set a handler of
   * your own.
   * @default true
   */
  notFoundHandler?: boolean
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `codes`: those that this route may send, for its documentation. `VALIDATION_ERROR` where the route
     * has an input schema, and `INTERNAL_ERROR`, go without saying. Any other that it sends is logged.
     *
     * `false`: bodies under an error status that this route sends by itself are left alone.
     */
    scaiErrors?: false | { readonly codes?: readonly ScaiErrorCode[] }
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

const NAME = 'fastify-scai-errors'
const UNCOVERED = 'The envelope will be missing where Fastify or Node.js answers by itself: a badly encoded URL, a request that can not be parsed, a closing server, raw and hijacked replies, an onSend hook that keeps failing. And the log will label the request id as "reqId", not "request_id".'

const plugin: FastifyPluginAsync<ScaiErrorsOptions> = async (app, options) => {
  checkOptions(options)

  const own = ownSettings(app)
  if (own !== undefined) {
    if (options.mapError !== undefined) own.mapErrors.push(options.mapError)
    return
  }
  const server = serverStateOf(genReqIdOf(app))
  const inherited = findSettings(Object.getPrototypeOf(app))
  const settings = createSettings(options, inherited, server)
  setSettings(app, settings)
  if (inherited === undefined) setUpService(app, options, server, settings)
  setUpScope(app, options, settings)
}

/**
 * Makes every error response of the service the ScaiGrid envelope, and adds `reply.scaiError`.
 *
 * @throws {TypeError} on a bad option, and where it collides with another handler
 */
export const scaiErrors = fp(plugin, { name: NAME, fastify: '5.x' })

function createSettings (options: ScaiErrorsOptions, inherited: Settings = DEFAULT_SETTINGS, server: ServerState | undefined): Settings {
  const { mapError, maxDetails = inherited.maxDetails, allErrorsLimit = inherited.allErrorsLimit, retryHeaders = inherited.retryHeaders } = options
  return {
    mapErrors: [...(mapError === undefined ? [] : [mapError]), ...inherited.mapErrors],
    maxDetails,
    allErrorsLimit,
    retryHeaders,
    logRequestId: server === undefined
  }
}

/** What is there once, for the outermost scope and all its children. */
function setUpService (app: FastifyInstance, { notFoundHandler = true }: ScaiErrorsOptions, server: ServerState | undefined, settings: Settings): void {
  if (app.initialConfig.requestIdHeader) {
    throw new TypeError(`${NAME}: requestIdHeader takes any text of a client for the request's id: leave it out, and register with { trustRequestId: true } if your callers are your own`)
  }
  if (server === undefined) {
    app.setGenReqId(createGenReqId(genReqIdOf(app)))
    app.log.warn(`${NAME}: Fastify() was called without scaiServerOptions(). ${UNCOVERED}`)
  } else {
    server.settings = settings
    server.log = app.log
    drain(app, server)
  }

  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id)
    done()
  })
  app.addHook('onError', keepThrown)
  app.addHook('onSend', guardReply)
  app.addHook('onRoute', route => {
    if (route.config?.scaiErrors === false) route.onRequest = [letPass(true), ...[route.onRequest ?? []].flat()]
  })
  documentErrors(app)
  sealSockets(app, settings)

  app.decorateReply('scaiError', scaiError)
  app.decorateReply('scaiStream', scaiStream)
  if (notFoundHandler) setNotFoundHandler(app)
}

/** What a scope has of its own. */
function setUpScope (app: FastifyInstance, { trustRequestId, normalizeReplies }: ScaiErrorsOptions, settings: Settings): void {
  if (trustRequestId === true) app.setGenReqId(trusting(genReqIdOf(app)))
  if (normalizeReplies !== undefined) app.addHook('onRequest', letPass(!normalizeReplies))
  setErrorHandler(app, settings)
}

/** An onRequest hook: whether errors that aren't ours may leave through this response. */
function letPass (pass: boolean): onRequestHookHandler {
  return (_request, reply, done) => {
    markOf(reply.raw).pass = pass
    done()
  }
}

function setErrorHandler (app: FastifyInstance, settings: Settings): void {
  try {
    app.setErrorHandler((thrown, request, reply) => handleError(thrown, request, reply, settings))
  } catch (cause) {
    throw new TypeError(`${NAME}: an error handler is set in this scope already, and allowErrorHandlerOverride is false: use the option mapError in its place, or set yours in a child`, { cause })
  }
}

function setNotFoundHandler (app: FastifyInstance): void {
  try {
    app.setNotFoundHandler((request, reply) => { reply.send(toNotFound(app, request)) })
  } catch (cause) {
    throw new TypeError(`${NAME}: a not-found handler is set for this prefix already: register with { notFoundHandler: false } to keep it`, { cause })
  }
}

/** Public, but missing in Fastify's types. */
function genReqIdOf (app: FastifyInstance): GenReqId {
  return (app as FastifyInstance & { genReqId: GenReqId }).genReqId
}

function scaiError (this: FastifyReply, code: ScaiErrorCode, ...args: ScaiErrorArguments<ScaiErrorCode>): FastifyReply {
  return this.send(createError(code, args[0]))
}

/** Called where an error is being handled already: a mistake must not become a second one, but a 500. */
function createError (code: ScaiErrorCode, options: ScaiErrorArguments<ScaiErrorCode>[0]): unknown {
  try {
    return new ScaiError(code, options as {})
  } catch (mistake) {
    return mistake
  }
}

/** Every wrong method is a 404 to Fastify; that it is a 405 shows only in the routes of other methods. */
function toNotFound (app: FastifyInstance, { raw: { method, url } }: FastifyRequest): ScaiError {
  const allowed = app.supportedMethods.filter(candidate => app.findRoute({ method: candidate, url: url! }) !== null)
  // With a route of its own, it was the handler that called this. And @fastify/cors answers OPTIONS everywhere.
  if (allowed.includes(method!) || allowed.every(candidate => candidate === 'OPTIONS')) return new ScaiError('NOT_FOUND')
  return new ScaiError('METHOD_NOT_ALLOWED', { headers: { allow: allowed.join(', ') } })
}

const OPTIONS: Readonly<Record<keyof ScaiErrorsOptions, { accepts: (value: unknown) => boolean, expected: string }>> = {
  mapError: { accepts: isSynchronousFunction, expected: 'a synchronous function' },
  trustRequestId: { accepts: isBoolean, expected: 'true or false' },
  maxDetails: { accepts: value => Number.isSafeInteger(value) && (value as number) > 0, expected: 'an integer > 0' },
  allErrorsLimit: { accepts: value => Number.isSafeInteger(value) && (value as number) >= 0, expected: 'an integer ≥ 0' },
  normalizeReplies: { accepts: isBoolean, expected: 'true or false' },
  retryHeaders: { accepts: isBoolean, expected: 'true or false' },
  notFoundHandler: { accepts: isBoolean, expected: 'true or false' }
}

function checkOptions (options: ScaiErrorsOptions): void {
  for (const [name, { accepts, expected }] of Object.entries(OPTIONS)) {
    const value = options[name as keyof ScaiErrorsOptions]
    if (value !== undefined && !accepts(value)) throw new TypeError(`${NAME}: ${name} must be ${expected}, got ${inspect(value)}`)
  }
}

function isBoolean (value: unknown): boolean {
  return typeof value === 'boolean'
}

function isSynchronousFunction (value: unknown): boolean {
  return typeof value === 'function' && value.constructor.name !== 'AsyncFunction'
}
