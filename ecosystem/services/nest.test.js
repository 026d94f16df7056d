// The page's program for NestJS, as it stands, and with a controller that throws all sorts of errors.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { versionOf } from '../version.js'
import { programUnder } from './page.js'
import { runProgram, startProgram, typeErrors } from './program.js'
import { SECRET, post } from './service.js'

const program = programUnder('NestJS')
const throwing = await readFile(new URL('throwing.ts', import.meta.url), 'utf8')

const unfilled = [{ field: 'email', message: 'email must be an email' }, { field: 'seats', message: 'seats must be an integer number' }]

/** What is sent where, and the code of the answer. */
const rows = {
  'a coded error': ['/throw/coded', 'BACKEND_RATE_LIMITED', { retry_after: 30 }],
  'a coded error with details': ['/throw/detailed', 'VALIDATION_ERROR', { details: [{ field: 'slug', message: 'must be known' }] }],
  'an exception with a text, 400': ['/throw/400', 'BAD_REQUEST'],
  'an exception with an object, 400': ['/throw/object-400', 'BAD_REQUEST'],
  'an exception without a text, 404': ['/throw/404', 'NOT_FOUND'],
  'an exception with a text, 409': ['/throw/409', 'CONFLICT'],
  'an exception with an object, 409': ['/throw/object-409', 'CONFLICT'],
  'an exception with a text, 429': ['/throw/429', 'RATE_LIMITED', { retry_after: 1 }],
  'an exception with an object, 429': ['/throw/object-429', 'RATE_LIMITED', { retry_after: 1 }],
  'an exception with a text, 503': ['/throw/503', 'SERVICE_UNAVAILABLE'],
  'an exception with an object, 503': ['/throw/object-503', 'SERVICE_UNAVAILABLE'],
  'an exception with a cause': ['/throw/caused', 'SERVICE_UNAVAILABLE'],
  'an exception that says to expose it': ['/throw/exposed', 'NOT_FOUND', { message: 'No such model' }],
  'a failure behind us': ['/throw/upstream', 'BACKEND_ERROR'],
  'an error that nobody foresaw': ['/throw/plain', 'INTERNAL_ERROR'],
  'an error that nobody foresaw, in an async handler': ['/reject/plain', 'INTERNAL_ERROR'],
  'an exception in an async handler': ['/reject/409', 'CONFLICT'],
  'a text that is thrown': ['/throw/text', 'INTERNAL_ERROR'],
  'a coded error in a middleware': ['/behind/coded', 'BACKEND_RATE_LIMITED', { retry_after: 30 }],
  'an exception in a middleware': ['/behind/409', 'CONFLICT'],
  'an error that nobody foresaw, in a middleware': ['/behind/plain', 'INTERNAL_ERROR'],
  'a guard that refuses': ['/guarded', 'AUTHZ_PERMISSION_DENIED'],
  'an interceptor that fails': ['/intercepted', 'MODEL_ACCESS_DENIED'],
  'a filter of its own': ['/filtered', 'BAD_REQUEST'],
  'a pipe that refuses': ['/number/hunter2', 'BAD_REQUEST'],
  'a body that ValidationPipe refuses': ['/models/small/invitations', 'VALIDATION_ERROR', { details: unfilled }, post('{"email":"hunter2"}')],
  'no body at all': ['/models/small/invitations', 'VALIDATION_ERROR', { details: unfilled }, { method: 'POST' }],
  'a nested body that ValidationPipe refuses': ['/messages', 'VALIDATION_ERROR', {
    details: [{ field: 'parts.1.type', message: 'type must be one of the following values: text, image' }]
  }, post('{"seed":1,"parts":[{"type":"text"},{"type":"hunter2"}]}')],
  'a malformed body': ['/messages', 'VALIDATION_ERROR', { details: [{ field: 'body', message: 'must be valid JSON' }] }, post('{"hunter2')],
  'an unknown media type': ['/messages', 'UNSUPPORTED_MEDIA_TYPE', {}, post('hunter2', 'text/csv')],
  'a badly encoded URL': ['/%zz', 'BAD_REQUEST'],
  'an unknown route': ['/nowhere?hunter2', 'NOT_FOUND', { message: 'This URL does not exist on this server' }],
  'a wrong method': ['/messages', 'METHOD_NOT_ALLOWED', {}, { method: 'DELETE' }]
}

