import type { CatalogEntry } from '../catalog/definition.js'
import { withOmitted } from '../classify/validation.js'
import { entryOf } from '../scai-error.js'
import type { ScaiError } from '../scai-error.js'

// What is the same in every envelope of a code is put together once.
const heads = new Map<CatalogEntry, string>()

/**
 * The body of an error response: the envelope as a ready string, its keys in the documented order.
 *
 * @param requestId an id that matches the pattern of ids
 * @param retryAfter whole seconds ≥ 0, where the code carries them
 * @param maxDetails how many details are sent; the rest is counted in the message
 */
export function envelope (error: ScaiError, requestId: string, retryAfter: number | undefined, maxDetails: number): string {
  const details = error.details ?? []
  const message = withOmitted(error.message, Math.max(0, details.length - maxDetails))

  let body = headOf(error, message)
  if (retryAfter !== undefined) body += `,"retry_after":${retryAfter}`
  if (details.length > 0) body += `,"details":${JSON.stringify(details.slice(0, maxDetails).map(({ field, message }) => ({ field, message })))}`
  return `${body}},"meta":{"request_id":"${requestId}"}}`
}

function headOf (error: ScaiError, message: string): string {
  const entry = entryOf(error)
  if (entry.message !== message) return buildHead(error.code, message)
  let head = heads.get(entry)
  if (head === undefined) heads.set(entry, head = buildHead(error.code, message))
  return head
}

function buildHead (code: string, message: string): string {
  return `{"status":"error","error":{"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}`
}
