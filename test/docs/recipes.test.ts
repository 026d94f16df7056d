import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { register } from 'prom-client'
import t from 'tap'
import type { Test } from 'tap'
import { run as command } from '../src/cli/run.js'
import { serve } from './fixtures/service.js'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

t.test('the README\'s tables of codes are what the command makes, and it takes them for up to date', async t => {
  const section = /<!-- catalog -->\n([^]*)<!-- \/catalog -->/.exec(readme)?.[1]
  t.equal(section, (await command(['catalog'])).output, 'what stands between the two marks must be this')
  t.strictSame(await command(['catalog', '--check', 'README.md']), { output: '', exitCode: 0 })
})

t.test('the README\'s recipe for prom-client counts errors by code and status', async t => {
  await run(t, 'prom-client')
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

t.test('the README\'s recipe for OpenTelemetry puts the code on the request\'s span', async t => {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  await run(t, '@opentelemetry/api')
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

/** Runs the example that imports this package, as it stands in the README. */
async function run (t: Test, name: string): Promise<void> {
  const snippet = [...readme.matchAll(/```ts\n([^]*?)```/g)].find(([, text]) => text!.includes(` from '${name}'`))![1]!
  await import(pathToFileURL(join(t.testdir({ 'snippet.ts': snippet }), 'snippet.ts')).href)
}
