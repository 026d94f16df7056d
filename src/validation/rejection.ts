import type { ErrorDetail } from '../error/options.js'
import { ScaiError } from '../error/scai-error.js'
import type { Report } from './collect.js'
import { DEFAULT_MAX_DETAILS, toDetails } from './details.js'
import { issuesIn } from './issue-list.js'

// Registered, since the server's options and the plugin may come from two copies of this package.
const REJECTION = Symbol.for('fastify-scai-errors.rejection')

/**
 * The result of a failed validation, with the issues that the validator reported. It has no stack, whose capture
 * is half the cost of Fastify's own error.
 *
 * For users (`attachValidation`) it is a `VALIDATION_ERROR` with the details of those issues. For the error
 * handler it is a failed validation, for which more issues may be collected.
 */
export class Rejection extends ScaiError<'VALIDATION_ERROR'> {
  // Fastify adds these.
  declare readonly validation: unknown
  declare readonly validationContext: string

  readonly #report: Report
  #details: readonly ErrorDetail[] | undefined

  static {
    Object.defineProperty(this.prototype, REJECTION, { value: true })
    // Made on demand: the error handler makes its own.
    Object.defineProperty(this.prototype, 'details', {
      get (this: Rejection) {
        this.#details ??= toDetails([this.#report], DEFAULT_MAX_DETAILS).details
        return this.#details
      },
      // The constructor of ScaiError sets them.
      set () {}
    })
  }

  constructor (report: Report) {
    super('VALIDATION_ERROR', { details: [] })
    this.#report = report
  }
}

/** Whether this is a `Rejection`. Safe for any value. */
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
export function schemaErrorFormatter (quotesInput: boolean): (issues: unknown, context: string) => Rejection {
  return (issues, context) => new Rejection({ context, issues: issuesIn(issues), origin: { quotesInput } })
}
