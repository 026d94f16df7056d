import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import pino from 'pino'
import t from 'tap'
import { scaiServerOptions } from '../../src/index.js'
import { checkConformance, watchErrors } from '../../src/testing.js'

// What is wrong here doesn't compile: `npm test` runs tsc over it. At run time the functions are not called.

t.test('the kit takes a service of every type', async () => {
  return () => [
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions()))),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions()).withTypeProvider<TypeBoxTypeProvider>())),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions()).withTypeProvider<ZodTypeProvider>())),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions({ https: {} })))),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions({ http2: true })))),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions({ http2: true, https: {} })))),
    [watchErrors, checkConformance].map(check => check(Fastify(scaiServerOptions({ loggerInstance: pino() }))))
  ]
})
