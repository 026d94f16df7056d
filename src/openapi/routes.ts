import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ScaiError } from '../error/scai-error.js'
import { seesComponent, shareComponent } from './component.js'
import { declarationOf, routeName } from './declaration.js'
import { completeRoute } from './document.js'
import { DriftWatch } from './drift.js'
import { addRoute, allCodes, codesOf } from './route-codes.js'
import type { KnownRoute } from './route-codes.js'

/**
 * Documents the codes of every route: those that it declares, those of its scopes, and what goes without
 * saying. And tells where a route that declares any sends another one.
 *
 * @fastify/swagger keeps the same options of a route that a hook gets, and reads them when it is asked
 * for its document. So they are completed as soon as Fastify has compiled the route's serializers:
 * those never see it, and the order of the two plugins doesn't matter.
 *
 * @returns to be told of every error that is about to be sent
 * @throws {TypeError} from `app.route`, on a bad declaration; from `app.ready`, where another hook made it
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
