import { Readable, addAbortSignal } from 'node:stream'
import { readReset, readRetryAfter } from '../error/retry-after.js'
import { ScaiError, truncate } from '../error/scai-error.js'
import { read } from '../error/read.js'

/** An HTTP answer of an upstream, whatever it came in. */
export interface Answer {
  /** `undefined` for an error in the middle of a stream: its status was a good one. */
  readonly status: number | undefined
  /** A header by its name in lower case. */
  readonly header: (name: string) => string | undefined
  /** The body, parsed; of an error of the OpenAI SDK, its `error` member. */
  readonly body: unknown
}

/** A fetch `Response`, of Node.js or of undici, or what undici's `request` gives. */
export type UpstreamResponse =
  | { readonly status: number, readonly headers: { get (name: string): string | null }, readonly body: unknown, text (): Promise<string> }
  | { readonly statusCode: number, readonly headers: object, readonly body: { text (): Promise<string> } }

/** The codes for what goes wrong at, or on the way to, a provider. */
export type UpstreamCode = 'BACKEND_ERROR' | 'BACKEND_RATE_LIMITED' | 'BACKEND_TIMEOUT' | 'INTERNAL_ERROR' | 'MODEL_NOT_FOUND' | 'MODEL_UNAVAILABLE' | 'UPSTREAM_SHAPE_MISMATCH'

/** All others are `BACKEND_ERROR`, 401 and 403 included: it is our key that the provider refuses. */
const STATUSES: ReadonlyMap<number | undefined, UpstreamCode> = new Map([
  [408, 'BACKEND_TIMEOUT'],
  [429, 'BACKEND_RATE_LIMITED'],
  [503, 'MODEL_UNAVAILABLE'],
  [504, 'BACKEND_TIMEOUT'],
  [529, 'MODEL_UNAVAILABLE']
])

/** In the middle of a stream, a fault has a name in place of a status. */
const STATUS_OF_FAULT: ReadonlyMap<unknown, number> = new Map([
  ['overloaded_error', 529],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['timeout_error', 504]
])

/** Of a body, no more than this is read: 64 KiB, for two seconds. */
const MAX_BODY = 65_536
const MAX_TIME = 2000

/** What a provider answered, as an error for our own caller: nothing of the provider's text is in it. */
export function fromAnswer (answer: Answer, cause: unknown): ScaiError {
  const code = codeOf(answer)
  return new ScaiError(code, {
    cause,
    context: contextOf(answer),
    // Every answer of OpenAI says when its limits are reset; that counts only where one is reached.
    retryAfter: code === 'BACKEND_RATE_LIMITED' ? readRetryAfter(answer.header) ?? readReset(answer.header) : readRetryAfter(answer.header)
  })
}

function codeOf ({ status, body }: Answer): UpstreamCode {
  const { code, type, param, message } = faultIn(body)
  // Waiting doesn't help where somebody has to pay.
  if (code === 'insufficient_quota') return 'BACKEND_ERROR'
  if (status === 404 && (code === 'model_not_found' || param === 'model' || (type === 'not_found_error' && startsWithModel(message)))) return 'MODEL_NOT_FOUND'
  if (status !== undefined && status < 400) return 'UPSTREAM_SHAPE_MISMATCH'
  return STATUSES.get(status ?? STATUS_OF_FAULT.get(code) ?? STATUS_OF_FAULT.get(type)) ?? 'BACKEND_ERROR'
}

/** What a provider says of a fault: OpenAI and those like it, or Anthropic. */
function faultIn (body: unknown): Readonly<Record<'code' | 'type' | 'param' | 'message', unknown>> {
  const fault = read(body, 'error') ?? body
  return { code: read(fault, 'code'), type: read(fault, 'type'), param: read(fault, 'param'), message: read(fault, 'message') }
}

/** Anthropic ("model: claude-9") and Ollama ("model 'llama9' not found") tell in no other way what was not found. */
function startsWithModel (message: unknown): boolean {
  return typeof message === 'string' && /^model\b/.test(message)
}

/** For the log: what to report to whoever runs the upstream. */
export function contextOf ({ status, header }: Answer): { upstream: object } {
  const requestId = header('x-request-id') ?? header('request-id')
  return { upstream: { status, ...(requestId !== undefined && { request_id: truncate(requestId) }) } }
}

/** The answer in an error of the OpenAI, Anthropic or AI SDK, or of undici; each has it elsewhere. */
export function answerIn (thrown: unknown): Answer | undefined {
  const status = [read(thrown, 'status'), read(thrown, 'statusCode')].find(isStatus)
  const body = read(thrown, 'error') ?? read(thrown, 'body') ?? read(thrown, 'responseBody')
  // The SDKs of OpenAI and Anthropic throw what a stream brings with neither.
  if (status === undefined && (Object(body) !== body || read(thrown, 'requestID') === undefined)) return undefined
  return { status, header: headersOf(read(thrown, 'headers') ?? read(thrown, 'responseHeaders')), body: typeof body === 'string' ? parse(body) : body }
}

/** Whether this is a response, rather than something that was thrown. */
export function isResponse (value: unknown): value is UpstreamResponse {
  return [read(value, 'status'), read(value, 'statusCode')].some(isStatus) &&
    [read(value, 'text'), read(read(value, 'body'), 'text')].some(text => typeof text === 'function')
}

/** Reads a response, of its body as much as is good for us. */
export async function readAnswer (response: UpstreamResponse): Promise<Answer> {
  return {
    status: 'status' in response ? response.status : response.statusCode,
    header: headersOf(response.headers),
    body: parse(await readBody(response.body))
  }
}

/** A body, unless it is too long, too slow, cut off, or has been read already. */
async function readBody (body: unknown): Promise<string> {
  try {
    const stream = body instanceof Readable ? body : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
    addAbortSignal(AbortSignal.timeout(MAX_TIME), stream)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > MAX_BODY) return ''
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } catch {
    return ''
  }
}

function isStatus (value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599
}

/** Reads headers: a fetch `Headers`, or an object by names in lower case. */
function headersOf (headers: unknown): Answer['header'] {
  const get = read(headers, 'get')
  return name => {
    const value = typeof get === 'function' ? get.call(headers, name) : read(headers, name)
    return typeof value === 'string' ? value : undefined
  }
}

function parse (text: string): unknown {
  if (text.length > MAX_BODY) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
