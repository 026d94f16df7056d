import { inspect } from 'node:util'
import { errorCatalog, findEntry } from '../error/catalog.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import { createFrom, isScaiError, truncate } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import { fromPromise } from '../error/thrown-promise.js'
import { allFaults } from '../validation/collect.js'
import type { Input } from '../validation/collect.js'
import { canonicalCode, isErrorStatus } from '../error/status.js'
import type { RequestHeaders } from '../error/status.js'
import { findRow } from './plugin-codes.js'
import { read } from '../error/read.js'
import { SchemaError, complete } from '../validation/rejection.js'
import { DEFAULT_MAX_DETAILS, toDetails, wholePart, withOmitted } from '../validation/details.js'

/** What is known of the request in which something was thrown. */
export interface Circumstances {
  /** The status that the reply already has. */
  readonly replyStatus?: number | undefined
  /** The request's headers; without an Authorization header, a 401 is `AUTH_TOKEN_MISSING`. */
  readonly requestHeaders?: RequestHeaders
  /** The user's own rule, asked about everything that isn't a `ScaiError` yet. */
  readonly mapError?: (thrown: unknown) => unknown
  /** The input, where all its faults are wanted. */
  readonly input?: () => Input
  /** How many details at most. */
  readonly maxDetails: number
}

/**
 * Turns anything that was thrown into a `ScaiError`, as the error handler does, by the first rule
 * that has an answer:
 * - a `ScaiError` is returned as it is;
 * - a promise (an `await` is missing): `INTERNAL_ERROR`;
 * - a failed validation, by a schema or by a validator of one's own: `VALIDATION_ERROR`, with details;
 * - an error of Fastify or one of its plugins whose status tells the wrong story: the code from a table;
 * - a body that a parser couldn't read: `VALIDATION_ERROR`;
 * - an error with a status from 400 to 599: the one code that stands for this status;
 * - all the rest: `INTERNAL_ERROR`.
 *
 * The original is the new error's `cause`. Its message is kept only below 500, and only if it is
 * meant for callers: `expose === true`, or neither `code` nor `syscall` of its own.
 *
 * Never throws, whatever it is given.
 */
export function toScaiError (thrown: unknown): ScaiError {
  return classify(thrown, { maxDetails: DEFAULT_MAX_DETAILS })
}

/** `toScaiError`, with what is known of the request; the user's `mapError` is asked about all but the first two. */
export function classify (thrown: unknown, circumstances: Circumstances): ScaiError {
  try {
    // With the input at hand, there is more to say than a SchemaError could.
    const input = thrown instanceof SchemaError ? circumstances.input : undefined
    if (input === undefined && isScaiError(thrown)) return thrown
    const mapped = fromPromise(thrown) ?? fromMapError(thrown, circumstances)
    if (mapped !== undefined) return mapped
    if (input !== undefined) return complete(thrown as SchemaError, input(), circumstances.maxDetails)

    const foreign = readForeign(thrown, circumstances)
    for (const rule of RULES) {
      const error = rule(foreign, circumstances)
      if (error !== undefined) return error
    }
    return unforeseen(foreign)
  } catch (cause) {
    // Something in `thrown` is hostile beyond what the rules expect, or has been tampered with.
    return createFrom(cause, 'INTERNAL_ERROR')
  }
}

/** What the rules look at, each property read once: a getter may throw, or change its mind. */
interface Foreign {
  readonly thrown: unknown
  readonly name: unknown
  /** `undefined` where what was thrown is no error at all. */
  readonly message: string | undefined
  readonly code: unknown
  /** From 400 to 599; 500 where neither the error nor the reply has one. */
  readonly status: number
  readonly headers: unknown
  readonly validation: unknown
  readonly validationContext: unknown
  /** It was made to be answered with, rather than by something that failed. */
  readonly authored: boolean
  /** Its message was written for the caller. */
  readonly exposed: boolean
}

type Rule = (foreign: Foreign, circumstances: Circumstances) => ScaiError | undefined

const RULES: readonly Rule[] = [fromValidation, fromPlugin, fromParser, fromStatus]

function fromMapError (thrown: unknown, { mapError }: Circumstances): ScaiError | undefined {
  if (mapError === undefined) return undefined
  try {
    const mapped = mapError(thrown)
    if (mapped === undefined) return undefined
    if (isScaiError(mapped)) return mapped
    if (findEntry(mapped) !== undefined) return createFrom(thrown, mapped as ScaiErrorCode)
    // A rejection that nobody handles would end the process.
    Promise.resolve(mapped).catch(() => {})
    throw new TypeError(`mapError must return a ScaiError, a code of the catalog or undefined, got ${inspect(mapped)}`)
  } catch (cause) {
    return createFrom(cause, 'INTERNAL_ERROR', { context: { thrown: describe(thrown) } })
  }
}

