import { errorCatalog } from '../error/catalog.js'
import type { ErrorDetail } from '../error/options.js'
import { read } from '../error/read.js'
import { ScaiError, isScaiError } from '../error/scai-error.js'
import { collectReports } from './collect.js'
import type { Formatter, Input, Report } from './collect.js'
import { toDetails, wholePart, withOmitted } from './details.js'
import { toIssue } from './foreign-issue.js'
import { issuesIn } from './issue-list.js'
import { authoredMessage, isSentence } from './messages.js'
import { quotesOf } from './quotes.js'
import { isRejection } from './rejection.js'
import { isMark } from './union-tree.js'

/** The message and the details of a failed validation. */
export interface Explanation {
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

/**
 * Explains a failed validation in our words.
 *
 * @param input the input, if more than what was reported is wanted
 */
export function explain ({ context, issues }: Report, input: Input | undefined, maxDetails: number): Explanation {
  const reports = input === undefined ? [{ context, issues }] : collectReports(context, issues, input)
  const { details, omitted } = toDetails(reports, maxDetails)
  return { details, message: withOmitted(errorCatalog.VALIDATION_ERROR.message, omitted) }
}

// A service may word its details itself, with a `schemaErrorFormatter`. Fastify calls it with only the first error,
// so it is called again, with all of them.

/**
 * Explains a failed validation in the words of the service's own formatter: by the `details` of its errors, else by
 * the message of each, for a part as a whole. `undefined` if none of it can be sent.
 */
export function explainByFormatter ({ context, issues }: Report, input: Input): Explanation | undefined {
  const formatter = input.formatter()
  if (formatter === undefined) return undefined
  const reports = collectReports(context, issues, input)
  const details = errorsOf(reports, formatter)?.map((error, index) =>
    ownDetails(error, reports[index]!) ?? inOneMessage(error, reports[index]!))
  if (details?.every(list => list !== undefined) !== true) return undefined
  return { details: unique(details.flat()), message: errorCatalog.VALIDATION_ERROR.message }
}

/** The details of an error without a code, if their texts don't quote the input. */
function ownDetails (error: unknown, { origin }: Report): ErrorDetail[] | undefined {
  const quotes = quotesOf(origin?.data)
  return detailsOf(error)?.map(({ field, message }) => ({ field, message: authoredMessage(message, quotes) }))
}

function inOneMessage (error: unknown, { context, origin }: Report): ErrorDetail[] | undefined {
  const message = read(error, 'message')
  return isSentence(message, quotesOf(origin?.data)) ? [wholePart(context, message, origin?.data)] : undefined
}

/** An error of the service's own formatter, with the details of all issues instead of those of the first. */
export function withAllDetails (error: ScaiError, input: Input): ScaiError {
  const formatter = input.formatter()
  const reported = read(error, 'validation')
  if (formatter === undefined || reported === undefined || error.details === undefined) return error
  const reports = collectReports(read(error, 'validationContext'), issuesIn(reported), input)
  const errors = errorsOf(reports, formatter)
  if (errors?.every(other => isScaiError(other, error.code) && other.details !== undefined) !== true) return error

  const { code, message, headers, context } = error
  const details = unique(errors.flatMap(error => detailsOf(error)!))
  return new ScaiError(code as 'VALIDATION_ERROR', {
    message,
    details,
    ...headers !== undefined && { headers },
    ...context !== undefined && { context }
  })
}

/** What a formatter returns for reports; `undefined` if it is ours, or fails. */
function errorsOf (reports: readonly Report[], formatter: Formatter): unknown[] | undefined {
  try {
    const errors = reports.map(({ context, issues }) => formatter(issues.filter(issue => !isMark(toIssue(issue))), String(context)))
    return errors.some(isRejection) ? undefined : errors
  } catch {
    return undefined
  }
}

function detailsOf (error: unknown): ErrorDetail[] | undefined {
  const details = read(error, 'details')
  if (!Array.isArray(details) || details.length === 0) return undefined
  const copies = details.map(detail => ({ field: read(detail, 'field'), message: read(detail, 'message') }))
  const areTexts = copies.every(({ field, message }) => typeof field === 'string' && typeof message === 'string')
  return areTexts ? copies as ErrorDetail[] : undefined
}

function unique (details: readonly ErrorDetail[]): ErrorDetail[] {
  return Array.from(new Map(details.map(detail => [JSON.stringify([detail.field, detail.message]), detail])).values())
}
