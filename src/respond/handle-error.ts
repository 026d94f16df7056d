import type { FastifyReply, FastifyRequest } from 'fastify'
import { classify, isAnswer } from '../classify/classify.js'
import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { read } from '../error/read.js'
import type { Settings } from './settings.js'
import { isAuthored, isHttpException, statusOf } from '../upstream/authored.js'
import { isPending } from '../upstream/response.js'
import { publishError } from './channel.js'
import { exchangeOf, requestIdOf } from './exchange.js'
import type { Exchange } from './exchange.js'
import { inputOf } from './input.js'
import { idField, logError, logPending } from './log.js'
import type { Line } from './log.js'
import { toNotFound } from './not-found.js'
import { headersOf, respond } from './respond.js'
import { toResponse } from './response.js'
import type { ErrorResponse, Headers } from './response.js'

/**
 * The error handler: classifies what was thrown, logs it and sends it.
 *
 * Synchronous and total: it never awaits, and never throws whatever it is given.
 */
export function handleError (thrown: unknown, request: FastifyRequest, reply: FastifyReply, settings: Settings): void {
  const exchange = exchangeOf(request.raw)
  if (exchange.broken && read(thrown, 'code') === 'ECONNRESET') return
  const error = classifyFor(request, thrown, reply.statusCode | 0, settings)
  const unsent = unsentLine(reply)
  if (unsent === undefined) {
    const present = headersOf(reply)
    respond(answer(error, reply, exchange, present, settings), reply, exchange, present)
  } else {
    logError(request.log, error, { settings, request, fields: idField(request, exchange), ...unsent })
    // Too late for an answer: let the client see that the response is incomplete, unless it is still being completed.
    if (unsent === BEGUN && !exchange.streaming) reply.raw.destroy()
  }
}

const COMPLETE = { message: 'The response is complete, the error was not sent' }
const GONE = { event: 'client_gone', message: 'The client disconnected, the error was not sent' } as const
const BEGUN = { message: 'The headers are out, the error was not sent' }

/** What is logged of an error that can't be sent. */
function unsentLine (reply: FastifyReply): Partial<Line> | undefined {
  // Checked first: a complete response is destroyed, too, as soon as the client has it.
  if (reply.raw.writableEnded) return COMPLETE
  if (isGone(reply)) return GONE
  return reply.raw.headersSent ? BEGUN : undefined
}

/** Classifies what was thrown with all that is known about the request. */
export function classifyFor (
  request: FastifyRequest,
  thrown: unknown,
  replyStatus: number | undefined,
  { mapErrors, maxDetails, allErrorsLimit }: Settings
): ScaiError {
  // Most are ours, and need none of this.
  if (isAnswer(thrown)) return thrown
  const exchange = exchangeOf(request.raw)
  const error = classify(isHttpException(thrown) ? unwrapped(thrown, exchange) : thrown, {
    replyStatus,
    replied: exchange.replied,
    requestHeaders: request.headers,
    mapError: thrown => firstAnswer(mapErrors, thrown, request),
    input: () => inputOf(request, allErrorsLimit),
    maxDetails
  })
  // Of NestJS, for an unknown route: it knows no wrong methods, and quotes the URL.
  return error.code === 'NOT_FOUND' && request.is404 && isHttpException(thrown) ? toNotFound(request) : error
}

/** NestJS makes an exception of its own of an error of Fastify or a plugin: the first one tells more. */
function unwrapped (exception: unknown, { thrown: first }: Exchange): unknown {
  return isAuthored(first) && statusOf(first) === statusOf(exception) ? first : exception
}

/**
 * Logs and publishes an error, and returns what is sent for it.
 *
 * @param present the headers that the reply has so far
 * @param replaced whether the response takes the place of a foreign one
 */
export function answer (
  error: ScaiError,
  reply: FastifyReply,
  exchange: Exchange,
  present: Headers,
  settings: Settings,
  replaced = false
): ErrorResponse {
  const { request } = reply
  const requestId = requestIdOf(exchange, request.id)
  let response
  try {
    response = toResponse(error, requestId, present, settings)
  } catch (cause) {
    // An error's properties are read-only only for the type checker: these can't be sent.
    error = createFrom(cause, 'INTERNAL_ERROR')
    response = toResponse(error, requestId, present, settings)
  }
  const fields = idField(request, exchange)
  if (isPending(error)) logPending(request.log, error, fields)
  logError(request.log, error, { settings, request, fields: replaced ? { ...fields, replaced } : fields })
  publishError(error, request, reply, settings)
  return response
}

/** Whether the client has disconnected. With HTTP/2, the stream tells. */
function isGone ({ raw }: { raw: { destroyed?: boolean, stream?: { destroyed: boolean } } }): boolean {
  /* c8 ignore next */
  return raw.destroyed ?? raw.stream!.destroyed
}

function firstAnswer (mapErrors: Settings['mapErrors'], thrown: unknown, request: FastifyRequest): unknown {
  for (const mapError of mapErrors) {
    const answer = mapError(thrown, request)
    if (answer !== undefined) return answer
  }
  return undefined
}
