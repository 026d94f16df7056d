import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { exchangeOf } from '../respond/exchange.js'
import { internalOf } from '../respond/internals.js'
import { REQUEST_ID_HEADER, createRequestId, isRequestId } from '../respond/request-id.js'
import { noteLate } from './draining.js'
import { isClosing, serverStateOf, setServerState, warnOfMissingPlugin } from './server-state.js'
import type { ServerState } from './server-state.js'

/** Fastify's `genReqId`, as far as all its servers have it in common. */
export type GenReqId = (request: { headers: IncomingHttpHeaders, socket?: object }) => string

/** Public, but missing in Fastify's types. */
export function genReqIdOf (app: FastifyInstance): GenReqId {
  return (app as FastifyInstance & { genReqId: GenReqId }).genReqId
}

/** The one that `Fastify()` was given. */
export function givenGenReqId (app: FastifyInstance): GenReqId {
  return (internalOf(app, 'fastify.options') as { genReqId: GenReqId }).genReqId
}

/**
 * A generator of ids in the documented form. It is the first of our code to see a request: it opens the
 * request's exchange, and notes whether the request arrives too late.
 *
 * @param own another generator: its ids are kept where they have that form
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

/** Takes over an inbound `x-request-id` in the documented form, and asks `genReqId` for all others. */
export function trusting (genReqId: GenReqId): GenReqId {
  return createGenReqId(request => {
    const inbound = request.headers[REQUEST_ID_HEADER]
    return isRequestId(inbound) ? inbound : genReqId(request)
  }, serverStateOf(genReqId) as ServerState)
}

/**
 * Has the generators of all scopes below go through ours: the id that Fastify logs is then the id in
 * the response.
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
