import type { FastifyInstance } from 'fastify'
import { internalOf } from './internals.js'

/** The documented label of a request's id in the log. */
export const REQUEST_ID_LOG_LABEL = 'request_id'

/** The part of Fastify's `LogController` that we use. */
export interface LogController {
  requestIdLogLabel: string
  isLogDisabled (request: unknown): unknown
}

/** The controller of an app. */
export function logControllerOf (app: FastifyInstance): LogController | undefined {
  return internalOf(app, 'fastify.logController') as LogController | undefined
}

/** Sets the documented label for the request's id in every log line. */
export function labelRequestIds (app: FastifyInstance): void {
  const controller = logControllerOf(app)
  if (controller !== undefined) controller.requestIdLogLabel = REQUEST_ID_LOG_LABEL
}

/** Whether Fastify's own lines are turned off for a request. A user's rule that throws doesn't turn them off. */
export function logSwitchOf (app: FastifyInstance): (request: unknown) => boolean {
  const controller = logControllerOf(app)
  return request => {
    try {
      return controller?.isLogDisabled(request) === true
    } catch {
      return false
    }
  }
}
