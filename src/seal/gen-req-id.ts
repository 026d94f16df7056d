import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { exchangeOf } from '../respond/exchange.js'
import { internalOf } from '../respond/internals.js'
import { REQUEST_ID_HEADER, createRequestId, isRequestId } from '../respond/request-id.js'
import { noteLate } from './draining.js'
import { isClosing, serverStateOf, setServerState, warnOfMissingPlugin } from './server-state.js'
import type { ServerState } from './server-state.js'

/** Fastify's `genReqId`, for any kind of server. */
export type GenReqId = (request: { headers: IncomingHttpHeaders, socket?: object }) => string

/** Public, but missing in Fastify's types. */
export function genReqIdOf (app: FastifyInstance): GenReqId {
  return (app as FastifyInstance & { genReqId: GenReqId }).genReqId
}

/** The generator that was passed to `Fastify()`. */
export function givenGenReqId (app: FastifyInstance): GenReqId {
  return (internalOf(app, 'fastify.options') as { genReqId: GenReqId }).genReqId
}

/**
 * A generator of ids in the documented form. It is the first of our code that sees a request, so it also opens
 * the request's exchange, and notes whether the request is late.
 *
 * @param own another generator, whose ids are kept if they have that form
 */
export function createGenReqId (own: GenReqId | undefined, server: ServerState): GenReqId {
  const createId = own === undefined ? createRequestId : checked(own)
  const genReqId: GenReqId = function (this: FastifyInstance | undefined, request) {
    const exchange = exchangeOf(request)
    exchange.id = createId(request)
    if (isClosing(server, this?.server)) noteLate(request)
    else if (server.log === undefined) warnOfMissingPlugin(server)
    return exchange.id
  }
  setServerState(genReqId, server)
  return genReqId
}

/** Accepts an inbound `x-request-id` in the documented form, and calls `genReqId` for all others. */
export function trusting (genReqId: GenReqId): GenReqId {
  return createGenReqId(request => {
    const inbound = request.headers[REQUEST_ID_HEADER]
    return isRequestId(inbound) ? inbound : genReqId(request)
  }, serverStateOf(genReqId) as ServerState)
}

/**
 * Wraps the generators of all child scopes, so that the id that Fastify logs is the id in the response.
 */
export function checkGenerators (app: FastifyInstance, server: ServerState): void {
  const { setGenReqId } = app
  app.setGenReqId = function (this: FastifyInstance, genReqId) {
    return setGenReqId.call(this, createGenReqId(genReqId as GenReqId, server))
  } as typeof setGenReqId
}

function checked (genReqId: GenReqId): GenReqId {
  return request => {
    const id = genReqId(request)
    return isRequestId(id) ? id : createRequestId()
  }
}
