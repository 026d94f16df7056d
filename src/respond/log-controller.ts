import type { FastifyInstance } from 'fastify'

/** Fastify's `LogController`, as far as we ask it. */
export interface LogController {
  requestIdLogLabel: string
  isLogDisabled (request: unknown): unknown
}

/** The controller of an app, found by its symbol: Fastify keeps it to itself. */
export function logControllerOf (app: FastifyInstance): LogController | undefined {
  for (let scope: object | null = app; scope !== null; scope = Object.getPrototypeOf(scope) as object | null) {
    const symbol = Object.getOwnPropertySymbols(scope).find(({ description }) => description === 'fastify.logController')
    if (symbol !== undefined) return (scope as Record<symbol, LogController>)[symbol]
  }
  return undefined
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
