import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import * as ours from '../../src/index.js'
import type { ErrorDefinition, ScaiErrorCode } from '../../src/index.js'
import { definitions } from '../../src/error/registry.js'
import { serve } from '../fixtures/service.js'

// A module that brings a copy of this package of its own, as pnpm's peers do: other files, the same process.
defineWith(ours, 'DEFINED_FIRST', { status: 409, message: 'Defined before the copy was loaded' })
const folder = t.testdir()
await cp(new URL('../../src', import.meta.url), join(folder, 'src'), { recursive: true })
const copy = await import(pathToFileURL(join(folder, 'src/index.ts')).href) as typeof ours

function defineWith ({ defineErrors }: typeof ours, code: string, definition: ErrorDefinition): void {
  defineErrors({ [code]: definition })
}

function statusOf ({ ScaiError }: typeof ours, code: string): number {
  return new ScaiError(code as 'CONFLICT').statusCode
}

t.test('it is a second copy', async t => {
  t.not(copy.ScaiError, ours.ScaiError)
  t.not(copy.errorCatalog, ours.errorCatalog)
})

for (const [title, definer, other, code] of [
  ['the other copy', copy, ours, 'OF_THE_COPY'], ['this copy', ours, copy, 'OF_OURS']
] as const) {
  t.test(`a code that ${title} defines is known to both`, async t => {
    t.notOk(code in other.errorCatalog)
    defineWith(definer, code, { status: 409, message: 'Defined elsewhere', details: 'optional' })
    for (const { errorCatalog, errorResponses } of [definer, other]) {
      const rows = errorCatalog as Readonly<Record<string, unknown>>
      t.match(rows[code], { code, status: 409, message: 'Defined elsewhere', details: 'optional', source: 'defined' })
      t.ok(code in errorCatalog)
      t.ok(Object.keys(errorCatalog).includes(code))
      t.strictSame({ ...rows }[code], rows[code])
      t.strictSame(Object.keys(errorResponses(code as ScaiErrorCode)), ['409'])
    }
    t.equal(statusOf(other, code), 409)
  })

  t.test(`a code that ${title} defines is not defined differently by the other`, async t => {
    const clash = `${code}_CLASH`
    defineWith(definer, clash, { status: 409, message: 'As it is' })
    t.doesNotThrow(() => defineWith(other, clash, { status: 409, message: 'As it is', retry: 'no' }))
    t.throws(() => defineWith(other, clash, { status: 404, message: 'As it is' }), {
      name: 'TypeError',
      message: `defineErrors: ${clash}: already defined differently: define it in one place, or make both definitions the same`
    })
    for (const one of [definer, other]) t.equal(statusOf(one, clash), 409)
  })
}

t.test('what was defined before a copy was loaded is known to it', async t => {
  t.equal(statusOf(copy, 'DEFINED_FIRST'), 409)
})

t.test('a misspelt code of the other copy is reported with the fix', async t => {
  defineWith(copy, 'QUEUE_FULL', { status: 409, message: 'The queue is full' })
  t.throws(() => statusOf(ours, 'QUEUE_FULLL'), /did you mean 'QUEUE_FULL'\?/)
})

t.test('a module code that one copy corrects is corrected for both, once', async t => {
  t.equal(statusOf(ours, 'SKILL_VERSION_YANKED'), 410)
  defineWith(copy, 'SKILL_VERSION_YANKED', { status: 409, message: 'Withdrawn' })
  t.equal(statusOf(ours, 'SKILL_VERSION_YANKED'), 409)
  t.equal(ours.errorCatalog.SKILL_VERSION_YANKED.source, 'defined')
  t.throws(() => defineWith(ours, 'SKILL_VERSION_YANKED', { status: 404, message: 'Withdrawn' }), /already defined differently/)
})

t.test('another version may define what this one has as its own, and in columns that this one lacks', async t => {
  definitions.set('MODEL_NOT_FOUND', { status: 410, message: 'Redefined' })
  definitions.set('OF_A_NEWER_VERSION', { status: 409, message: 'Newer', docs: 'https://docs.example' } as ErrorDefinition)
  t.equal(statusOf(ours, 'MODEL_NOT_FOUND'), 404)
  t.equal(ours.errorCatalog.MODEL_NOT_FOUND.message, 'The model does not exist')
  t.equal(statusOf(ours, 'OF_A_NEWER_VERSION'), 409)
  t.doesNotThrow(() => defineWith(ours, 'OF_A_NEWER_VERSION', { status: 409, message: 'Newer' }))
})

t.test('a service with the plugin of one copy sends, declares and documents the codes and errors of the other', async t => {
  defineWith(copy, 'SERVED_BY_BOTH', { status: 409, message: 'Defined by the copy' })
  const code = 'SERVED_BY_BOTH' as 'CONFLICT'
  const service = await serve(t, app => {
    app.get('/reply', { config: { scaiErrors: { codes: [code] } } }, (_request, reply) => reply.scaiError(code))
    app.get('/throw', {
      schema: { response: copy.errorResponses(code) },
      config: { scaiErrors: { codes: [] } }
    }, async () => { throw new copy.ScaiError(code) })
    app.get('/mistake', (_request, reply) => reply.scaiError('SERVED_BY_BOHT' as 'CONFLICT'))
  })
  for (const path of ['/reply', '/throw']) {
    const { status, body } = await service.request(path)
    t.equal(status, 409)
    t.match(body.error, { code, message: 'Defined by the copy' })
  }
  t.notOk(service.log.some(({ event }) => event === 'undocumented_error'))
  t.equal((await service.request('/mistake')).status, 500)
  t.match(service.errorLines().at(-1)?.err?.message, /'SERVED_BY_BOHT': did you mean 'SERVED_BY_BOTH'\?/)
})

t.test('the options of one copy find the plugin of the other, and a server whose options went through both is one', async t => {
  const warnings = t.capture(process, 'emitWarning', () => {}).args
  const service = await serve(t, app => app.get('/', async () => 'ok'), { server: copy.scaiServerOptions() as {} })
  t.equal((await service.request('/')).status, 200)
  t.strictSame(warnings(), [])
})
