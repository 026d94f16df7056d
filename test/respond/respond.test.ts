import { request as httpRequest } from 'node:http'
import { Type } from '@sinclair/typebox'
import createHttpError from 'http-errors'
import t from 'tap'
import { ScaiError, errorCatalog } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { HTTP_CODES, MODULE_CODES, REFERENCE_CODES } from '../fixtures/reference-codes.js'
import { serve } from '../fixtures/service.js'

const REQUEST_ID = /req_[A-Za-z0-9_-]{1,64}/
const CODES = Object.entries({ ...REFERENCE_CODES, ...MODULE_CODES, ...HTTP_CODES }) as Array<[ScaiErrorCode, number]>
/** The statuses that may carry retry_after. */
const RETRYABLE = [429, 502, 503, 504]

/** What is documented to go over the wire for an error with the catalog's message. */
function documented (code: ScaiErrorCode, status: number, id: string): string {
  const retryAfter = RETRYABLE.includes(status) ? ',"retry_after":7' : ''
  const details = code === 'VALIDATION_ERROR' ? ',"details":[{"field":"a","message":"is required"}]' : ''
  return `{"status":"error","error":{"code":"${code}","message":${JSON.stringify(errorCatalog[code].message)}${retryAfter}${details}},"meta":{"request_id":"${id}"}}`
}

t.test('each code, thrown and replied, gives exactly the documented bytes', async t => {
  const options = { retryAfter: 7, details: [{ field: 'a', message: 'is required' }] } as never
  const { request } = await serve(t, app => {
    app.get<{ Params: { code: ScaiErrorCode } }>('/thrown/:code', async ({ params: { code } }) => { throw new ScaiError(code, options) })
    app.get<{ Params: { code: ScaiErrorCode } }>('/replied/:code', (request, reply) => reply.scaiError(request.params.code, options))
  })
  for (const [code, status] of CODES) {
    for (const way of ['thrown', 'replied']) {
      const answer = await request(`/${way}/${code}`)
      const id = REQUEST_ID.exec(answer.text)?.[0] ?? 'none'
      t.equal(answer.status, status, `${code} ${way}: status`)
      t.equal(answer.text, documented(code, status, id), `${code} ${way}: body`)
      t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', `${code} ${way}: content type`)
      t.equal(answer.headers.get('x-request-id'), id, `${code} ${way}: id`)
      t.equal(answer.headers.get('retry-after'), RETRYABLE.includes(status) ? '7' : null, `${code} ${way}: Retry-After`)
      t.equal(answer.headers.get('cache-control'), 'no-store', `${code} ${way}: not cached`)
    }
  }
})

t.test('without the optional retry_after, there is no header either', async t => {
  const { request } = await serve(t, app => app.get('/', async () => { throw new ScaiError('SERVICE_UNAVAILABLE') }))
  const { headers, body } = await request('/')
  t.strictSame(Object.keys(body.error), ['code', 'message'])
  t.notOk(headers.has('retry-after'))
})

for (const [code, challenge] of [
  ['AUTH_TOKEN_MISSING', 'Bearer'],
  ['AUTH_FLOW_INVALID', 'Bearer'],
  ['AUTH_TOKEN_INVALID', 'Bearer error="invalid_token"'],
  ['SESSION_EXPIRED', 'Bearer error="invalid_token"'],
  ['SERVICE_TOKEN_INVALID', 'Bearer error="invalid_token"'],
  ['WEBHOOK_VERIFICATION_ERROR', null],
  ['AUTH_INSUFFICIENT_SCOPE', 'Bearer error="insufficient_scope"'],
  ['AUTHZ_PERMISSION_DENIED', null]
] as const) {
  t.test(`${code} is sent with ${challenge === null ? 'no challenge' : `the challenge ${challenge}`}`, async t => {
    const { request } = await serve(t, app => app.get('/', (_request, reply) => reply.scaiError(code)))
    t.equal((await request('/')).headers.get('www-authenticate'), challenge)
  })
}

t.test('a challenge that is already there stays', async t => {
  const { request } = await serve(t, app =>
    app.get('/', (_request, reply) => reply.header('www-authenticate', 'Basic realm="a"').scaiError('AUTH_TOKEN_MISSING')))
  t.equal((await request('/')).headers.get('www-authenticate'), 'Basic realm="a"')
})

t.test('an empty challenge does not count', async t => {
  for (const nothing of ['', []]) {
    const { request } = await serve(t, app => {
      app.get('/reply', (_request, reply) => reply.header('www-authenticate', nothing).scaiError('AUTH_TOKEN_MISSING'))
      app.get('/error', async () => { throw new ScaiError('AUTH_TOKEN_MISSING', { headers: { 'www-authenticate': nothing as string } }) })
    })
    for (const path of ['/reply', '/error']) t.equal((await request(path)).headers.get('www-authenticate'), 'Bearer', path)
  }
})

