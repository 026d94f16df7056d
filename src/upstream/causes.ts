import { isScaiError } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { read } from '../error/read.js'

/** How deep causes are followed, and how many errors of a list are looked at, from its end. */
const MAX_DEPTH = 8
/** How many errors are looked at in all. */
const MAX_ERRORS = 24

/** Properties like `cause`: of the AI SDK (an error, a part of a stream), Sequelize, TypeORM, Stripe. */
const CAUSES = ['lastError', 'error', 'parent', 'original', 'driverError', 'detail']

/** Properties that hold several errors: of an `AggregateError` and the AI SDK; of a transaction of ioredis and of node-redis. */
const LISTS = ['errors', 'previousErrors', 'replies']

/**
 * Searches an error and those that led to it. A cause is more specific than its wrapper, so the innermost finding
 * counts, unless the wrapper may overrule it; of several attempts, the last one. Safe against cycles.
 */
export function innermost<Found> (
  thrown: unknown,
  look: (error: unknown) => Found | undefined,
  overrule: (error: unknown, inner: Found) => Found = (_error, inner) => inner,
  depth = 0,
  seen = new Set<unknown>()
): Found | ScaiError | undefined {
  if (depth > MAX_DEPTH || seen.size >= MAX_ERRORS || Object(thrown) !== thrown || seen.has(thrown)) return undefined
  seen.add(thrown)
  if (isScaiError(thrown)) return thrown
  for (const inner of causesOf(thrown)) {
    const found = innermost(inner, look, overrule, depth + 1, seen)
    if (found !== undefined) return isScaiError(found) ? found : overrule(thrown, found)
  }
  return look(thrown)
}

function causesOf (thrown: unknown): unknown[] {
  const causes = [read(thrown, 'cause')]
  // Lists for each property would cost an unforeseen error more than all else here.
  for (const name of CAUSES) {
    const value = read(thrown, name)
    if (isError(value)) causes.push(value)
  }
  for (const name of LISTS) {
    const errors = read(thrown, name)
    if (Array.isArray(errors)) causes.push(...errors.slice(-MAX_DEPTH).reverse())
  }
  return causes
}

/** A plain object under such a name may be the body of an answer. */
function isError (value: unknown): boolean {
  return Object(value) === value && typeof read(value, 'stack') === 'string'
}
