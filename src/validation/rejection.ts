import { errorCatalog } from '../error/catalog.js'
import { ScaiError } from '../error/scai-error.js'
import type { ErrorDetail } from '../error/options.js'
import { allFaults } from './collect.js'
import type { Input } from './collect.js'
import { DEFAULT_MAX_DETAILS, toDetails, withOmitted } from './details.js'

/**
 * What a failed validation leaves: a `VALIDATION_ERROR` with the faults that the validator reported.
 * Without a stack, whose capture is half the cost of Fastify's own.
 */
export class SchemaError extends ScaiError<'VALIDATION_ERROR'> {
  declare details: readonly ErrorDetail[]
  // Fastify adds these.
  declare readonly validation: readonly unknown[]
  declare readonly validationContext: string
}

/**
 * The option `schemaErrorFormatter` of `Fastify()`.
 *
 * @param quotesInput whether what validators report may hold values of the input
 */
export function schemaErrorFormatter (quotesInput: boolean): (issues: readonly unknown[], context: string) => SchemaError {
  return (issues, context) => new SchemaError('VALIDATION_ERROR', toDetails([{ context, issues, source: { quotesInput } }], DEFAULT_MAX_DETAILS))
}

/** Adds the faults that the validator, which stops at the first one, has not reported. */
export function complete (error: SchemaError, input: Input, maxDetails: number): SchemaError {
  const reports = allFaults(error.validationContext, error.validation, input)
  const [report] = reports
  // Most requests have a single fault, and that is told already.
  if (reports.length === 1 && report?.issues.length === 1 && report.source?.quotesInput !== true) return error

  const { details, omitted } = toDetails(reports, maxDetails)
  error.details = details
  error.message = withOmitted(errorCatalog.VALIDATION_ERROR.message, omitted)
  return error
}
