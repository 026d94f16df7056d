import type { FastifyInstance } from 'fastify'
import { internalOf } from './internals.js'

/** The documented label of a request's id in the log. */
export const REQUEST_ID_LOG_LABEL = 'request_id'

/** Fastify's `LogController`, as far as we ask it. */
export interface LogController {
  requestIdLogLabel: string
  isLogDisabled (request: unknown): unknown
}

/** The controller of an app. */
export function logControllerOf (app: FastifyInstance): LogController | undefined {
  return internalOf(app, 'fastify.logController') as LogController | undefined
}

/** Has every log line of a request name its id as documented. */
export function labelRequestIds (app: FastifyInstance): void {
  const controller = logControllerOf(app)
  if (controller !== undefined) controller.requestIdLogLabel = REQUEST_ID_LOG_LABEL
}

/** Whether an app has Fastify's own lines turned off for a request. A rule of the user's that throws doesn't turn them off. */
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
