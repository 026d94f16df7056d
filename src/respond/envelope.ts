import type { CatalogEntry } from '../error/definition.js'
import { withOmitted } from '../validation/details.js'
import { entryOf } from '../error/scai-error.js'
import type { ErrorDetail } from '../error/options.js'
import type { ScaiError } from '../error/scai-error.js'

// What is the same in every envelope of a code is made once. Held weakly, since the row of another service's
// error lives only as long as the error.
const heads = new WeakMap<CatalogEntry, string>()

/**
 * The body of an error response: the envelope as a string, with its keys in the documented order.
 *
 * @param requestId an id that matches the pattern of ids
 * @param retryAfter whole seconds ≥ 0, where the code carries them
 * @param maxDetails the most details that are sent; the message counts the rest
 * @throws {TypeError} if the error isn't what it was when it was checked (a getter may return something else)
 */
export function envelope (error: ScaiError, requestId: string, retryAfter: number | undefined, maxDetails: number): string {
  const { message, details } = error
  if (typeof message !== 'string') throw new TypeError('The message of a ScaiError must be a string')
  const omitted = details === undefined ? 0 : Math.max(0, details.length - maxDetails)

  let body = headOf(entryOf(error), withOmitted(message, omitted))
  if (retryAfter !== undefined) body += `,"retry_after":${retryAfter}`
  if (details !== undefined) body += `,"details":${listOf(details, maxDetails)}`
  return `${body}},"meta":{"request_id":"${requestId}"}}`
}

function listOf (details: readonly ErrorDetail[], maxDetails: number): string {
  let list = ''
  for (let i = 0; i < details.length && i < maxDetails; i++) {
    // Read once: a getter could return something else when it is written.
    const { field, message } = details[i]!
    if (typeof field !== 'string' || typeof message !== 'string') throw new TypeError('The details of a ScaiError must be a list of { field, message }')
    list += `${list === '' ? '[' : ','}{"field":${quote(field)},"message":${quote(message)}}`
  }
  if (list === '') throw new TypeError('The details of a ScaiError must not be empty')
  return `${list}]`
}

/** Quotes, backslashes, control characters and surrogates: what `JSON.stringify` escapes, or may escape. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

/** Does what `JSON.stringify` does, which takes twice as long for a short string. */
function quote (text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
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
