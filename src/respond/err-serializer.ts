import { read } from '../error/read.js'
import { truncate } from '../error/scai-error.js'
import { withoutQueries } from '../error/without-queries.js'

/**
 * What is logged of an error and of each of its causes. Other properties of foreign errors hold headers, bodies and keys.
 * No interface: Fastify's type of such serializers has an index signature.
 */
export type LoggedError = {
  type: string
  code?: string | number
  message: string
  stack: string
  cause?: LoggedCause
}

export interface LoggedCause {
  type: string
  code?: string | number
  message?: string
  cause?: LoggedCause
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
export function errSerializer (error: Error): LoggedError
export function errSerializer (error: unknown): unknown
export function errSerializer (error: unknown): unknown {
  if (!isObject(error)) return error
  const chain = chainOf(error)
  const logged = typeAndCode(error) as LoggedError
  logged.message = joined(chain, ': ', messageOf)
  logged.stack = joined(chain, '\ncaused by: ', stackOf)
  addCause(logged, chain, 1)
  return logged
}

/** What is logged of a thrown value if the error itself isn't logged; of a primitive, its string. */
export function causeSerializer (thrown: unknown): LoggedCause {
  return isObject(thrown) ? toLoggedCause(chainOf(thrown), 0) : { type: typeof thrown, message: shorten(String(thrown)) }
}

/** @param at the place in the chain of the error that is logged; its causes follow */
function toLoggedCause (chain: readonly object[], at: number): LoggedCause {
  const error = chain[at]!
  const logged = typeAndCode(error)
  const message = messageOf(error)
  if (message !== '') logged.message = shorten(message)
  addCause(logged, chain, at + 1)
  return logged
}

function addCause (logged: LoggedError | LoggedCause, chain: readonly object[], at: number): void {
  if (at < chain.length) logged.cause = toLoggedCause(chain, at)
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

// Property by property, here and above: a spread costs more than all the rest.
function typeAndCode (error: object): LoggedCause {
  const logged: LoggedCause = { type: typeOf(error) }
  const code = read(error, 'code')
  if (typeof code === 'string') logged.code = shorten(code)
  else if (typeof code === 'number') logged.code = code
  return logged
}

function typeOf (error: object): string {
  const name = read(read(error, 'constructor'), 'name')
  return shorten(typeof name === 'string' && name !== '' ? name : 'Object')
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
  let all = ''
  for (const error of chain) {
    const text = textOf(error)
    if (text !== '') all += all === '' ? text : separator + text
  }
  return withoutQueries(all)
}

function shorten (text: string): string {
  return truncate(withoutQueries(text))
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
