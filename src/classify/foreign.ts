import { isOfConnection } from '../error/connection-headers.js'
import { truncate } from '../error/scai-error.js'
import { read } from '../error/read.js'
import { isErrorStatus } from '../error/status.js'
import { statusOf } from '../upstream/authored.js'
import { isFailure, isOfLibrary, isSurelyFailure } from '../upstream/unaided.js'

/** What is known about the reply when something is thrown. */
export interface ReplyState {
  /** The status that the reply already has. */
  readonly replyStatus?: number | undefined
  /** Whether a reply was sent before; then a hook or a serializer has thrown. */
  readonly replied?: boolean | undefined
}

/** A foreign error as the rules see it. Each property is read once, since a getter may return something else the next time. */
export interface Foreign {
  readonly thrown: unknown
  readonly name: unknown
  /** `undefined` if what was thrown is no error. */
  readonly message: string | undefined
  readonly code: unknown
  /** From 400 to 599: the error's own, else the reply's if that counts, else 500. */
  readonly status: number
  readonly validation: unknown
  readonly validationContext: unknown
  /** Its message, if that was written for the client. */
  readonly callersMessage: string | undefined
  /** Its headers, if they were meant for the client. */
  readonly callersHeaders: Readonly<Record<string, string>> | undefined
}

/** The enumerable properties that a plain `Error` may have whose message was written for the caller. */
const AUTHORED = new Set(['statusCode', 'status', 'cause', 'headers'])

/** Error classes of JavaScript and the runtime. They are bugs, whatever status the reply has. */
const NATIVE_CLASSES: ReadonlySet<unknown> = new Set([
  'AggregateError', 'AssertionError', 'CompileError', 'DOMException', 'EvalError', 'LinkError', 'RangeError', 'ReferenceError', 'RuntimeError',
  'SuppressedError', 'SyntaxError', 'TypeError', 'URIError'
])

/** From these statuses on, and at this one, the message is ours whatever the error says. */
const MASKED_FROM = 500
const MASKED = 401

interface Signs {
  readonly thrown: unknown
  readonly code: unknown
  readonly syscall: unknown
  readonly errno: unknown
  readonly expose: unknown
}

// What is trusted of an error that isn't ours (wire contract, "Envelope" and "A status that only the reply has").

/** Its message was written for the client: its author says so, or it can't be anything else. */
const TRUSTED_MESSAGE: ReadonlyArray<(signs: Signs) => boolean> = [
  // http-errors sets `expose` also on errors that are passed to it.
  signs => signs.expose === true && !FAULTS.some(is => is(signs)) && !isFailure(signs.thrown),
  // Headers that an author gave are a plain object; a client's have methods.
  ({ thrown }) =>
    isPlain(thrown) && read(read(thrown, 'headers'), 'get') === undefined &&
      ownNames(thrown)?.every(name => AUTHORED.has(name) || read(thrown, name) === undefined) === true
]

/** It wasn't made to be sent as a response. */
const FAULTS: ReadonlyArray<(signs: Signs) => boolean> = [
  ({ syscall, errno }) => syscall !== undefined || errno !== undefined,
  ({ thrown }) => NATIVE_CLASSES.has(read(classOf(thrown), 'name')),
  ({ thrown }) => isOfLibrary(thrown)
]

/** The status of the reply isn't that of the error: it is a bug, or a failure behind us. */
const BUGS: ReadonlyArray<(signs: Signs) => boolean> = [
  ...FAULTS,
  ({ code }) => code !== undefined,
  // Fastify leaves this on what a serializer throws.
  ({ thrown }) => read(thrown, 'serialization') !== undefined
]

/** Reads what was thrown, and decides what of it is trusted. Safe against hostile objects. */
export function readForeign (thrown: unknown, { replyStatus, replied = false }: ReplyState): Foreign {
  const code = read(thrown, 'code')
  const message = read(thrown, 'message')
  const text = typeof message === 'string' ? message : undefined
  const signs: Signs = { thrown, code, syscall: read(thrown, 'syscall'), errno: read(thrown, 'errno'), expose: read(thrown, 'expose') }

  const status = statusOf(thrown) ?? (!replied && isErrorStatus(replyStatus) && !BUGS.some(is => is(signs)) ? replyStatus : 500)
  const isMasked = status >= MASKED_FROM || status === MASKED || !text
  return {
    thrown,
    name: read(thrown, 'name'),
    message: text,
    code,
    status,
    validation: read(thrown, 'validation'),
    validationContext: read(thrown, 'validationContext'),
    callersMessage: !isMasked && TRUSTED_MESSAGE.some(is => is(signs)) ? truncate(text) : undefined,
    callersHeaders: signs.expose === true ? headersOf(thrown) : undefined
  }
}

/** Whether a validator has failed itself, rather than the input: its store is down, its file is gone. */
export function isOfValidator (thrown: unknown): boolean {
  return read(thrown, 'syscall') !== undefined || read(thrown, 'errno') !== undefined || isOfLibrary(thrown) || isSurelyFailure(thrown)
}

/** Whether an error is of no class but `Error` itself. */
export function isPlain (thrown: unknown): boolean {
  return classOf(thrown) === Error
}

/** The class of an error, whatever its own property `constructor` says. */
function classOf (thrown: unknown): unknown {
  try {
    return read(Object.getPrototypeOf(thrown), 'constructor')
  } catch {
    return undefined
  }
}

function ownNames (thrown: unknown): string[] | undefined {
  try {
    return Object.keys(thrown as object)
  } catch {
    return undefined
  }
}

function headersOf (thrown: unknown): Record<string, string> | undefined {
  const headers = read(thrown, 'headers')
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return undefined
  const names = ownNames(headers)?.filter(name => !isOfConnection(name) && name.toLowerCase() !== 'content-length') ?? []
  return Object.fromEntries(names.map(name => [name, read(headers, name) as string]))
}
