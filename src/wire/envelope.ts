import type { CatalogEntry } from '../catalog/definition.js'
import { withOmitted } from '../classify/validation.js'
import { entryOf, isDetail } from '../scai-error.js'
import type { ErrorDetail, ScaiError } from '../scai-error.js'

// What is the same in every envelope of a code is put together once. Weakly: an error of another
// service brings a row that is gone with it.
const heads = new WeakMap<CatalogEntry, string>()

/**
 * The body of an error response: the envelope as a ready string, its keys in the documented order.
 *
 * @param requestId an id that matches the pattern of ids
 * @param retryAfter whole seconds ≥ 0, where the code carries them
 * @param maxDetails how many details are sent; the rest is counted in the message
 * @throws {TypeError} where the error is not what it was made (a getter may change its mind)
 */
export function envelope (error: ScaiError, requestId: string, retryAfter: number | undefined, maxDetails: number): string {
  const { message, details } = error
  if (typeof message !== 'string') throw new TypeError('The message of a ScaiError must be a string')
  const omitted = details === undefined ? 0 : Math.max(0, details.length - maxDetails)

  let body = headOf(entryOf(error), withOmitted(message, omitted))
  if (retryAfter !== undefined) body += `,"retry_after":${retryAfter}`
  if (details !== undefined) body += `,"details":${JSON.stringify(copyOf(details.slice(0, maxDetails)))}`
  return `${body}},"meta":{"request_id":"${requestId}"}}`
}

function copyOf (details: readonly ErrorDetail[]): ErrorDetail[] {
  const copy = details.map(({ field, message }) => ({ field, message }))
  if (copy.length === 0 || !copy.every(isDetail)) throw new TypeError('The details of a ScaiError must be a list of { field, message }')
  return copy
}

function headOf (entry: CatalogEntry, message: string): string {
  if (entry.message !== message) return buildHead(entry.code, message)
  let head = heads.get(entry)
  if (head === undefined) heads.set(entry, head = buildHead(entry.code, message))
  return head
}

function buildHead (code: string, message: string): string {
  return `{"status":"error","error":{"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}`
}