for (const folder of ['nest-11', 'nest-12']) {
  const version = versionIn(folder)

  test(`NestJS ${version}`, async t => {
    const { url, read } = await startProgram(t, folder, {
      'app.ts': `import { OwnFilter, Throwing, WithMiddleware } from './throwing.js'\n${extended(program)}`,
      'throwing.ts': throwing
    })
    const answered = []
    for (const [title, [path, code, expected = {}, init]] of Object.entries(rows)) {
      await t.test(title, async () => {
        const response = await fetch(url + path, init)
        const body = await response.text()
        assert.ok(!body.includes(SECRET), body)
        const { status, error, meta: { request_id: id }, ...rest } = JSON.parse(body)
        const { message, ...told } = { ...error, ...expected }
        assert.deepEqual({ status, error, rest }, { status: 'error', error: { message: error.message, ...expected, code }, rest: {} }, body)
        assert.equal(response.headers.get('retry-after'), told.retry_after?.toString() ?? null)
        answered.push({ id, code, status: response.status })
      })
    }
    await t.test('a stream that fails', async () => {
      const response = await fetch(`${url}/stream`)
      answered.push({ id: response.headers.get('x-request-id'), code: 'INTERNAL_ERROR', status: 500 })
      assert.match(await response.text(), /^data: {"token":"a"}\n\nevent: error\ndata: {"code":"INTERNAL_ERROR",.+}\n\ndata: \[DONE\]\n\n$/)
    })
    await t.test('each of them is one line of the log', async () => {
      const logged = (await read()).filter(({ event }) => event !== undefined)
      assert.deepEqual(logged.map(({ request_id: id, code, status }) => ({ id, code, status })), answered)
    })
  })

  test(`NestJS ${version} (the program of the page as it stands)`, async t => {
    const { url } = await startProgram(t, folder, { 'app.ts': program })
    await t.test('compiles', () => {
      assert.deepEqual(typeErrors(t, folder, '@nestjs/platform-fastify', program), [])
    })
    await t.test('keeps the contract, whatever goes wrong', async () => {
      const lines = await runProgram(t, folder, { 'app.ts': checked(program) })
      assert.deepEqual(lines.filter(line => line.startsWith('violations:')), ['violations: []'])
    })
    await t.test('answers', async () => {
      assert.deepEqual(await (await fetch(`${url}/models/small`)).json(), { slug: 'small' })
    })
    await t.test('answers with an error', async () => {
      const { error } = await (await fetch(`${url}/models/busy`)).json()
      assert.deepEqual(error, { code: 'BACKEND_RATE_LIMITED', message: 'The upstream provider is rate limiting requests', retry_after: 30 })
    })
  })
}

/** One of the two versions is installed in its folder, the other one above it. */
function versionIn (folder) {
  const url = new URL(`${folder}/`, import.meta.url)
  return versionOf('@nestjs/core', existsSync(new URL('node_modules/@nestjs/core', url)) ? url : import.meta.url)
}

/** The page's program, which in place of listening says what breaks the contract. */
function checked (program) {
  const listening = /^await app\.listen\(.+\)$/m
  assert.match(program, listening)
  return program.replace(listening, `await app.init()
    const { checkConformance } = await import('fastify-scai-errors/testing')
    console.log('violations:', JSON.stringify(await checkConformance(app.getHttpAdapter().getInstance(), { patience: 60_000 })))
    process.exit()`)
}

/** The page's program with one more controller, a middleware, and a filter of its own. */
function extended (program) {
  const changes = [
    ['[ModelsController]', '[ModelsController, Throwing]'],
    ['class AppModule {', 'class AppModule extends WithMiddleware {'],
    ['useGlobalFilters({ catch (thrown) { throw thrown } })', 'useGlobalFilters({ catch (thrown) { throw thrown } }, new OwnFilter())']
  ]
  return changes.reduce((text, [before, after]) => {
    assert.ok(text.includes(before))
    return text.replace(before, after)
  }, program)
}
