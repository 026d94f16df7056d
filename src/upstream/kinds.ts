import { inspect } from 'node:util'
import { findEntry } from '../error/catalog.js'
import type { ScaiErrorCatalog, ScaiErrorCode } from '../error/catalog.js'
import type { RetryClass } from '../error/definition.js'
import { findUnknownOption } from '../error/unknown-option.js'

interface Kind {
  /** The code for our client, unless `as` has another one. */
  readonly code: ScaiErrorCode
  /** `no` narrows the retry class of any code that the kind gets. */
  readonly retry: RetryClass
  /** What of an answer of this kind may be passed on: how long to wait, or which field was refused. */
  readonly carries?: 'retryAfter' | 'details'
}

/** What can go wrong in a service behind us, and which code our client gets. */
export const KINDS = {
  /** No connection, a broken one, or an invalid certificate. */
  unreachable: { code: 'BACKEND_ERROR', retry: 'once' },
  /** No answer in time. */
  timeout: { code: 'BACKEND_TIMEOUT', retry: 'yes', carries: 'retryAfter' },
  /** Too many requests: waiting helps. */
  rateLimited: { code: 'BACKEND_RATE_LIMITED', retry: 'yes', carries: 'retryAfter' },
  /** The provider is overloaded by all its clients. */
  overloaded: { code: 'MODEL_UNAVAILABLE', retry: 'sometimes', carries: 'retryAfter' },
  /** A payment is due: waiting doesn't help. */
  unpaid: { code: 'BACKEND_ERROR', retry: 'no' },
  /** The provider refused our key, never the client's. */
  refusedKey: { code: 'BACKEND_ERROR', retry: 'no' },
  modelNotFound: { code: 'MODEL_NOT_FOUND', retry: 'no', carries: 'details' },
  /** More tokens than the model takes. */
  contextLength: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** Refused because of the content. */
  contentFilter: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** Refused for any other reason in the request. */
  invalidRequest: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** The provider's own failure. */
  failed: { code: 'BACKEND_ERROR', retry: 'once', carries: 'retryAfter' },
  /** An answer that isn't HTTP, JSON, or what a schema says. */
  badShape: { code: 'UPSTREAM_SHAPE_MISMATCH', retry: 'no' },
  /** A request that could not be sent at all, or a bug. */
  ourMistake: { code: 'INTERNAL_ERROR', retry: 'no' }
} as const satisfies Record<string, Kind>

/** What went wrong in a service behind us. */
export type UpstreamKind = keyof typeof KINDS

/** The row of a kind. */
export function kindOf (kind: UpstreamKind): Kind {
  return KINDS[kind]
}

type Carries<K extends UpstreamKind> = (typeof KINDS)[K] extends { carries: infer What } ? What : never

/** What a code requires. */
type Needs<Row> =
  | (Row extends { details: 'required' } ? 'details' : never)
  | (Row extends { retryAfter: 'required' } ? 'retryAfter' : never)

/** The codes that a kind may get: none that requires what the kind never has. */
export type CodeFor<K extends UpstreamKind> = {
  [Code in ScaiErrorCode]: Needs<ScaiErrorCatalog[Code]> extends Carries<K> ? Code : never
}[ScaiErrorCode]

/** Codes by kind, instead of the default ones. */
export type UpstreamCodes = { readonly [K in UpstreamKind]?: CodeFor<K> | undefined }

/**
 * Checks the options of `fromProvider`, for callers without a type checker.
 *
 * @param cause what was seen, for the log
 * @throws {TypeError} on an unknown option, kind or code, and on a code that requires what the kind never has
 */
export function checkOptions (options: { readonly as?: UpstreamCodes | undefined }, cause: unknown): void {
  const unknown = findUnknownOption(options, ['as'])
  if (unknown !== undefined) throw new TypeError(`fromProvider: ${unknown}`, { cause })
  for (const [kind, code] of Object.entries(options.as ?? {})) {
    const problem = code === undefined ? undefined : problemOf(kind, code)
    if (problem !== undefined) throw new TypeError(`as.${kind}: ${problem}`, { cause })
  }
}

function problemOf (kind: string, code: unknown): string | undefined {
  if (!Object.hasOwn(KINDS, kind)) return `unknown kind, expected one of ${Object.keys(KINDS).join(', ')}`
  const entry = findEntry(code)
  if (entry === undefined) return `unknown error code ${inspect(code)}: is it misspelt, or not yet added by defineErrors?`
  const { carries } = kindOf(kind as UpstreamKind)
  const need = (['retryAfter', 'details'] as const).find(need => entry[need] === 'required' && carries !== need)
  return need === undefined ? undefined : `${entry.code} needs ${need}, which this kind never has`
}
