import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Received } from './differences.js'

// Clients that show what is on the wire: those of Node.js hide a second response, and whatever isn't HTTP.

export interface Target {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly http2: boolean
  /** The longest silence, in milliseconds. */
  readonly patience: number
}

export interface PlainRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What came back. */
export interface Reply {
  readonly answers: Received[]
  /** What follows the answers, or isn't an answer. */
  readonly rest: string
  /** Nothing more will come. */
  readonly ended: boolean
}

/** A request as it goes out. */
export function toText ({ method, path, headers = {}, body }: PlainRequest): string {
  const all = { host: 'localhost', ...body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }, ...headers }
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body ?? ''}`
}

/** One connection of HTTP/1.1, byte for byte. */
export class Wire {
  readonly #socket: Socket
  readonly #patience: number
  #received = Buffer.alloc(0)
  #ended = false
  #wake = (): void => {}

  private constructor (socket: Socket, patience: number) {
    this.#socket = socket
    this.#patience = patience
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', end).on('close', end).on('error', end).on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
  }

  static async open ({ host, port, secure, patience }: Target): Promise<Wire> {
    // It is our own service, so its certificate doesn't matter.
    const socket = secure ? connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }) : connect(port, host)
    await once(socket, secure ? 'secureConnect' : 'connect')
    return new Wire(socket, patience)
  }

  write (bytes: string): void {
    this.#socket.write(bytes, 'latin1')
  }

  /** Reads the answers to requests with these methods, and what follows them immediately. */
  async read (methods: readonly string[]): Promise<Reply> {
    const deadline = Date.now() + this.#patience
    for (;;) {
      const { answers, rest } = parseAnswers(this.#received, methods, this.#ended)
      if (answers.length === methods.length || this.#ended) return { answers, rest, ended: this.#ended }
      if (!await this.#change(deadline - Date.now())) return { answers, rest, ended: false }
    }
  }

  close (): void {
    this.#socket.destroy()
  }

  /** Waits for more; `false` if nothing comes in time. */
  async #change (milliseconds: number): Promise<boolean> {
    return await new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), Math.max(0, milliseconds)).unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }
}

function parseAnswers (received: Buffer, methods: readonly string[], ended: boolean): Pick<Reply, 'answers' | 'rest'> {
  const answers: Received[] = []
  let at = 0
  while (answers.length < methods.length) {
    const read = parseAnswer(received.subarray(at), methods[answers.length]!, ended)
    if (read === undefined) break
    at += read.length
    // An interim answer (100 Continue) only announces the real one.
    if (read.answer.status >= 200 || read.answer.status === 101) answers.push(read.answer)
    // The body of a success isn't read: it may have no end.
    if (read.answer.status < 400 && answers.length === methods.length) return { answers, rest: '' }
  }
  return { answers, rest: received.toString('latin1', at) }
}

function parseAnswer (bytes: Buffer, method: string, ended: boolean): { answer: Received, length: number } | undefined {
  const start = bytes.indexOf('\r\n\r\n') + 4
  const [first = '', ...lines] = bytes.toString('latin1', 0, start).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1])
  if (start < 4 || Number.isNaN(status)) return undefined

  const headers = toHeaders(lines)
  const body = method === 'HEAD' || status < 200 || status === 204 || status === 304
    ? { content: Buffer.alloc(0), length: 0 }
    : headers.get('transfer-encoding') === 'chunked'
      ? readChunks(bytes.subarray(start))
      : readLength(bytes.subarray(start), headers.get('content-length'), ended)
  // Of a success the head is enough.
  if (body === undefined && status >= 400) return undefined
  const answer = { status, header: (name: string) => headers.get(name), text: body?.content.toString() ?? '' }
  return { answer, length: start + (body?.length ?? bytes.length - start) }
}

/** A header that is sent twice counts as one with both values. */
function toHeaders (lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines.filter(line => line !== '')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
  }
  return headers
}

interface Body {
  readonly content: Buffer
  /** Its bytes on the wire. */
  readonly length: number
}

function readLength (bytes: Buffer, header: string | undefined, ended: boolean): Body | undefined {
  const length = header === undefined ? bytes.length : Number(header)
  // Without a length, the end of the connection ends a body.
  if (!ended && (header === undefined || bytes.length < length)) return undefined
  return { content: bytes.subarray(0, length), length }
}

function readChunks (bytes: Buffer): Body | undefined {
  const chunks: Buffer[] = []
  let at = 0
  let size: number
  do {
    const end = bytes.indexOf('\r\n', at)
    size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    const next = end + 2 + size + 2
    if (end < 0 || !(bytes.length >= next)) return undefined
    chunks.push(bytes.subarray(end + 2, end + 2 + size))
    at = next
  } while (size > 0)
  return { content: Buffer.concat(chunks), length: at }
}

/** Sends a request over HTTP/2, on a connection of its own. */
export async function askHttp2 ({ host, port, secure, patience }: Target, request: PlainRequest): Promise<Reply> {
  const session = connectHttp2(`${secure ? 'https' : 'http'}://${host}:${port}`, { rejectUnauthorized: false })
  session.on('error', () => {})
  try {
    await once(session, 'connect')
    return await replyOf(session, request, patience)
  } finally {
    session.destroy()
  }
}

async function replyOf (session: ClientHttp2Session, { method, path, headers = {}, body }: PlainRequest, patience: number): Promise<Reply> {
  const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined })
  let head: IncomingHttpHeaders | undefined
  let ended = true
  const chunks: Buffer[] = []
  stream.setTimeout(patience, () => {
    ended = false
    stream.close()
  })
  stream.on('response', headers => {
    head = headers
    // The body of a success isn't read: it may have no end.
    if (Number(headers[':status']) < 400) stream.close()
  })
  stream.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  if (body !== undefined) stream.end(body)
  await new Promise(resolve => { stream.on('error', () => {}).on('close', resolve) })
  return { answers: head === undefined ? [] : [toAnswer(head, Buffer.concat(chunks).toString())], rest: '', ended }
}

function toAnswer (head: IncomingHttpHeaders, text: string): Received {
  return {
    status: Number(head[':status']),
    header: name => head[name] === undefined ? undefined : [head[name]].flat().join(', '),
    text
  }
}
