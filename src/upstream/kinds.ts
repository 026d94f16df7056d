import { inspect } from 'node:util'
import { findEntry } from '../error/catalog.js'
import type { ScaiErrorCatalog, ScaiErrorCode } from '../error/catalog.js'
import type { RetryClass } from '../error/definition.js'
import { findUnknownOption } from '../error/unknown-option.js'

interface Kind {
  /** What our caller is told, unless `as` says otherwise. */
  readonly code: ScaiErrorCode
  /** `no` narrows the retry class of any code that the kind is told as. */
  readonly retry: RetryClass
  /** What of an answer of this kind may be passed on: how long to wait, or which field was refused. */
  readonly carries?: 'retryAfter' | 'details'
}

/** What can go wrong behind us, and how our caller is told. */
export const KINDS = {
  /** No connection, a broken one, or an invalid certificate. */
  unreachable: { code: 'BACKEND_ERROR', retry: 'once' },
  /** No answer in time. */
  timeout: { code: 'BACKEND_TIMEOUT', retry: 'yes', carries: 'retryAfter' },
  /** Too many requests: waiting helps. */
  rateLimited: { code: 'BACKEND_RATE_LIMITED', retry: 'yes', carries: 'retryAfter' },
  /** Too much to do for everybody. */
  overloaded: { code: 'MODEL_UNAVAILABLE', retry: 'sometimes', carries: 'retryAfter' },
  /** Somebody has to pay: waiting doesn't help. */
  unpaid: { code: 'BACKEND_ERROR', retry: 'no' },
  /** It is our key that was refused, never the caller's. */
  refusedKey: { code: 'BACKEND_ERROR', retry: 'no' },
  modelNotFound: { code: 'MODEL_NOT_FOUND', retry: 'no', carries: 'details' },
  /** More tokens than the model takes. */
  contextLength: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** Refused for what the text says. */
  contentFilter: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** Refused for any other reason that lies in the request. */
  invalidRequest: { code: 'BACKEND_ERROR', retry: 'no', carries: 'details' },
  /** The provider's own failure. */
  failed: { code: 'BACKEND_ERROR', retry: 'once', carries: 'retryAfter' },
  /** An answer that isn't HTTP, JSON, or what a schema says. */
  badShape: { code: 'UPSTREAM_SHAPE_MISMATCH', retry: 'no' },
  /** A request that could never have been sent, or a bug. */
  ourMistake: { code: 'INTERNAL_ERROR', retry: 'no' }
} as const satisfies Record<string, Kind>

/** What went wrong behind us. */
export type UpstreamKind = keyof typeof KINDS

/** The row of a kind. */
export function kindOf (kind: UpstreamKind): Kind {
  return KINDS[kind]
}

type Carries<K extends UpstreamKind> = (typeof KINDS)[K] extends { carries: infer What } ? What : never

/** What a code can't do without. */
type Needs<Row> =
  | (Row extends { details: 'required' } ? 'details' : never)
  | (Row extends { retryAfter: 'required' } ? 'retryAfter' : never)

/** The codes that a kind may be told as: none that needs what the kind never brings. */
export type CodeFor<K extends UpstreamKind> = {
  [Code in ScaiErrorCode]: Needs<ScaiErrorCatalog[Code]> extends Carries<K> ? Code : never
}[ScaiErrorCode]

/** Codes by kind, in place of the default ones. */
export type UpstreamCodes = { readonly [K in UpstreamKind]?: CodeFor<K> | undefined }

/**
 * Checks the options of `fromProvider`, which a caller without a type checker may have got wrong.
 *
 * @param cause what is to be told, for the log
 * @throws {TypeError} on an unknown option, kind or code, and on a code that needs what the kind never brings
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
