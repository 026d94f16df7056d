import { findEntry, showUnknown } from '../error/catalog.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import { read } from '../error/read.js'
import { ScaiError, createFrom, isScaiError, truncate } from '../error/scai-error.js'
import { show } from '../error/show.js'
import { canonicalCode } from '../error/status.js'
import type { RequestHeaders } from '../error/status.js'
import { fromPromise } from '../error/thrown-promise.js'
import { withoutQueries } from '../error/without-queries.js'
import { failureBehindUs } from '../upstream/unaided.js'
import { fromProvider } from '../upstream/provider.js'
import { isVouchedFor } from '../upstream/vouched.js'
import type { Input } from '../validation/collect.js'
import { DEFAULT_MAX_DETAILS, wholePart } from '../validation/details.js'
import { explain, explainByFormatter, withAllDetails } from '../validation/explain.js'
import { findIssues, issuesIn } from '../validation/issue-list.js'
import { partOf } from '../validation/parts.js'
import { isRejection } from '../validation/rejection.js'
import type { Rejection } from '../validation/rejection.js'
import { isOfValidator, isPlain, readForeign } from './foreign.js'
import type { Foreign, ReplyState } from './foreign.js'
import { findRow } from './plugin-codes.js'

/** What is known about the request in which something was thrown. */
export interface Circumstances extends ReplyState {
  /** The request's headers; without an Authorization header, a 401 is `AUTH_TOKEN_MISSING`. */
  readonly requestHeaders?: RequestHeaders
  /** The user's own rule, asked about everything that isn't a `ScaiError` yet. */
  readonly mapError?: (thrown: unknown) => unknown
  /** The input, if all its errors are wanted. */
  readonly input?: () => Input
  /** The maximum number of details. */
  readonly maxDetails: number
}

/**
 * Turns anything that was thrown into a `ScaiError`, as the error handler does, by the first rule
 * that has an answer:
 * - a `ScaiError` is returned as it is;
 * - a promise (an `await` is missing): `INTERNAL_ERROR`;
 * - a failed validation, by a schema or by a custom validator: `VALIDATION_ERROR`, with details;
 * - an error of Fastify or one of its plugins whose status is misleading: the code from a table;
 * - a body that a parser couldn't read: `VALIDATION_ERROR`;
 * - a failure behind us, of a provider or a store: `BACKEND_ERROR`, `SERVICE_UNAVAILABLE` and the like;
 * - an error with a status from 400 to 599: the canonical code for this status;
 * - what the source of a stream threw: as `fromProvider` classifies it;
 * - everything else: `INTERNAL_ERROR`.
 *
 * The original is the new error's `cause`. Its message is kept only below 500, not at 401, and only if
 * it was written for callers: with `expose === true`, or if it is a plain `Error` with nothing but a status.
 * Its headers are kept only with `expose === true`.
 *
 * Never throws, whatever it is given.
 */
export function toScaiError (thrown: unknown): ScaiError {
  return classify(thrown, { maxDetails: DEFAULT_MAX_DETAILS })
}

/** Whether there is nothing to classify: a `ScaiError` that isn't the result of a failed validation. */
export function isAnswer (thrown: unknown): thrown is ScaiError {
  return !isRejection(thrown) && isScaiError(thrown) && read(thrown, 'validationContext') === undefined
}

/** `toScaiError`, with what is known about the request. `mapError` is asked about everything but the first two. */
export function classify (thrown: unknown, circumstances: Circumstances): ScaiError {
  try {
    if (isAnswer(thrown)) return thrown
    if (!isRejection(thrown) && isScaiError(thrown)) return fromFormatter(thrown, circumstances)
    const mapped = fromPromise(thrown) ?? fromMapError(thrown, circumstances)
    if (mapped !== undefined) return mapped
    if (isRejection(thrown)) return fromRejection(thrown, circumstances)

    const foreign = readForeign(thrown, circumstances)
    for (const rule of RULES) {
      const error = rule(foreign, circumstances)
      if (error !== undefined) return error
    }
    return unforeseen(foreign)
  } catch (cause) {
    // Something in `thrown` is more hostile than the rules expect, or has been tampered with.
    return createFrom(cause, 'INTERNAL_ERROR')
  }
}

type Rule = (foreign: Foreign, circumstances: Circumstances) => ScaiError | undefined

const RULES: readonly Rule[] = [fromValidation, fromPlugin, fromParser, fromBehindUs, fromStatus, fromSource]

