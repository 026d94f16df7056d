// @fastify/otel: the spans of a request, and where its error is told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { SpanStatusCode, context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import otel from '@fastify/otel'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from 'fastify-scai-errors'
import { checkError, collectLog, listen, titleOf } from './kit.js'
import { writeRecipe } from './recipe.js'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** Where the instrumentation comes in: when an app is made, or as a plugin, before ours or after it. */
const orders = {
  'at initialization': async app => { await app.register(scaiErrors) },
  'a plugin before ours': async (app, instrumentation) => {
    await app.register(instrumentation.plugin())
    await app.register(scaiErrors)
  },
  'a plugin after ours': async (app, instrumentation) => {
    await app.register(scaiErrors)
    await app.register(instrumentation.plugin())
  }
}

await import(writeRecipe('opentelemetry.js', 'opentelemetry()'))

/** Of each request: its code, and what its span says: the status of HTTP, the code, whether it failed, what was recorded. */
const rows = [
  ['/good', undefined, 200, SpanStatusCode.UNSET, []],
  // It marks what was thrown as failed, whatever the status; a status that a service merely sends, from 500 up.
  ['/404', 'MODEL_NOT_FOUND', 404, SpanStatusCode.ERROR, ['The model does not exist']],
  ['/500', 'INTERNAL_ERROR', 500, SpanStatusCode.ERROR, ['boom']],
  ['/409', 'CONFLICT', 409, SpanStatusCode.UNSET, []],
  ['/501', 'NOT_IMPLEMENTED', 501, SpanStatusCode.ERROR, []],
  ['/none', 'NOT_FOUND', 404, SpanStatusCode.UNSET, []]
]

/** The spans of our hooks have names. */
const HOOKS = ['onRequest - sealReply', 'preParsing - turnAwayLate', 'onSend - guardReply', 'onError - noteThrown']

test(titleOf('@fastify/otel'), async t => {
  for (const [order, register] of Object.entries(orders)) {
    await t.test(order, async t => {
      const atInitialization = order === 'at initialization'
      const instrumentation = new otel.FastifyOtelInstrumentation({ registerOnInitialization: atInitialization })
      if (!atInitialization) instrumentation.setTracerProvider(provider)
      t.after(() => instrumentation.disable())
      const { lines, logger } = collectLog()
      const app = Fastify(scaiServerOptions({ logger }))
      await register(app, instrumentation)
      app.get('/good', async () => 'fine')
      app.get('/404', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
      app.get('/500', async () => { throw new Error('boom') })
      app.get('/409', async (_request, reply) => reply.code(409).send('theirs'))
      app.get('/501', async (_request, reply) => reply.code(501).send('theirs'))
      const url = await listen(t, app)
      const names = new Set()
      for (const [path, code, httpStatus, status, recorded] of rows) {
        exporter.reset()
        const response = await fetch(url + path)
        if (code !== undefined) await checkError(response, code, lines)
        const spans = await spansOf()
        for (const { name } of spans) names.add(name)
        const { attributes, status: { code: told }, events } = spans.find(({ name }) => name === 'request')
        assert.deepEqual({
          httpStatus: attributes['http.response.status_code'], code: attributes['error.type'], status: told, recorded: events.map(messageOf)
        }, { httpStatus, code, status, recorded }, path)
      }
      if (order !== 'a plugin after ours') assert.deepEqual(HOOKS.filter(name => !names.has(name)), [])
      assert.ok(!Array.from(names).some(name => name.endsWith('- anonymous')))
    })
  }
})

const messageOf = ({ attributes }) => attributes['exception.message']

/** The span of a request may end after its response. */
async function spansOf () {
  while (!exporter.getFinishedSpans().some(({ name }) => name === 'request')) await turn()
  await turn()
  return exporter.getFinishedSpans()
}
