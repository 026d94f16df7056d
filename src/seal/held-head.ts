import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http'
import type { Exchange } from '../respond/exchange.js'
import { validateHeader } from '../respond/response.js'
import type { Headers } from '../respond/response.js'

/** What `writeHead` takes for headers: an object, names and values in turn, or pairs of them. */
export type HeadersArgument = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * The headers that were passed to `writeHead`, checked as Node.js checks them.
 *
 * @param checked headers that need no check
 * @throws if Node.js would refuse them
 */
export function toHead (given: unknown, checked: Headers = {}): OutgoingHttpHeaders {
  const headers = toObject(given)
  for (const name in headers) {
    if (headers[name] !== checked[name]) validateHeader(name, headers[name])
  }
  return headers
}

/**
 * Whether a head is that of the envelope that has passed the reply guard, with the same length. It need not be
 * held back: if somebody still replaces the body, that is corrected at the end.
 */
export function isSentHead ({ state, guarded, sent }: Exchange, status: number, headers: unknown): boolean {
  if (state !== 'new' || !guarded || sent === undefined || sent.status !== status) return false
  const given = toObject(headers)
  return given['content-type'] === sent.headers['content-type'] && given['content-encoding'] === undefined &&
    Number(given['content-length']) === Buffer.byteLength(sent.body)
}

/** The headers without those of which this is true. */
export function without (headers: OutgoingHttpHeaders, isDropped: (name: string) => boolean): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isDropped(name)))
}

export function lowerCased (headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** A reason phrase may be passed instead of headers. */
export function toObject (given: unknown): OutgoingHttpHeaders {
  if (typeof given !== 'object' || given === null) return {}
  return Array.isArray(given) ? Object.fromEntries(pairsOf(given as OutgoingHttpHeader[])) : given as OutgoingHttpHeaders
}

function pairsOf (headers: OutgoingHttpHeader[]): Array<[name: string, value: OutgoingHttpHeader]> {
  if (headers.every(Array.isArray)) return headers as unknown as Array<[string, OutgoingHttpHeader]>
  return headers.flatMap((name, i) => i % 2 === 0 ? [[String(name), headers[i + 1]!]] : [])
}