t.test('an error\'s headers cannot set x-should-retry', async t => {
  const { request } = await serve(t, app => app.get('/', async () => {
    throw Object.assign(new Error('Not yet'), { statusCode: 424, expose: true, headers: { 'x-should-retry': 'true', 'x-own': '1' } })
  }))
  const { headers } = await request('/')
  t.strictSame([headers.get('x-should-retry'), headers.get('x-own')], [null, '1'])
})

for (const [code, shouldRetry] of [
  ['BACKEND_TIMEOUT', 'true'],
  ['MODEL_NOT_FOUND', 'false'],
  ['INTERNAL_ERROR', 'false'],
  ['BACKEND_ERROR', null],
  ['MODEL_UNAVAILABLE', null]
] as const) {
  t.test(`${code} says ${shouldRetry === null ? 'nothing' : shouldRetry} in x-should-retry`, async t => {
    const { request } = await serve(t, app => app.get('/', (_request, reply) => reply.header('x-should-retry', 'stale').scaiError(code)))
    t.equal((await request('/')).headers.get('x-should-retry'), shouldRetry)
  })
}

t.test('shouldRetryHeader: false leaves x-should-retry out, and only that', async t => {
  const { request } = await serve(t, app =>
    app.get('/', (_request, reply) => reply.scaiError('RATE_LIMITED', { retryAfter: 7 })), { errors: { shouldRetryHeader: false } })
  const { headers } = await request('/')
  t.notOk(headers.has('x-should-retry'))
  t.equal(headers.get('retry-after'), '7')
})

t.test('a Retry-After that is on the reply', async t => {
  const { request } = await serve(t, app => {
    const route = (path: string, header: unknown, error: () => Error) =>
      app.get(path, async (_request, reply) => { reply.header('retry-after', header); throw error() })
    route('/foreign', 30, () => createHttpError(429))
    route('/date', new Date(Date.now() + 59_500).toUTCString(), () => createHttpError(503))
    route('/default', '30', () => new ScaiError('RATE_LIMITED', {} as never))
    route('/longer', '30', () => new ScaiError('RATE_LIMITED', { retryAfter: 5 }))
    route('/shorter', '30', () => new ScaiError('RATE_LIMITED', { retryAfter: 60 }))
    route('/junk', 'soon', () => new ScaiError('RATE_LIMITED', { retryAfter: 5 }))
    route('/elsewhere', '30', () => new ScaiError('MODEL_NOT_FOUND'))
    app.get('/own', async () => { throw createHttpError(503, { expose: true, headers: { 'Retry-After': '12' } }) })
  })
  for (const [path, expected] of [
    ['/foreign', 30], ['/default', 30], ['/longer', 30], ['/shorter', 60], ['/junk', 5], ['/own', 12], ['/elsewhere', undefined]
  ] as const) {
    const { headers, body } = await request(path)
    t.equal(body.error.retry_after, expected, `${path}: in the body`)
    t.equal(headers.get('retry-after'), expected === undefined ? null : String(expected), `${path}: in the header`)
  }
  const { headers, body } = await request('/date')
  t.ok([59, 60].includes(body.error.retry_after!), 'a date becomes seconds')
  t.equal(headers.get('retry-after'), String(body.error.retry_after))
})

t.test('headers of the replaced body are dropped, the others stay', async t => {
  const stale = {
    'content-encoding': 'gzip',
    'content-length': '3',
    'content-disposition': 'attachment',
    'content-language': 'de',
    'content-range': 'bytes 0-1/2',
    etag: '"a"',
    'last-modified': new Date(0).toUTCString(),
    expires: new Date(0).toUTCString(),
    'accept-ranges': 'bytes'
  }
  const { request } = await serve(t, app => {
    app.get('/reply', async (_request, reply) => {
      reply.headers({ ...stale, 'cache-control': 'max-age=60', 'content-type': 'text/csv', vary: 'origin', 'set-cookie': 'a=b' })
      throw new ScaiError('MODEL_NOT_FOUND')
    })
    app.get('/raw', async (_request, reply) => {
      for (const [name, value] of Object.entries({ ...stale, 'content-type': 'text/csv', vary: 'origin' })) reply.raw.setHeader(name, value)
      throw new ScaiError('MODEL_NOT_FOUND')
    })
  })
  for (const path of ['/reply', '/raw']) {
    const { headers, body } = await request(path)
    t.equal(body.error.code, 'MODEL_NOT_FOUND', path)
    for (const name of Object.keys(stale)) t.not(headers.get(name), stale[name as keyof typeof stale], `${path}: ${name}`)
    t.equal(headers.get('content-type'), 'application/json; charset=utf-8')
    t.equal(headers.get('cache-control'), 'no-store')
    t.equal(headers.get('vary'), 'origin')
  }
  t.equal((await request('/reply')).headers.get('set-cookie'), 'a=b')
})

