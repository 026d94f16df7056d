import { once } from 'node:events'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { FastifyInstance } from 'fastify'
import { register } from 'prom-client'
import t from 'tap'
import { assertError, checkConformance, watchErrors } from '../../src/testing.js'
import { programOf } from '../fixtures/markdown.js'
import { runProgram } from '../fixtures/program.js'
import { serve } from '../fixtures/service.js'

t.test('the recipe for prom-client counts errors by code and status', async t => {
  await runProgram(t, { 'metrics.ts': programOf('docs/operating.md', 'metrics.ts') })
  const { request } = await serve(t, app => {
    app.get('/404', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/409', async (_request, reply) => reply.code(409).send('taken'))
    app.get('/good', async () => 'ok')
  })
  for (const path of ['/404', '/404', '/409', '/good']) await request(path)
  t.strictSame((await register.metrics()).split('\n').filter(line => line.startsWith('http_errors_total')), [
    'http_errors_total{code="MODEL_NOT_FOUND",status="404"} 2',
    'http_errors_total{code="CONFLICT",status="409"} 1'
  ])
})

t.test('the recipe for OpenTelemetry puts the code on the request\'s span', async t => {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  await runProgram(t, { 'tracing.ts': programOf('docs/operating.md', 'tracing.ts') })
  const { request } = await serve(t, app => {
    // As an instrumentation of HTTP does.
    app.addHook('onRequest', (request, _reply, done) => {
      const span = trace.getTracer('test').startSpan(request.url)
      context.with(trace.setSpan(context.active(), span), done)
    })
    app.addHook('onSend', async () => { trace.getActiveSpan()?.end() })
    app.get('/404', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
    app.get('/500', async () => { throw new Error('boom') })
    app.get('/good', async () => 'ok')
  })
  for (const path of ['/404', '/500', '/good']) await request(path)
  t.strictSame(exporter.getFinishedSpans().map(({ name, attributes, status, events }) => [name, attributes, status.code, events.length]), [
    ['/404', { 'error.type': 'MODEL_NOT_FOUND' }, 0, 0],
    ['/500', { 'error.type': 'INTERNAL_ERROR' }, 2, 1],
    ['/good', {}, 0, 0]
  ])
})

t.test('the recipe for Valibot answers with the details of its issues', async t => {
  const text = `${programOf('docs/validation.md', 'valibot.ts')}\nexport { app }\n`
  const { app } = await runProgram(t, { 'valibot.ts': text }) as { app: FastifyInstance }
  const response = await app.inject({ method: 'POST', url: '/v1/chat', payload: {} })
  t.strictSame([response.statusCode, response.json().error.details], [422, [{ field: 'model', message: 'is required' }]])
})

t.test('the recipe for shutting down closes the service on SIGTERM', async t => {
  const text = programOf('docs/operating.md', 'shutdown.ts').replace('logger: true', 'logger: false').replace('port: 3000', 'port: 0')
  const { app } = await runProgram(t, { 'shutdown.ts': `${text}\nexport { app }\n` }) as { app: FastifyInstance }
  t.ok(app.server.listening)
  process.emit('SIGTERM')
  await once(app.server, 'close')
  t.notOk(app.server.listening)
  process.removeAllListeners('SIGINT')
})

t.test('the service that the page about testing tests passes these tests', async t => {
  const { build } = await runProgram(t, { 'app.ts': programOf('docs/testing.md', 'app.ts') }) as { build: () => FastifyInstance }
  const app = build()
  const errors = watchErrors(app)
  await assertError(await app.inject('/v1/models/gpt-9'), 'MODEL_NOT_FOUND')
  await assertError(await app.inject({ method: 'POST', url: '/v1/chat', payload: {} }), 'VALIDATION_ERROR', { details: ['model', 'messages'] })
  t.strictSame([errors.unsent(), errors.undeclared()], [[], []])
  t.strictSame(await checkConformance(build()), [])
})
