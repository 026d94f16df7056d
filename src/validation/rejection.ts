import { errorCatalog } from '../error/catalog.js'
import type { ErrorDetail } from '../error/options.js'
import { ScaiError } from '../error/scai-error.js'
import { collectReports } from './collect.js'
import type { Input, Report } from './collect.js'
import { DEFAULT_MAX_DETAILS, toDetails, withOmitted } from './details.js'

// Registered: the server's options and the plugin may come from two copies of this package.
const REJECTION = Symbol.for('fastify-scai-errors.rejection')

/**
 * What a failed validation leaves: the issues that the validator reported. It has no stack, whose capture
 * is half the cost of Fastify's own error.
 *
 * To whoever is handed it (`attachValidation`) it is a `VALIDATION_ERROR`, with the details of those issues.
 * To the error handler it is a failed validation, of which there may be more to say.
 */
export class Rejection extends ScaiError<'VALIDATION_ERROR'> {
  // Fastify adds these.
  declare readonly validation: readonly unknown[]
  declare readonly validationContext: string

  readonly #report: Report
  #details: readonly ErrorDetail[] | undefined

  static {
    Object.defineProperty(this.prototype, REJECTION, { value: true })
  }

  constructor (report: Report) {
    super('VALIDATION_ERROR', { details: [] })
    this.#report = report
    Object.defineProperty(this, 'details', DETAILS)
  }

  static detailsOf (rejection: Rejection): readonly ErrorDetail[] {
    rejection.#details ??= toDetails([rejection.#report], DEFAULT_MAX_DETAILS).details
    return rejection.#details
  }
}

/** Made only if they are asked for: the error handler makes its own. */
const DETAILS: PropertyDescriptor & ThisType<Rejection> = {
  enumerable: true,
  configurable: true,
  get () { return Rejection.detailsOf(this) }
}

/** Whether this is what a failed validation left. Safe to ask of anything. */
export function isRejection (value: unknown): value is Rejection {
  try {
    return (value as { [REJECTION]?: true } | null | undefined)?.[REJECTION] === true
  } catch {
    return false
  }
}

/**
 * The option `schemaErrorFormatter` of `Fastify()`.
 *
 * @param quotesInput whether what validators report may hold values of the input
 */
export function schemaErrorFormatter (quotesInput: boolean): (issues: readonly unknown[], context: string) => Rejection {
  return (issues, context) => new Rejection({ context, issues, origin: { quotesInput } })
}

/**
 * The message and the details of a failed validation.
 *
 * @param input the input, where more may be said than was reported
 */
export function explain ({ context, issues }: Report, input: Input | undefined, maxDetails: number): { message: string, details: readonly ErrorDetail[] } {
  const reports = input === undefined ? [{ context, issues }] : collectReports(context, issues, input)
  const { details, omitted } = toDetails(reports, maxDetails)
  return { details, message: withOmitted(errorCatalog.VALIDATION_ERROR.message, omitted) }
}
