import type { FastifyRequest, onSendHookHandler } from 'fastify'
import { canonicalCode } from '../error/status.js'
import { answer, classifyFor } from '../respond/handle-error.js'
import { read } from '../error/read.js'
import { ScaiError } from '../error/scai-error.js'
import { findSettings } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import { exchangeOf, isSent } from '../respond/exchange.js'
import type { Exchange } from '../respond/exchange.js'
import { toNotFound } from '../respond/not-found.js'
import { mayPass } from '../respond/route-declaration.js'
import { headersOf, putHead, respondAtOnce } from '../respond/respond.js'
import { statusOf } from '../upstream/authored.js'
import { discard, isResponse } from './discard.js'

/**
 * An onSend hook: replaces every other body under an error status by the envelope, whoever sends it: an object,
 * a string, a stream, a `Response`, or nothing.
 */
export const guardReply: onSendHookHandler = (request, reply, payload, done) => {
  const exchange = exchangeOf(request.raw)
  // As Node.js reads it: it may be a string or a fraction.
  const status = (isResponse(payload) ? payload.status : reply.statusCode) | 0
  exchange.streaming = status < 400 && typeof payload === 'object' && payload !== null && !Buffer.isBuffer(payload)
  if (status < 400) return done(null, payload)
  if (mayPass(exchange) || (!exchange.guarded && isSent(exchange, status, payload, () => reply.getHeader('content-encoding')))) {
    exchange.guarded = true
    return done(null, payload)
  }

  discard(payload)
  const present = headersOf(reply)
  const settings = findSettings(request.server) as Settings
  // After the head of a success it is too late: the error handler ends the response.
  if (reply.raw.headersSent) return done(errorOf(status, exchange, request, settings))
  const response = exchange.sent?.status === status
    ? exchange.sent
    : answer(errorOf(status, exchange, request, settings), reply, exchange, present, settings, true)
  putHead(response, reply, exchange, present)
  // It has passed before, and a later hook failed on it.
  if (exchange.guarded) return respondAtOnce(response, reply)
  exchange.guarded = true
  done(null, response.body)
}

/** The error that was thrown, if a scope's own handler answers it with its status; else the error of the reply's status. */
function errorOf (status: number, { hasThrown, thrown: first }: Exchange, request: FastifyRequest, settings: Settings): ScaiError {
  // With `attachValidation`, nothing is thrown.
  const thrown = hasThrown ? first : request.validationError
  if (hasThrown || thrown !== undefined) {
    // Classified without the reply's status, which the handler chose.
    const error = classifyFor(request, thrown, undefined, settings)
    if (error.statusCode === status || statusOf(thrown) === status || isFailedValidation(error, thrown, status)) return error
  }
  // From a foreign not-found handler.
  if (status === 404 && request.is404) return toNotFound(request)
  return new ScaiError(canonicalCode(status, request.headers), { cause: thrown })
}

/** Fastify's own status for a failed validation is 400, as is that of most handlers that check `error.validation`. */
function isFailedValidation ({ code }: ScaiError, thrown: unknown, status: number): boolean {
  return status === 400 && code === 'VALIDATION_ERROR' && read(thrown, 'validationContext') !== undefined
}
