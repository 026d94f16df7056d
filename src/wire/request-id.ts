import { randomFillSync } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The header that brings an id along, and the one that names it in every response. */
export const REQUEST_ID_HEADER = 'x-request-id'

const PREFIX = 'req_'
/** 6 bits each: 120 random bits. */
const RANDOM_CHARACTERS = 20
const LENGTH = PREFIX.length + RANDOM_CHARACTERS
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
export const REQUEST_ID_PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/

// Random bytes are dear one by one. And an id sliced out of a buffer is one flat string: a
// concatenated one would have to be flattened as soon as it becomes a header.
const pool = Buffer.alloc(LENGTH * 256)
let offset = pool.length

/** A new id: `req_` and 20 random characters, unique across processes. */
export function createRequestId (): string {
  if (offset === pool.length) refill()
  offset += LENGTH
  return pool.toString('latin1', offset - LENGTH, offset)
}

/** Whether this may be used as a request's id. */
export function isRequestId (value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID_PATTERN.test(value)
}

/** Fastify's `genReqId`, as far as all its servers have it in common. */
export type GenReqId = (request: { headers: IncomingHttpHeaders }) => string

/** What `scaiServerOptions()` and the plugin share hangs on the generator, which is all both of them see. */
const SERVER = Symbol.for('fastify-scai-errors.server')

/**
 * The `genReqId` of a server made with `scaiServerOptions()`.
 *
 * @param own the user's own generator; an id of its that isn't in the documented form is replaced
 */
export function serverGenReqId (own?: GenReqId): GenReqId {
  return Object.assign(own === undefined ? () => createRequestId() : checked(own), { [SERVER]: true })
}

/** Whether this is the generator of a server made with `scaiServerOptions()`. */
export function isServerGenReqId (genReqId: GenReqId): boolean {
  return SERVER in genReqId
}

/** Takes over an inbound `x-request-id` in the documented form, and asks `genReqId` for all others. */
export function trusting (genReqId: GenReqId): GenReqId {
  return Object.assign((request: Parameters<GenReqId>[0]) => {
    const inbound = request.headers[REQUEST_ID_HEADER]
    return isRequestId(inbound) ? inbound : genReqId(request)
  }, { ...genReqId })
}

/** `genReqId`, with a new id wherever its own isn't in the documented form. */
export function checked (genReqId: GenReqId): GenReqId {
  return request => {
    const id = genReqId(request)
    return isRequestId(id) ? id : createRequestId()
  }
}

function refill (): void {
  randomFillSync(pool)
  for (let i = 0; i < pool.length; i++) pool[i] = ALPHABET[pool[i]! & 63]!
  for (let i = 0; i < pool.length; i += LENGTH) pool.write(PREFIX, i)
  offset = 0
}
