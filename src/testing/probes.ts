import type { FastifyInstance } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import type { KnownRoute } from '../openapi/route-codes.js'
import { BEFORE_HANDLER, STAND_INS, STAND_IN_HEADER } from './stand-ins.js'
import { toText } from './wire.js'
import type { PlainRequest } from './wire.js'

/** One thing that goes wrong, or may go wrong. */
export interface Probe {
  /** What is wrong with the request. */
  readonly title: string
  /** Bytes are for HTTP/1 alone. */
  readonly request: PlainRequest | string
  /** The methods of the requests that must be answered. @default that of the request */
  readonly methods?: readonly string[]
  /** A success is a violation, too. */
  readonly mustFail?: true
  /** The code that the answer must have, if the service can't influence it. @default any */
  readonly code?: ScaiErrorCode
  readonly retryAfter?: number
  /** The answer must be the last on its connection. */
  readonly closes?: true
}

const UNKNOWN = '/scai-conformance/unknown'
const JSON_TYPE = { 'content-type': 'application/json' }
/** Longer than any service accepts. */
const TOO_LARGE = String(1e15)

/** For Node's parser. */
const unreadable = (title: string, request: string): Probe => ({ title, request, methods: ['GET'], mustFail: true, code: 'BAD_REQUEST' })
const bytes = (title: string, request: string, code?: ScaiErrorCode): Probe =>
  ({ title, request, methods: ['GET'], mustFail: true, ...code !== undefined && { code } })

/** What goes wrong in every service. */
export const SERVICE_PROBES: readonly Probe[] = [
  ...['GET', 'HEAD', 'POST', 'OPTIONS'].map(method => ({ title: 'an unknown route', request: { method, path: UNKNOWN } })),
  { title: 'an unknown route, with malformed JSON', request: { method: 'POST', path: UNKNOWN, headers: JSON_TYPE, body: '{' } },
  { title: 'a badly encoded URL', request: { method: 'GET', path: '/%zz' }, mustFail: true, code: 'BAD_REQUEST' },
  { title: 'a method that nobody has', request: { method: 'TRACE', path: '/' }, mustFail: true },
  unreadable('bytes that are no HTTP', 'hello\r\n\r\n'),
  unreadable('a TLS handshake, or the like', '\x16\x03\x01\x00\x05hello\r\n\r\n'),
  // If the server speaks HTTP/2 as well, Node.js lets it pass.
  { title: 'no Host header', request: 'GET / HTTP/1.1\r\n\r\n' },
  unreadable('a malformed header', 'GET / HTTP/1.1\r\nhost: localhost\r\nno colon\r\n\r\n'),
  unreadable('a method that is none', 'NONE / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
  unreadable(
    'two lengths of one body',
    'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
  ),
  bytes('a chunk without a size', `POST ${UNKNOWN} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n`),
  bytes(
    'an Expect that nobody can meet',
    `GET ${UNKNOWN} HTTP/1.1\r\nhost: localhost\r\nexpect: a miracle\r\n\r\n`,
    'EXPECTATION_FAILED'
  ),
  bytes('CONNECT', 'CONNECT localhost:1 HTTP/1.1\r\nhost: localhost\r\n\r\n', 'NOT_IMPLEMENTED'),
  { title: 'oversized headers', request: toText({ method: 'GET', path: UNKNOWN, headers: { 'x-large': 'x'.repeat(70_000) } }) },
  ...['websocket', 'h2c'].map(upgrade => ({
    title: 'a handshake that nobody wants',
    request: toText({
      method: 'GET',
      path: UNKNOWN,
      headers: { connection: 'upgrade', upgrade, 'sec-websocket-version': '13', 'sec-websocket-key': 'c2NhaS1jb25mb3JtYW5jZQ==' }
    })
  })),
  { title: 'three requests at once', request: toText({ method: 'GET', path: UNKNOWN }).repeat(3), methods: ['GET', 'GET', 'GET'] }
]

/** The answer to a request that arrives while the service closes. */
export const DRAINING: Omit<Probe, 'request'> = {
  title: 'a request while the service closes', mustFail: true, code: 'SERVICE_DRAINING', retryAfter: 1, closes: true
}

/** Methods that may be wrong. */
const METHODS = ['DELETE', 'PUT', 'PATCH', 'POST', 'GET'] as const
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])

/**
 * What goes wrong in one route.
 *
 * @param token the token that requests stand-ins; without one, there are none
 */
export function routeProbes ({ options }: KnownRoute, app: FastifyInstance, token: string | undefined): Probe[] {
  const path = toPath(options.url)
  const methods = [options.method].flat()
  const wrong = METHODS.find(method => !methods.includes(method) && app.findRoute({ method, url: path }) === null)
  const withBody = methods.find(method => METHODS_WITH_BODY.has(method) || (options.schema?.body !== undefined && method === 'DELETE'))
  return [
    ...methods.includes('GET') ? [{ title: 'a plain GET', request: { method: 'GET', path } }] : [],
    ...wrong === undefined ? [] : [{ title: 'a wrong method', request: { method: wrong, path } }],
    ...withBody === undefined ? [] : bodyProbes(withBody, path),
    ...withBody === undefined || options.schema?.body === undefined || token === undefined ? [] : typeProbes(withBody, path, token)
  ]
}

/** Bodies that can't be parsed. */
function bodyProbes (method: string, path: string): Probe[] {
  return [
    { title: 'malformed JSON', request: { method, path, headers: JSON_TYPE, body: '{"a":' } },
    { title: 'empty JSON', request: { method, path, headers: JSON_TYPE, body: '' } },
    { title: 'a body of an unknown type', request: { method, path, headers: { 'content-type': 'text/x-scai-conformance' }, body: 'a' } },
    // As bytes, since HTTP/2 closes a stream with a wrong length.
    { title: 'too large a body', request: toText({ method, path, headers: { ...JSON_TYPE, 'content-length': TOO_LARGE }, body: '{}' }) }
  ]
}

/** Bodies of a wrong type. If one happens to be valid, a stand-in stops it before the handler. */
function typeProbes (method: string, path: string, token: string): Probe[] {
  const headers = { ...JSON_TYPE, [STAND_IN_HEADER]: `${token} ${BEFORE_HANDLER}` }
  return ['[[]]', '{}', '"text"', 'null', '{"":{"__scai":[null]}}'].map(body => ({
    title: 'a body of a wrong type', request: { method, path, headers, body }, mustFail: true
  }))
}

/** What goes wrong in a handler and in the hooks of a scope, by one of the scope's routes. */
export function standInProbes ({ options }: KnownRoute, token: string): Probe[] {
  const method = [options.method].flat()[0]!
  return STAND_INS.map(({ title }, i) => ({
    title, request: { method, path: toPath(options.url), headers: { [STAND_IN_HEADER]: `${token} ${i}` } }, mustFail: true
  }))
}

/** A URL of a route, with something for each parameter. */
export function toPath (url: string): string {
  return url.replace(/::/g, '%3A').replace(/:\w+(?:\([^)]*\))?\??/g, '1').replace(/\*/g, '1')
}
