import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ScaiError } from '../error/scai-error.js'
import { seesComponent, shareComponent } from './component.js'
import { declarationOf, routeName } from './declaration.js'
import { completeRoute } from './document.js'
import { DriftWatch } from './drift.js'
import { addRoute, allCodes, codesOf } from './route-codes.js'
import type { KnownRoute } from './route-codes.js'

/**
 * Documents the codes of every route: its own, those of its scopes, and those that need no declaration. Also
 * reports when a route with declared codes sends another one.
 *
 * @fastify/swagger keeps the same options object of a route that a hook gets, and reads it when it makes its
 * document. The codes are added after Fastify has compiled the route's serializers: so serializers never see
 * them, and the order of the two plugins doesn't matter.
 *
 * @returns call it with every error that is about to be sent
 * @throws {TypeError} on an invalid declaration, from `app.route`, or from `app.ready` if another hook made it
 */
export function documentErrors (app: FastifyInstance): (error: ScaiError, request: FastifyRequest) => void {
  const routes: KnownRoute[] = []
  const drift = new DriftWatch()

  shareComponent(app)
  app.addHook('onRoute', function (options) {
    const route: KnownRoute = { name: routeName(options), options, instance: this, codes: undefined }
    declarationOf(options, route.name)
    routes.push(route)
    addRoute(route)
  })
  app.addHook('onReady', async () => {
    for (const route of routes) {
      const codes = route.codes = codesOf(route)
      if (codes === undefined) continue
      drift.add(route.name, codes)
      completeRoute(route.options, allCodes(codes), seesComponent(route.instance))
    }
  })
  return (error, request) => drift.check(error, request)
}
