import { read } from '../error/read.js'
import { truncate } from '../error/scai-error.js'
import { withoutQueries } from '../error/without-queries.js'

/** What is logged of an error and of each of its causes. Other properties of foreign errors hold headers, bodies and keys. */
export interface LoggedError extends LoggedCause {
  readonly stack?: string
}

export interface LoggedCause {
  readonly type: string
  readonly code?: string | number
  readonly message?: string
  readonly cause?: LoggedCause
}

/** The most causes that are followed. */
const MAX_DEPTH = 8

/**
 * The `err` serializer for pino that `scaiServerOptions()` sets: type, message, stack and `code` of an error
 * and its causes, and no other properties. In URLs, everything after `?` is cut.
 *
 * Use it in a `loggerInstance` that has an `err` serializer of its own. Never throws.
 *
 * @example
 * pino({ serializers: { err: errSerializer } })
 */
export function errSerializer (error: unknown): unknown {
  if (!isObject(error)) return error
  const chain = chainOf(error)
  return {
    type: typeOf(error),
    ...withCode(error),
    message: joined(chain, ': ', messageOf),
    stack: joined(chain, '\ncaused by: ', stackOf),
    ...withCause(chain.slice(1))
  } satisfies LoggedError
}

/** What is logged of a thrown value if the error itself isn't logged; of a primitive, its string. */
export function causeSerializer (thrown: unknown): LoggedCause {
  return isObject(thrown) ? toLoggedCause(thrown, chainOf(thrown).slice(1)) : { type: typeof thrown, message: shorten(String(thrown)) }
}

function toLoggedCause (error: object, causes: readonly object[]): LoggedCause {
  const message = messageOf(error)
  return { type: typeOf(error), ...withCode(error), ...message !== '' && { message: shorten(message) }, ...withCause(causes) }
}

function withCause ([cause, ...causes]: readonly object[]): { cause?: LoggedCause } {
  return cause === undefined ? {} : { cause: toLoggedCause(cause, causes) }
}

/** An error and its causes; of an `AggregateError`, the last error counts. */
function chainOf (error: object): object[] {
  const chain: object[] = []
  for (let next: unknown = error; isObject(next) && !chain.includes(next) && chain.length < MAX_DEPTH;) {
    chain.push(next)
    const errors = read(next, 'errors')
    next = read(next, 'cause') ?? (Array.isArray(errors) ? errors.at(-1) : undefined)
  }
  return chain
}

function typeOf (error: object): string {
  const name = read(read(error, 'constructor'), 'name')
  return shorten(typeof name === 'string' && name !== '' ? name : 'Object')
}

function withCode (error: object): { code?: string | number } {
  const code = read(error, 'code')
  if (typeof code === 'string') return { code: shorten(code) }
  return typeof code === 'number' ? { code } : {}
}

function messageOf (error: object): string {
  const message = read(error, 'message')
  return typeof message === 'string' ? message : ''
}

function stackOf (error: object): string {
  const stack = read(error, 'stack')
  return typeof stack === 'string' && stack !== '' ? stack : `${typeOf(error)}: ${messageOf(error)}`
}

function joined (chain: readonly object[], separator: string, textOf: (error: object) => string): string {
  return withoutQueries(chain.map(textOf).filter(text => text !== '').join(separator))
}

function shorten (text: string): string {
  return truncate(withoutQueries(text))
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
