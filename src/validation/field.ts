import { truncate } from '../error/scai-error.js'
import { pointerNames } from './issue.js'
import type { Part } from './parts.js'

/** The longest JSON pointer that is read; the field made of it is cut anyway. */
const MAX_POINTER = 1024
/** A JSON pointer whose names need no quoting in a field. */
const PLAIN_POINTER = /^(?:\/[^/~.[\]]{1,256})+$/

/**
 * The name of a place in the request, as the client wrote it: `messages.0.role`, `query.limit`.
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

/** `messages.0.role`; a name that would be ambiguous is written `["a.b"]`. */
function below (path: string, name: string): string {
  const step = truncate(name)
  if (step === '' || /[.[\]]/.test(step)) return `${path}[${JSON.stringify(step)}]`
  return path === '' ? step : `${path}.${step}`
}
