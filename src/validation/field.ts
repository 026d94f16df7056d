import { truncate } from '../error/scai-error.js'
import { pointerNames } from './issue.js'
import type { Part } from './parts.js'

/** Of a JSON pointer, no more than this is read; the field that it becomes is cut anyway. */
const MAX_POINTER = 1024
/** A JSON pointer whose names can all stand in a field as they are. */
const PLAIN_POINTER = /^(?:\/[^/~.[\]]{1,256})+$/

/**
 * The caller's own words for a place in a part of the request: `messages.0.role`, `query.limit`.
 *
 * @param pointer a JSON pointer
 * @param name of a property below that place
 */
export function fieldOf (pointer: string, name: string | undefined, { whole, prefix }: Part): string {
  const place = placeOf(pointer.slice(0, MAX_POINTER), prefix)
  const field = name === undefined ? place : below(place, name)
  return field === prefix ? whole : field
}

function placeOf (pointer: string, prefix: string): string {
  if (!PLAIN_POINTER.test(pointer)) return pointerNames(pointer).reduce(below, prefix)
  const path = pointer.indexOf('/', 1) < 0 ? pointer.slice(1) : pointer.slice(1).replaceAll('/', '.')
  return prefix === '' ? path : `${prefix}.${path}`
}

/** `messages.0.role`; a name that would not survive that is written `["a.b"]`. */
function below (path: string, name: string): string {
  const step = truncate(name)
  if (step === '' || /[.[\]]/.test(step)) return `${path}[${JSON.stringify(step)}]`
  return path === '' ? step : `${path}.${step}`
}
