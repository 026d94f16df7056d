import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import t from 'tap'
import { run as command } from '../../src/cli/run.js'
import { checkDefinition } from '../../src/error/definition.js'
import { canonicalCode } from '../../src/error/status.js'
import scaiErrors, { ScaiError, errorCatalog, scaiServerOptions } from '../../src/index.js'
import type { ErrorDefinition } from '../../src/error/definition.js'
import { routesOf } from '../../src/openapi/route-codes.js'
import { OPTION_NAMES } from '../../src/options.js'
import { checkOptions as checkStreamOptions } from '../../src/stream/options.js'
import { assertError, watchErrors } from '../../src/testing.js'
import { KINDS } from '../../src/upstream/kinds.js'
import { codeIn, pages, readPage, tableOf } from '../fixtures/markdown.js'
import { json, serve } from '../fixtures/service.js'

const source = (path: string): string => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
const namesIn = (cell: string | undefined): string[] => Array.from((cell ?? '').matchAll(/`([^`]+)`/g), ([, name]) => name!)
const firstNames = (path: string, ...head: string[]): string[] => tableOf(path, ...head).rows.flatMap(([cell]) => namesIn(cell))

/** The names that a check lists when it is asked about one that it doesn't know. */
function known (check: () => unknown): string[] {
  try {
    check()
    return []
  } catch (error) {
    return /expected one of (.*)/.exec((error as Error).message)![1]!.split(', ')
  }
}

t.test('docs/catalog.md is what the command prints, and the command accepts it', async t => {
  const section = /<!-- catalog -->\n([^]*)<!-- \/catalog -->/.exec(readPage('docs/catalog.md').text)?.[1]
  t.equal(section, (await command(['catalog'])).output, 'what stands between the two marks must be this')
  t.strictSame(await command(['catalog', '--check', 'docs/catalog.md']), { output: '', exitCode: 0 })
})

t.test('the options of the plugin, and their defaults', async t => {
  const { rows } = tableOf('README.md', 'option', 'default', 'what it does')
  const defaults = new Map(Array.from(source('options.ts').matchAll(/@default (.*)\n[^]*?\n {2}(\w+)\?:/g), ([, value, name]) => [name, value]))
  t.strictSame(rows.map(([name]) => codeIn(name)).sort(), [...OPTION_NAMES].sort())
  for (const [name, value] of rows) t.equal(codeIn(value) || 'undefined', defaults.get(codeIn(name)), codeIn(name))
})

t.test('the options of an error', async t => {
  const { rows } = tableOf('docs/errors-and-codes.md', 'option', 'what it does')
  const listed = new Promise<Error>(resolve => process.once('warning', resolve))
  t.ok(new ScaiError('MODEL_NOT_FOUND', { invented: 1 } as {}))
  t.strictSame(rows.map(([name]) => codeIn(name)).sort(), /there are (.*)/.exec((await listed).message)![1]!.split(', ').sort())
})

t.test('the properties of a definition', async t => {
  const listed = known(() => checkDefinition('SCAIQUEUE_QUEUE_FULL', { invented: 1 } as unknown as ErrorDefinition))
  t.strictSame(firstNames('docs/errors-and-codes.md', 'property').sort(), listed.sort())
})

t.test('what scaiServerOptions adds', async t => {
  const names = firstNames('docs/errors-and-codes.md', 'option', 'what it adds')
  t.strictSame(Object.keys(scaiServerOptions()).filter(name => !names.includes(name)), [])
})

t.test('the options of a stream', async t => {
  t.strictSame(firstNames('docs/streaming.md', 'option').sort(), known(() => checkStreamOptions({ invented: 1 } as {})).sort())
})

t.test('the kinds of an upstream\'s failure, and their codes', async t => {
  const { rows } = tableOf('docs/upstreams-and-stores.md', 'kind')
  t.strictSame(rows.map(([kind, , code]) => [codeIn(kind), codeIn(code)]), Object.entries(KINDS).map(([kind, { code }]) => [kind, code]))
})

t.test('the events of log lines, and their levels', async t => {
  const events = new Set(source('respond/log.ts').match(/(?<=')\w+_(?:error|gone)(?=')/g))
  t.strictSame(firstNames('docs/operating.md', '`event`').sort(), [...events].sort())

  const levels = tableOf('docs/operating.md', 'status or code', 'level').rows.map(row => row.flatMap(namesIn))
  t.match(levels[0], ['SERVICE_UNAVAILABLE', 'SERVICE_DRAINING', 'warn'])
  for (const { code, status, logLevel } of Object.values(errorCatalog)) {
    const row = levels[0]!.includes(code) ? 0 : status >= 500 ? 1 : status === 429 ? 2 : 3
    t.equal(levels[row]!.at(-1), logLevel, code)
  }
})

t.test('the codes that are documented without a declaration', async t => {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors)
  app.get('/every', async () => 'ok')
  app.get('/input', { schema: { querystring: {} } }, async () => 'ok')
  app.post('/body', { schema: { body: {} } }, async () => 'ok')
  await app.ready()
  const implied = routesOf(app).filter(({ options: { method } }) => method !== 'HEAD').map(({ codes }) => [...codes!.implied])
  const [every, input, body] = tableOf('docs/openapi.md', 'code', 'for').rows.map(([cell]) => namesIn(cell))
  t.strictSame(implied, [every, [...every!, ...input!], [...every!, ...input!, ...body!]])
})

t.test('the place of an error, as the client wrote it', async t => {
  const object = (properties: object, required: string[] = []): object => ({ type: 'object', properties, required })
  const { request } = await serve(t, app => {
    app.post('/:slug', {
      schema: {
        body: object({ messages: { items: object({ role: { const: 'user' } }) }, 'a.b': { type: 'integer' } }, ['model']),
        querystring: object({ limit: { type: 'integer' } }),
        params: object({ slug: { minLength: 2 } }),
        headers: object({}, ['x-tenant-id'])
      }
    }, async () => 'ok')
  })
  const { body } = await request('/x?limit=many', json({ messages: [{ role: 'robot' }], 'a.b': 'x' }))
  const whole = await request('/xx', { ...json({}), body: '{' })
  const fields = [...body.error.details!, ...whole.body.error.details!].map(({ field }) => field)
  t.strictSame(tableOf('docs/validation.md', 'where').rows.flatMap(([, cell]) => namesIn(cell)).sort(), fields.sort())
})

t.test('the options and results of the functions for tests', async t => {
  const app = Fastify(scaiServerOptions())
  app.register(scaiErrors)
  t.strictSame(firstNames('docs/testing.md', 'function'), Object.keys(watchErrors(app)).map(name => `${name}()`))
  const response = await app.inject('/')
  const refused = await assertError(response, 'NOT_FOUND', { invented: 1 } as {}).catch((error: Error) => error.message)
  t.strictSame(tableOf('docs/testing.md', 'expected').rows.map(([name]) => codeIn(name)).sort(), /expected one of (.*)/.exec(String(refused))![1]!.split(', ').sort())
})

t.test('the figures of performance are those of the last benchmark', async t => {
  interface Row { name: string, ratio: number, ofFloor: number, low: number, high: number, micros: number }
  const suites: Record<string, { rows: Row[] }> = JSON.parse(readFileSync(new URL('../../bench/results.json', import.meta.url), 'utf8'))
  const figures = Object.values(suites).flatMap(({ rows }) => rows)
    // Against the base of the suite, or against the same response made by hand.
    .flatMap(({ ratio, ofFloor, low, high }) => [1, ofFloor / ratio].map(scale =>
      `${(ratio * scale).toFixed(2)} (${(low * scale).toFixed(2)}–${(high * scale).toFixed(2)})`))
  for (const [name, figure] of tableOf('docs/performance.md', 'this request').rows) t.ok(figures.includes(figure!), `${name}: run npm run bench:report`)

  const [plain, ours] = ['plain 200 (bare Fastify)', 'fastify-scai-errors, reply.scaiError'].map(wanted =>
    suites['peers']!.rows.find(({ name }) => name === wanted)!.micros)
  for (const path of ['README.md', 'docs/performance.md']) t.match(readPage(path).text, `costs ${(ours! / plain!).toFixed(1)} ×`)
})

t.test('a code that is named together with a status has it, and exists', async t => {
  for (const { path, text } of pages) {
    for (const [, status, code] of text.matchAll(/\b([45]\d\d) `([A-Z_]+)`/g)) t.equal(canonicalCode(Number(status)), code, `${path}: ${status} ${code}`)
    for (const [, code] of text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)) t.ok(code! in errorCatalog || /^(?:SCAI|ER_|NODE_)/.test(code!), `${path}: ${code}`)
  }
})
