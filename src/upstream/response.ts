import { Readable, addAbortSignal, pipeline } from 'node:stream'
import type { Duplex } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { ScaiError } from '../error/scai-error.js'
import { read } from '../error/read.js'
import { MAX_BODY, headersOf, isStatus, parse } from './answer.js'
import type { Answer } from './answer.js'

/** A fetch `Response`, of Node.js or of undici, or what undici's `request` gives. */
export type UpstreamResponse =
  | { readonly status: number, readonly headers: { get (name: string): string | null }, readonly body: unknown, text (): Promise<string> }
  | { readonly statusCode: number, readonly headers: object, readonly body: { text (): Promise<string> } }

/** A body is read for no longer than this, in milliseconds. */
const MAX_TIME = 2000

/** Only fetch decompresses by itself. */
const DECODERS: ReadonlyMap<string, () => Duplex> = new Map([
  ['gzip', createGunzip], ['x-gzip', createGunzip], ['deflate', createInflate], ['br', createBrotliDecompress]
])

/** Of the encodings that a client accepts, those that are read here. */
export function readableOf (accepted: unknown): string {
  const readable = String(accepted).split(',').filter(encoding => {
    const [name] = encoding.split(';')
    return DECODERS.has(name!.trim().toLowerCase())
  })
  return readable.join() || 'identity'
}

/** Whether this is a response, rather than something that was thrown. */
export function isResponse (value: unknown): value is UpstreamResponse {
  return !(value instanceof Error) && [read(value, 'status'), read(value, 'statusCode')].some(isStatus) &&
    [read(value, 'text'), read(read(value, 'body'), 'text')].some(text => typeof text === 'function')
}

/** Whether a response came over the network: nobody makes such a one to answer with. */
export function isFetched (value: unknown): boolean {
  // Of fetch, an own one has no address; that of undici's request is no class.
  return isResponse(value) && (Boolean(read(value, 'url')) || read(value, 'trailers') !== undefined)
}

/** A response without its body. */
export function headOf (response: UpstreamResponse): Answer {
  return { status: 'status' in response ? response.status : response.statusCode, header: headersOf(response.headers), body: undefined }
}

/** Reads a response, of its body as much as is good for us. */
export async function readAnswer (response: UpstreamResponse): Promise<Answer> {
  const head = headOf(response)
  const encoding = 'status' in response ? undefined : head.header('content-encoding')
  return { ...head, body: parse(await readBody(response.body, encoding)) }
}

/** A body, unless it is too long, too slow, cut off, or has been read already. */
export async function readBody (body: unknown, encoding: string | undefined): Promise<string> {
  try {
    const source = body instanceof Readable ? body : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
    const decoder = DECODERS.get(String(encoding).toLowerCase())
    // What fails is told by the stream's end.
    const stream = decoder === undefined ? source : pipeline(source, decoder(), () => {})
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

/**
 * A promise of an error that is itself an error: awaited it is told by all that the answer says, thrown
 * or sent without `await` by what is known at once.
 *
 * @param whole never rejects
 */
export function pending (atOnce: ScaiError, whole: Promise<ScaiError>): Promise<ScaiError> {
  for (const method of ['then', 'catch', 'finally'] as const) {
    Object.defineProperty(atOnce, method, { value: whole[method].bind(whole) })
  }
  return atOnce as unknown as Promise<ScaiError>
}

/** Whether an error is one that somebody forgot to await. */
export function isPending (error: ScaiError): boolean {
  return Object.hasOwn(error, 'then')
}
