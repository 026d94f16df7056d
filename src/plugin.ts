import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inspect } from 'node:util'
import type { ScaiErrorCode } from './catalog/definition.js'
import { DEFAULT_MAX_DETAILS, classify } from './classify/classify.js'
import { ScaiError } from './scai-error.js'
import type { ScaiErrorArguments } from './scai-error.js'
import { logClientGone, logError } from './wire/log.js'
import { REQUEST_ID_HEADER, checked, createRequestId, isRequestId, isServerGenReqId, trusting } from './wire/request-id.js'
import type { GenReqId } from './wire/request-id.js'
import { respond } from './wire/respond.js'

export interface ScaiErrorsOptions {
  /**
   * Your own rule, asked first about everything that was thrown and isn't a `ScaiError` yet. It must
   * be synchronous; `undefined` leaves the error to the rules of this package.
   * @default undefined
   */
  mapError?: (thrown: unknown, request: FastifyRequest) => ScaiError | ScaiErrorCode | undefined
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
  interface FastifyReply {
    /**
     * Sends the error with this code, as throwing it would, and returns the reply.
     *
     * @example
     * return reply.scaiError('MODEL_NOT_FOUND')
     */
    scaiError<Code extends ScaiErrorCode> (code: Code, ...args: ScaiErrorArguments<Code>): this
  }
}

/** What the error handler of a scope goes by. */
interface Settings {
  /** Asked in this order, until one has an answer. */
  readonly mapErrors: Array<NonNullable<ScaiErrorsOptions['mapError']>>
  readonly maxDetails: number
  readonly retryHeaders: boolean
  /** Whether the log's own label of the request id isn't the documented one. */
  readonly logRequestId: boolean
}

const NAME = 'fastify-scai-errors'

// By scope: registered again in the same one (a gateway and a module may both do it), the plugin
// only adds its `mapError`; in a child it gives that child an error handler of its own.
const settingsOf = new WeakMap<FastifyInstance, Settings>()

const plugin: FastifyPluginAsync<ScaiErrorsOptions> = async (app, options) => {
  checkOptions(options)

  const own = settingsOf.get(app)
  if (own !== undefined) {
    if (options.mapError !== undefined) own.mapErrors.push(options.mapError)
    return
  }
  const inherited = findSettings(Object.getPrototypeOf(app))
  const settings = createSettings(options, inherited, isServerGenReqId(genReqIdOf(app)))
  settingsOf.set(app, settings)
  if (inherited === undefined) setUpServer(app, options)
  if (options.trustRequestId === true) app.setGenReqId(trusting(genReqIdOf(app)))
  app.setErrorHandler((thrown, request, reply) => handleError(thrown, request, reply, settings))
}

/**
 * Makes every error response of the service the ScaiGrid envelope, and adds `reply.scaiError`.
 *
 * @throws {TypeError} on a bad option
 */
export const scaiErrors = fp(plugin, { name: NAME, fastify: '5.x' })

function findSettings (scope: FastifyInstance | null): Settings | undefined {
  return scope === null ? undefined : settingsOf.get(scope) ?? findSettings(Object.getPrototypeOf(scope))
}

function createSettings (options: ScaiErrorsOptions, inherited: Settings | undefined, labelled: boolean): Settings {
  return {
    mapErrors: [...(options.mapError === undefined ? [] : [options.mapError]), ...(inherited?.mapErrors ?? [])],
    maxDetails: options.maxDetails ?? inherited?.maxDetails ?? DEFAULT_MAX_DETAILS,
    retryHeaders: options.retryHeaders ?? inherited?.retryHeaders ?? true,
    logRequestId: !labelled
  }
}

/** What is there once for a scope and all its children. */
function setUpServer (app: FastifyInstance, { notFoundHandler = true }: ScaiErrorsOptions): void {
  if (app.initialConfig.requestIdHeader) {
    throw new TypeError(`${NAME}: requestIdHeader takes any text of a client for the request's id: leave it out, and register with { trustRequestId: true } if your callers are your own`)
  }
  if (!isServerGenReqId(genReqIdOf(app))) {
    app.setGenReqId(checked(genReqIdOf(app)))
    app.log.warn(`${NAME}: Fastify() was called without scaiServerOptions(): the log labels the request id as "reqId", not "request_id"`)
  }
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id)
    done()
  })
  app.decorateReply('scaiError', scaiError)
  if (notFoundHandler) app.setNotFoundHandler((request, reply) => { reply.send(toNotFound(app, request)) })
}

/** Public, but missing in Fastify's types. */
function genReqIdOf (app: FastifyInstance): GenReqId {
  return (app as FastifyInstance & { genReqId: GenReqId }).genReqId
}

/** Synchronous and total: it never awaits, and never throws whatever it is given. */
function handleError (thrown: unknown, request: FastifyRequest, reply: FastifyReply, settings: Settings): void {
  const error = classify(thrown, {
    replyStatus: reply.statusCode,
    hasCredentials: request.headers.authorization !== undefined,
    maxDetails: settings.maxDetails,
    mapError: thrown => firstAnswer(settings.mapErrors, thrown, request)
  })
  try {
    answer(error, request, reply, settings)
  } catch (cause) {
    // An error's properties are read-only for the type checker alone: these can't be put on the wire.
    answer(new ScaiError('INTERNAL_ERROR', { cause }), request, reply, settings)
  }
}

function answer (error: ScaiError, request: FastifyRequest, reply: FastifyReply, settings: Settings): void {
  if (reply.raw.destroyed) {
    logClientGone(request.log, error)
    return
  }
  // A child of the service may generate ids in its own way.
  const requestId = isRequestId(request.id) ? request.id : createRequestId()
  logError(request.log, error, settings.logRequestId || requestId !== request.id ? { request_id: requestId } : {})
  if (reply.raw.headersSent) {
    // Nothing can be said any more: let the client see that the response is incomplete.
    reply.raw.destroy()
    return
  }
  respond(error, requestId, reply, settings)
}

function firstAnswer (mapErrors: Settings['mapErrors'], thrown: unknown, request: FastifyRequest): unknown {
  for (const mapError of mapErrors) {
    const answer = mapError(thrown, request)
    if (answer !== undefined) return answer
  }
  return undefined
}

function scaiError (this: FastifyReply, code: ScaiErrorCode, ...args: ScaiErrorArguments<ScaiErrorCode>): FastifyReply {
  return this.send(createError(code, args))
}

/** Called where an error is being handled already: a mistake must not become a second one, but a 500. */
function createError (code: ScaiErrorCode, args: ScaiErrorArguments<ScaiErrorCode>): unknown {
  try {
    return new ScaiError(code, ...args)
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
