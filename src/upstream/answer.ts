import { read } from '../error/read.js'
import { truncate } from '../error/scai-error.js'
import { isHttpException } from './authored.js'
import type { Fault } from './fault.js'

/** An HTTP answer of an upstream, from whatever object. */
export interface Answer {
  /** `undefined` for an error within a stream, whose status was a success. */
  readonly status: number | undefined
  /** A header by its name in lower case. */
  readonly header: (name: string) => string | undefined
  /** The body, parsed; of an error of the OpenAI SDK, its `error` member. */
  readonly body: unknown
}

/**
 * Where an error keeps an answer: the member that holds it, and where in that its status is.
 * axios, got, ky, ofetch, octokit; Mistral, Cohere; Hugging Face; AWS, twice; Elasticsearch; Stripe.
 */
const PLACES: ReadonlyArray<readonly [member: string, statuses: readonly string[]]> = [
  ['response', ['status', 'statusCode']],
  ['rawResponse', ['status']],
  ['httpResponse', ['status']],
  ['$metadata', ['httpStatusCode']],
  ['$response', ['statusCode']],
  ['meta', ['statusCode']],
  ['raw', ['statusCode']]
]

/** The status beside which an error may have headers or a body: of OpenAI and others, of the AI SDK, of Ollama. */
const OWN_STATUSES = ['status', 'statusCode', 'status_code']
const HEADERS = ['headers', 'responseHeaders']
const BODIES = ['error', 'responseBody', 'body', 'data', 'raw', 'text']
/** Properties that clients set besides a status. */
const BESIDE = ['responseHeaders', 'responseBody', 'body']
/** A response has one of these; authors give others to their own errors (`allow`, `retry-after`). */
const RESPONSE_HEADERS = ['content-type', 'content-length', 'transfer-encoding', 'date']

/** The most bytes of a body that are read. */
export const MAX_BODY = 65_536

/** The answer that an error has, wherever its library keeps it. */
export function answerIn (thrown: unknown): Answer | undefined {
  if (isHttpException(thrown)) return undefined
  for (const [member, names] of PLACES) {
    const place = read(thrown, member)
    const status = statusIn(place, names)
    if (status !== undefined) {
      return { status, header: headerIn([place, read(thrown, '$response'), thrown]), body: bodyIn([thrown, place]) ?? awsFault(thrown) }
    }
  }
  const status = statusIn(thrown, OWN_STATUSES)
  if (isBeside(thrown, status)) return { status, header: headerIn([thrown]), body: bodyIn([thrown]) }
  return messageOf(thrown, status)
}

/** The answer of an error that certainly came from an upstream: its status is the upstream's, whatever else it has. */
export function ownAnswerIn (thrown: unknown): Answer | undefined {
  // Octokit invents a status for an abort.
  const status = read(thrown, 'name') === 'AbortError' ? undefined : statusIn(thrown, OWN_STATUSES)
  return status === undefined ? undefined : { status, header: headerIn([thrown]), body: bodyIn([thrown]) }
}

/**
 * Whether the other properties show that a status is that of an answer. An error that was made to be sent to a
 * client may have headers, too; but then it is a plain `Error`, or has `expose`.
 */
function isBeside (thrown: unknown, status: number | undefined): boolean {
  if (!(thrown instanceof Error) || thrown.constructor === Error || read(thrown, 'expose') !== undefined ||
    read(thrown, 'name') === 'FastifyError') return false
  if (status !== undefined) {
    return read(thrown, 'status_code') === status || isOfResponse(read(thrown, 'headers')) ||
      BESIDE.some(name => {
        const value = read(thrown, name)
        return Object(value) === value || typeof value === 'string'
      })
  }
  // The SDKs of OpenAI and Anthropic throw errors within a stream with neither; those of Groq and Together have no such id.
  return Object(read(thrown, 'error')) === read(thrown, 'error') && ('requestID' in thrown || ('status' in thrown && 'headers' in thrown))
}

/** Whether headers are a response's: those of fetch, or an object with what only a response has. */
function isOfResponse (headers: unknown): boolean {
  return typeof read(headers, 'get') === 'function' || RESPONSE_HEADERS.some(name => read(headers, name) !== undefined)
}

/** Google's SDK keeps the body as the message, within a stream after some words of its own. */
function messageOf (thrown: unknown, status: number | undefined): Answer | undefined {
  if (status === undefined || read(thrown, 'name') !== 'ApiError') return undefined
  const message = String(read(thrown, 'message'))
  const body = parse(message.slice(Math.max(0, message.indexOf('{'))))
  return read(body, 'error') === undefined ? undefined : { status, header: () => undefined, body }
}

/** AWS's SDK takes the name and the message of its error from the body, and keeps nothing else of it. */
function awsFault (thrown: unknown): unknown {
  return read(thrown, '$fault') === undefined ? undefined : { __type: read(thrown, 'name'), message: read(thrown, 'message') }
}

function statusIn (place: unknown, names: readonly string[]): number | undefined {
  for (const name of names) {
    const status = read(place, name)
    if (isStatus(status)) return status
  }
  return undefined
}

/** Some answer with statuses beyond the 599 of HTTP (LinkedIn's 999). */
export function isStatus (value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 999
}

function bodyIn (places: readonly unknown[]): unknown {
  for (const place of places) {
    for (const name of BODIES) {
      const body = read(place, name)
      // Ollama's SDK keeps only the text of the body.
      if (typeof body === 'string') return parse(body) ?? (name === 'error' ? { error: body } : undefined)
      if (isData(body)) return body
    }
  }
  return undefined
}

/** Whether this is data, not an unread stream. */
function isData (body: unknown): boolean {
  return Object(body) === body && typeof body !== 'function' && typeof read(body, 'pipe') !== 'function' &&
    typeof read(body, 'getReader') !== 'function'
}

function headerIn (places: readonly unknown[]): Answer['header'] {
  const headers = places.flatMap(place => HEADERS.map(name => headersOf(read(place, name))))
  return name => {
    for (const header of headers) {
      const value = header(name)
      if (value !== undefined) return value
    }
    return undefined
  }
}

/** Reads headers: a fetch `Headers`, or an object with names in lower case. */
export function headersOf (headers: unknown): Answer['header'] {
  const get = read(headers, 'get')
  return name => {
    const value = typeof get === 'function' ? get.call(headers, name) : read(headers, name)
    return typeof value === 'string' ? value : undefined
  }
}

export function parse (text: string): unknown {
  if (text.length > MAX_BODY) return undefined
  try {
    // JSON.parse doesn't take the byte order mark that some begin with.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

/** The headers in which providers and proxies send the id of a request. */
const REQUEST_IDS = ['x-request-id', 'request-id', 'x-amzn-requestid', 'apim-request-id', 'x-ms-request-id', 'cf-ray']
/** The longest string of a provider that is logged. */
const MAX_LOGGED = 64

/** For the log: what to report to the operator of the upstream. */
export function contextOf (answer: Answer | undefined, fault?: Fault, kind?: string): { upstream: object } {
  const requestId = REQUEST_IDS.map(name => answer?.header(name)).find(id => id !== undefined)
  const upstream = {
    kind,
    status: answer?.status,
    code: short(fault?.code),
    type: short(fault?.type),
    param: short(fault?.param),
    request_id: short(requestId)
  }
  return { upstream: Object.fromEntries(Object.entries(upstream).filter(([, value]) => value !== undefined)) }
}

function short (value: unknown): string | undefined {
  return value === undefined ? undefined : truncate(String(value), MAX_LOGGED)
}
