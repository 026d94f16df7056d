import type { FastifyRequest } from 'fastify'
import type { ScaiError } from '../error/scai-error.js'
import { logUndocumented } from '../respond/log.js'
import { routeName } from './declaration.js'
import { allCodes, goesWithoutSaying } from './route-codes.js'
import type { RouteCodes } from './route-codes.js'

/** Logs if a route with declared codes, its own or its scope's, sends another one. */
export class DriftWatch {
  readonly #codesByRoute = new Map<string, ReadonlySet<string>>()
  readonly #reported = new Set<string>()

  /** Watches this route. Routes that differ only in constraints share their codes. */
  add (name: string, codes: RouteCodes): void {
    if (codes.own === undefined && codes.scopes.length === 0) return
    this.#codesByRoute.set(name, new Set([...this.#codesByRoute.get(name) ?? [], ...allCodes(codes)]))
  }

  /** Logs, once, that a route sends this without declaring it. */
  check (error: ScaiError, request: FastifyRequest): void {
    if (this.#codesByRoute.size === 0) return
    const { method, url } = request.routeOptions
    if (url === undefined || method === undefined) return

    const route = routeName({ method, url })
    const codes = this.#codesByRoute.get(route)
    const { code, statusCode: status } = error
    if (codes === undefined || codes.has(code) || goesWithoutSaying(code, error.cause)) return
    if (this.#reported.has(`${route} ${code}`)) return
    this.#reported.add(`${route} ${code}`)
    logUndocumented(request.log, route, { code, status })
  }
}