function fromMapError (thrown: unknown, { mapError }: Circumstances): ScaiError | undefined {
  if (mapError === undefined) return undefined
  try {
    const mapped = mapError(thrown)
    if (mapped === undefined) return undefined
    if (isScaiError(mapped)) return mapped
    if (findEntry(mapped) !== undefined) return createFrom(thrown, mapped as ScaiErrorCode)
    // An unhandled rejection would end the process.
    Promise.resolve(mapped).catch(() => {})
    throw new TypeError(`mapError must return a ScaiError, a code of the catalog or undefined, got ${typeof mapped === 'string'
      ? showUnknown(mapped)
      : show(mapped)}`)
  } catch (cause) {
    return createFrom(cause, 'INTERNAL_ERROR', { context: { thrown: describe(thrown) } })
  }
}

/** A `ScaiError` that a `schemaErrorFormatter` or a validator has made. */
function fromFormatter (error: ScaiError, { input }: Circumstances): ScaiError {
  return input === undefined ? error : withAllDetails(error, input())
}

/** The result of our own formatter. */
function fromRejection ({ validationContext: context, validation }: Rejection, { input, maxDetails }: Circumstances): ScaiError {
  return new ScaiError('VALIDATION_ERROR', explain({ context, issues: issuesIn(validation) }, input?.(), maxDetails))
}

/** Fastify's own validation errors, and whatever a custom validator returned in place of one. */
function fromValidation (foreign: Foreign, circumstances: Circumstances): ScaiError | undefined {
  const { thrown, message, code, status, validation, validationContext: context } = foreign
  if (validation === undefined && context === undefined && code !== 'FST_ERR_VALIDATION') return undefined
  // A validator that throws has failed itself; one that sets a status means it.
  if (status !== 400 && status !== 422) return undefined
  const input = circumstances.input?.()
  const { maxDetails } = circumstances
  const issues = findIssues(validation) ?? findIssues(thrown)
  if (issues === undefined) {
    // A validator that catches everything may return an error that isn't about the input.
    if (isOfValidator(thrown)) return failureBehindUs(thrown) ?? unforeseen(foreign)
    const own = isPlain(thrown) || read(thrown, 'expose') === true ? message : undefined
    return createFrom(thrown, 'VALIDATION_ERROR', { details: [wholePart(context, own, input?.dataOf(partOf(context)))] })
  }
  const explanation = input === undefined || validation === undefined ? undefined : explainByFormatter({ context, issues }, input)
  return createFrom(thrown, 'VALIDATION_ERROR', explanation ?? explain({ context, issues }, input, maxDetails))
}

function fromPlugin ({ thrown, code: sign, message }: Foreign, { requestHeaders }: Circumstances): ScaiError | undefined {
  const row = findRow(sign ?? message)
  const code = typeof row?.code === 'function' ? row.code(requestHeaders) : row?.code
  if (code === undefined) return undefined
  return createFrom(thrown, code, row?.detail === undefined ? {} : { details: [{ field: 'body', message: row.detail }] })
}

/** The user's own content-type parser passed on an error of `JSON.parse`, whose message quotes the body. */
function fromParser ({ thrown, name, status }: Foreign): ScaiError | undefined {
  if (name !== 'SyntaxError' || status !== 400) return undefined
  return createFrom(thrown, 'VALIDATION_ERROR', { details: [wholePart('body', undefined)] })
}

/** A provider, a store or a service behind us has failed; nothing that it says is for the client. */
function fromBehindUs ({ thrown, code }: Foreign): ScaiError | undefined {
  // But for @fastify/reply-from, whose errors are about what is behind us.
  const isFastify = typeof code === 'string' && /^FST_(?!REPLY_FROM_)/.test(code)
  return isFastify ? undefined : failureBehindUs(thrown)
}

function fromStatus (
  { thrown, status, callersMessage, callersHeaders }: Foreign,
  { requestHeaders }: Circumstances
): ScaiError | undefined {
  const code = canonicalCode(status, requestHeaders)
  if (code === 'INTERNAL_ERROR') return undefined
  return createFrom(thrown, code, { message: callersMessage, headers: callersHeaders })
}

/** An unknown error from the source of a stream: most sources are those of a provider. */
function fromSource ({ thrown }: Foreign): ScaiError | undefined {
  // Of a response it gives a promise.
  const error: unknown = isVouchedFor(thrown) ? fromProvider(thrown) : undefined
  return isScaiError(error) && error.code !== 'INTERNAL_ERROR' ? error : undefined
}

function unforeseen ({ thrown, message }: Foreign): ScaiError {
  // The log shows a cause only if it is an error.
  return createFrom(thrown, 'INTERNAL_ERROR', message === undefined ? { context: { thrown: describe(thrown) } } : {})
}

/** For the log: what was thrown, without what an object may hold. */
function describe (thrown: unknown): string {
  const message = read(thrown, 'message')
  if (typeof message === 'string') return withoutQueries(`${String(read(thrown, 'name'))}: ${message}`)
  return Object(thrown) === thrown ? Object.prototype.toString.call(thrown) : truncate(withoutQueries(String(thrown)))
}
