import { randomFillSync } from 'node:crypto'
import { REQUEST_ID_PATTERN } from '../error/envelope-schema.js'

/** The header with a request's id, in requests and in every response. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** The prefix of every id. Ids are written in the base64url alphabet (RFC 4648, section 5). */
const PREFIX = Buffer.from('req_', 'base64url')
/** The prefix and 120 random bits. */
const ID_BYTES = PREFIX.length + 15
const ID_LENGTH = ID_BYTES / 3 * 4

// Random bytes and their string are expensive for one id at a time, so both are made for many at once, 74 kB of
// bytes. A slice of a flat string is flat, too; a concatenated id would have to be flattened to become a header.
const pool = Buffer.alloc(ID_BYTES * 4096)
let ids = ''
let next = 0

/** A new id: `req_` and 20 random characters, unique across processes. */
export function createRequestId (): string {
  if (next === ids.length) refill()
  next += ID_LENGTH
  return ids.slice(next - ID_LENGTH, next)
}

/** Whether this may be used as a request's id. */
export function isRequestId (value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID_PATTERN.test(value)
}

function refill (): void {
  randomFillSync(pool)
  for (let start = 0; start < pool.length; start += ID_BYTES) pool.set(PREFIX, start)
  ids = pool.toString('base64url')
  next = 0
}
