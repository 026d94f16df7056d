import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { DEFAULT_SETTINGS } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import { REQUEST_ID_HEADER, createRequestId, isRequestId, keepRequestId } from '../respond/request-id.js'

/** What `scaiServerOptions()` and the plugin share: what answers without Fastify goes by it. */
export interface ServerState {
  /** Those of the outermost scope with the plugin. */
  settings: Settings
  /** The service's logger, as soon as there is one. */
  log?: FastifyBaseLogger
  /** `close()` was called. */
  closing: boolean
  /** Raw requests that arrived since. */
  readonly late: WeakSet<object>
}

/** Fastify's `genReqId`, as far as all its servers have it in common. */
export type GenReqId = (request: { headers: IncomingHttpHeaders }) => string

// The generator is all that both of them see: the state hangs on it. Registered, since they may come
// from two copies of this package.
const STATE = Symbol.for('fastify-scai-errors.server-state')

interface Branded {
  [STATE]?: ServerState
}

export function createServerState (): ServerState {
  return { settings: DEFAULT_SETTINGS, closing: false, late: new WeakSet() }
}

/** The state of a server made with `scaiServerOptions()`, by its `genReqId`. */
export function serverStateOf (genReqId: GenReqId): ServerState | undefined {
  return (genReqId as Branded)[STATE]
}

/**
 * A generator of ids in the documented form.
 *
 * @param own another generator: its ids are kept where they have that form
 */
export function createGenReqId (own: GenReqId | undefined, state?: ServerState): GenReqId {
  return branded(own === undefined ? createRequestId : checked(own), state)
}

/** Takes over an inbound `x-request-id` in the documented form, and asks `genReqId` for all others. */
export function trusting (genReqId: GenReqId): GenReqId {
  return branded(request => {
    const inbound = request.headers[REQUEST_ID_HEADER]
    return isRequestId(inbound) ? inbound : genReqId(request)
  }, serverStateOf(genReqId))
}

function checked (genReqId: GenReqId): GenReqId {
  return request => {
    const id = genReqId(request)
    return isRequestId(id) ? id : createRequestId()
  }
}

function branded (genReqId: GenReqId, state: ServerState | undefined): GenReqId {
  const generate: GenReqId & Branded = request => {
    const id = genReqId(request)
    keepRequestId(request, id)
    if (state?.closing === true) state.late.add(request)
    return id
  }
  if (state !== undefined) generate[STATE] = state
  return generate
}
