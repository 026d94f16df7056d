import { ScaiError } from '../scai-error.js'
import { DEFAULT_MAX_DETAILS, toDetails } from './validation.js'

/**
 * What a failed validation leaves: a `VALIDATION_ERROR` with the faults that the validator reported.
 * Without a stack, whose capture is half the cost of Fastify's own.
 */
export class SchemaError extends ScaiError<'VALIDATION_ERROR'> {}

/**
 * The option `schemaErrorFormatter` of `Fastify()`.
 *
 * @param issues what the validator reported
 * @param context the part of the request
 */
export function formatSchemaError (issues: readonly unknown[], context: string): SchemaError {
  return new SchemaError('VALIDATION_ERROR', toDetails([{ context, issues }], DEFAULT_MAX_DETAILS))
}