t.test('an invalid header that was set earlier, or comes with the error, is dropped', async t => {
  const { request } = await serve(t, app => {
    app.get('/', async (_request, reply) => {
      reply.header('x-broken', 'a\nb').header('bad name', 'x')
      throw new ScaiError('MODEL_NOT_FOUND', {
        headers: {
          'x-split': 'a\r\nset-cookie: b',
          'x y': 'z',
          'x-good': 'ü'.normalize('NFC'),
          'x-list': ['a', 'b']
        }
      })
    })
  })
  const { status, headers, body } = await request('/')
  t.equal(status, 404)
  t.equal(body.error.code, 'MODEL_NOT_FOUND')
  for (const name of ['x-broken', 'x-split', 'set-cookie']) t.notOk(headers.has(name), name)
  t.ok(headers.has('x-good'))
  t.equal(headers.get('x-list'), 'a, b')
})

t.test('an error sets its own headers, but not those that frame the body', async t => {
  const headers = {
    'Content-Length': '1',
    'content-type': 'text/html',
    'Content-Encoding': 'br',
    'transfer-encoding': 'chunked',
    'x-request-id': 'x',
    'cache-control': 'max-age=60',
    'x-own': 1
  }
  const { request } = await serve(t, app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND', { headers }) }))
  const answer = await request('/')
  t.equal(answer.body.error.code, 'MODEL_NOT_FOUND')
  t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(answer.headers.get('x-request-id'), answer.body.meta.request_id)
  t.notOk(answer.headers.has('content-encoding'))
  t.equal(answer.headers.get('cache-control'), 'max-age=60')
  t.equal(answer.headers.get('x-own'), '1')
})

t.test('schemas, serializers and hooks that rewrite bodies do not change the envelope', async t => {
  const wrong = Type.Object({ error: Type.String(), other: Type.Optional(Type.Number()) })
  const literal = Type.Object({ error: Type.Object({ code: Type.Literal('SOMETHING_ELSE') }) })
  const handler = async () => { throw new ScaiError('MODEL_NOT_FOUND') }
  const { request } = await serve(t, app => {
    app.get('/plain', handler)
    app.get('/schema/404', { schema: { response: { 404: wrong } } }, handler)
    app.get('/schema/4xx', { schema: { response: { '4xx': wrong } } }, handler)
    app.get('/schema/default', { schema: { response: { default: wrong } } }, handler)
    app.get('/schema/literal', { schema: { response: { 404: literal } } }, handler)
    app.get('/schema/null', { schema: { response: { 404: { type: 'null' } } } }, handler)
    app.get('/reply.serializer', async (_request, reply) => { reply.serializer(() => 'rewritten'); throw new ScaiError('MODEL_NOT_FOUND') })
    app.get('/type', async (_request, reply) => { reply.type('text/html'); throw new ScaiError('MODEL_NOT_FOUND') })
    app.get('/serializerCompiler', { schema: { response: { 404: wrong } }, serializerCompiler: () => () => 'rewritten' }, handler)
    app.get('/preSerialization', { preSerialization: async (_request, _reply, payload) => ({ data: payload }) }, handler)
    app.register(async child => {
      child.setReplySerializer(() => 'rewritten')
      child.get('/setReplySerializer', handler)
    })
  })
  const { text: plain } = await request('/plain')
  for (const path of [
    '/schema/404', '/schema/4xx', '/schema/default', '/schema/literal', '/schema/null', '/reply.serializer', '/type',
    '/serializerCompiler', '/preSerialization', '/setReplySerializer'
  ]) {
    const { status, text } = await request(path)
    t.equal(status, 404, path)
    t.equal(text.replace(REQUEST_ID, ''), plain.replace(REQUEST_ID, ''), path)
  }
})

t.test('a HEAD request gets the status and the headers, and no body', async t => {
  const { url } = await serve(t, app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND') }))
  const response = await new Promise<{
    status: number | undefined
    length: string | undefined
    type: string | undefined
    body: string
  }>((resolve, reject) => {
    httpRequest(url, { method: 'HEAD' }, async res => resolve({
      status: res.statusCode, length: res.headers['content-length'], type: res.headers['content-type'], body: (await res.toArray()).join('')
    })).on('error', reject).end()
  })
  t.strictSame(response, { status: 404, length: '139', type: 'application/json; charset=utf-8', body: '' })
})

t.test('a message is escaped', async t => {
  const message = 'a "quoted" \\ text\n with \u2028 ü and \ud800'
  const { request } = await serve(t, app => app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND', { message }) }))
  t.equal((await request('/')).body.error.message, message)
})

t.test('more details than maxDetails are counted in the message', async t => {
  const details = Array.from({ length: 62 }, (_, i) => ({ field: `a.${i}`, message: 'is required' }))
  const throwing = async (maxDetails?: number) => {
    const { request } = await serve(t, app =>
      app.get('/', async () => {
        throw new ScaiError('VALIDATION_ERROR', { details, message: 'No good' })
      }), { errors: maxDetails === undefined ? {} : { maxDetails } })
    return (await request('/')).body.error
  }
  const byDefault = await throwing()
  t.equal(byDefault.details?.length, 50)
  t.equal(byDefault.message, 'No good … (12 more)')
  const two = await throwing(2)
  t.strictSame(two.details, details.slice(0, 2))
  t.equal(two.message, 'No good … (60 more)')
  const all = await throwing(62)
  t.equal(all.details?.length, 62)
  t.equal(all.message, 'No good')
})
