import { randomFillSync } from 'node:crypto'

/** The header that brings an id along, and the one that names it in every response. */
export const REQUEST_ID_HEADER = 'x-request-id'

export const REQUEST_ID_PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/

/** What begins every id, in the base64url alphabet (RFC 4648, section 5) that ids are written in. */
const PREFIX = Buffer.from('req_', 'base64url')
/** The prefix and 120 random bits. */
const ID_BYTES = PREFIX.length + 15

// Random bytes are dear one by one. And an id read out of a buffer is one flat string: a concatenated
// one would have to be flattened as soon as it becomes a header.
const pool = Buffer.alloc(ID_BYTES * 256)
let offset = pool.length

/** A new id: `req_` and 20 random characters, unique across processes. */
export function createRequestId (): string {
  if (offset === pool.length) refill()
  offset += ID_BYTES
  return pool.toString('base64url', offset - ID_BYTES, offset)
}

/** Whether this may be used as a request's id. */
export function isRequestId (value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID_PATTERN.test(value)
}

/** Leaves an id on the raw request, for what answers it without Fastify. */
export function keepRequestId (request: object, id: string): void {
  (request as Identified)[REQUEST_ID] = id
}

/** The id of a raw request; a new one where Fastify hasn't seen the request. */
export function requestIdOf (request: object): string {
  return (request as Identified)[REQUEST_ID] ?? createRequestId()
}

// Registered: the server's options and the plugin may come from two copies of this package.
const REQUEST_ID = Symbol.for('fastify-scai-errors.request-id')

interface Identified {
  [REQUEST_ID]?: string
}

function refill (): void {
  randomFillSync(pool)
  for (offset = 0; offset < pool.length; offset += ID_BYTES) pool.set(PREFIX, offset)
  offset = 0
}
