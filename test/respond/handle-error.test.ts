import type { FastifyInstance } from 'fastify'
import t from 'tap'
import type { ScaiErrorCode } from '../../src/index.js'
import { HttpException } from '../fixtures/http-exception.js'
import { serve } from '../fixtures/service.js'
import type { Init } from '../fixtures/service.js'

const SECRET = 'hunter2'

const exceptions: Record<string, [thrown: unknown, code: ScaiErrorCode]> = {
  'a text': [new HttpException(SECRET, 409), 'CONFLICT'],
  'an object': [new HttpException({ statusCode: 409, message: SECRET, error: 'Conflict' }, 409), 'CONFLICT'],
  'an object that says nothing of it': [new HttpException({ why: SECRET }, 400), 'BAD_REQUEST'],
  'a limit': [new HttpException({ statusCode: 429, error: { code: 'insufficient_quota' } }, 429), 'RATE_LIMITED'],
  'a service that is down': [new HttpException({ statusCode: 503, message: SECRET }, 503), 'SERVICE_UNAVAILABLE'],
  'what a known route doesn\'t find': [new HttpException(SECRET, 404), 'NOT_FOUND']
}

/** Answers errors as NestJS does whose filters throw them again: by an exception of its own, where they are Fastify's. */
function behaveAsNest (app: FastifyInstance): void {
  app.setErrorHandler(async (error: Error & { statusCode?: number }) => {
    throw error.name === 'FastifyError' ? new HttpException(error.message, error.statusCode!) : error
  })
  app.setNotFoundHandler(async ({ method, url }) => { throw new HttpException({ statusCode: 404, message: `Cannot ${method} ${url}` }, 404) })
}

for (const [title, [thrown, code]] of Object.entries(exceptions)) {
  t.test(`an exception of NestJS is told by its status: ${title}`, async t => {
    const { request, errorLines } = await serve(t, app => { app.get('/', async () => { throw thrown }) })
    const { text, body } = await request('/')
    t.equal(body.error.code, code)
    t.notMatch(text, SECRET)
    t.match(errorLines(), [{ code }])
  })
}

t.test('an exception that NestJS made of an error of Fastify is told as that error', async t => {
  const { request, errorLines } = await serve(t, app => {
    behaveAsNest(app)
    app.post('/', async () => 'ok')
  })
  const post = (body: string, type: string): Init => ({ method: 'POST', headers: { 'content-type': type }, body })
  t.match((await request('/', post('{', 'application/json'))).body.error, { code: 'VALIDATION_ERROR', details: [{ field: 'body' }] })
  t.match((await request('/', post('a', 'text/csv'))).body.error, { code: 'UNSUPPORTED_MEDIA_TYPE' })
  t.match(errorLines(), [{ cause: { code: 'FST_ERR_CTP_INVALID_JSON_BODY' } }, { cause: { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' } }])
})

t.test('an exception with another status than the error before it is told by its own', async t => {
  const { request } = await serve(t, app => {
    app.setErrorHandler(async () => { throw new HttpException(SECRET, 409) })
    app.post('/', async () => 'ok')
    app.get('/', async () => { throw Object.assign(new Error(SECRET), { statusCode: 409 }) })
  })
  const { body } = await request('/', { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' })
  t.equal(body.error.code, 'CONFLICT')
  const { text } = await request('/')
  t.notMatch(text, SECRET, 'nor does the error before it count that nobody made to be answered with')
})

t.test('an unknown route of NestJS is told as one of Fastify', async t => {
  const { request, errorLines } = await serve(t, app => {
    behaveAsNest(app)
    app.get('/', async () => 'ok')
  })
  const unknown = await request('/nowhere?hunter2')
  t.match(unknown.body.error, { code: 'NOT_FOUND', message: 'This URL does not exist on this server' })
  const wrong = await request('/', { method: 'DELETE' })
  t.equal(wrong.body.error.code, 'METHOD_NOT_ALLOWED')
  t.equal(wrong.headers.get('allow'), 'GET, HEAD')
  t.match(errorLines(), [{ code: 'NOT_FOUND', url: '/nowhere' }, { code: 'METHOD_NOT_ALLOWED', method: 'DELETE' }])
})

t.test('mapError may tell an unknown route of NestJS in another way', async t => {
  const { request } = await serve(t, behaveAsNest, {
    errors: { mapError: thrown => thrown instanceof HttpException ? 'MODEL_NOT_FOUND' : undefined }
  })
  t.equal((await request('/nowhere')).body.error.code, 'MODEL_NOT_FOUND')
})