/** Fastify's own validation errors, and whatever a custom validator returned in place of one. */
function fromValidation ({ thrown, message, code, status, validation, validationContext }: Foreign, { maxDetails, input }: Circumstances): ScaiError | undefined {
  if (validation === undefined && validationContext === undefined && code !== 'FST_ERR_VALIDATION') return undefined
  // A validator that throws has failed itself, and one that chose a status of its own meant it.
  if (status !== 400 && status !== 422) return undefined

  // Of Fastify, of an async schema of Ajv, of Zod, of Joi.
  const issues = [validation, read(thrown, 'errors'), read(thrown, 'issues'), read(thrown, 'details')].find(list => Array.isArray(list) && list.length > 0)
  if (issues === undefined) return createFrom(thrown, 'VALIDATION_ERROR', { details: [wholePart(validationContext, message)] })

  const reports = input === undefined ? [{ context: validationContext, issues: issues as unknown[] }] : allFaults(validationContext, issues as unknown[], input())
  const { details, omitted } = toDetails(reports, maxDetails)
  return createFrom(thrown, 'VALIDATION_ERROR', { details, message: withOmitted(errorCatalog.VALIDATION_ERROR.message, omitted) })
}

function fromPlugin ({ thrown, name, code: sign, message }: Foreign, { requestHeaders }: Circumstances): ScaiError | undefined {
  const row = findRow(sign ?? message)
  const code = typeof row?.code === 'function' ? row.code({ thrown, name, requestHeaders }) : row?.code
  if (code === undefined) return undefined
  return createFrom(thrown, code, row?.detail === undefined ? {} : { details: [{ field: 'body', message: row.detail }] })
}

/** A content-type parser of the user's own that passes on what `JSON.parse` threw: it quotes the body. */
function fromParser ({ thrown, name, status }: Foreign): ScaiError | undefined {
  if (name !== 'SyntaxError' || status !== 400) return undefined
  return createFrom(thrown, 'VALIDATION_ERROR', { details: [wholePart('body', undefined)] })
}

function fromStatus ({ thrown, message, status, headers, authored, exposed }: Foreign, { requestHeaders }: Circumstances): ScaiError | undefined {
  const code = canonicalCode(status, requestHeaders)
  if (code === 'INTERNAL_ERROR') return undefined
  return createFrom(thrown, code, {
    ...(exposed && status < 500 && message && { message: truncate(message) }),
    ...(authored && typeof headers === 'object' && headers !== null && !Array.isArray(headers) && { headers: headers as Record<string, string> })
  })
}

function unforeseen ({ thrown, message }: Foreign): ScaiError {
  // The log shows a cause only if it is an error.
  return createFrom(thrown, 'INTERNAL_ERROR', message === undefined ? { context: { thrown: describe(thrown) } } : {})
}

/** The status that what was thrown asks for itself: an integer from 400 to 599 in `statusCode` or `status`. */
export function statusOf (thrown: unknown): number | undefined {
  return [read(thrown, 'statusCode'), read(thrown, 'status')].find(isErrorStatus)
}

function readForeign (thrown: unknown, { replyStatus }: Circumstances): Foreign {
  const code = read(thrown, 'code')
  const expose = read(thrown, 'expose')
  const message = read(thrown, 'message')
  const authored = expose === true || (code === undefined && read(thrown, 'syscall') === undefined)
  return {
    thrown,
    name: read(thrown, 'name'),
    message: typeof message === 'string' ? message : undefined,
    code,
    status: statusOf(thrown) ?? (isErrorStatus(replyStatus) ? replyStatus : 500),
    headers: read(thrown, 'headers'),
    validation: read(thrown, 'validation'),
    validationContext: read(thrown, 'validationContext'),
    authored,
    exposed: authored && expose !== false
  }
}

/** For the log: what was thrown, without what an object may hold. */
function describe (thrown: unknown): string {
  const message = read(thrown, 'message')
  if (typeof message === 'string') return `${String(read(thrown, 'name'))}: ${message}`
  return Object(thrown) === thrown ? Object.prototype.toString.call(thrown) : truncate(String(thrown))
}
