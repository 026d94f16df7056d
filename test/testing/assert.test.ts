import { AssertionError } from 'node:assert'
import Fastify from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, errorCatalog, scaiServerOptions } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { assertError } from '../../src/testing.js'
import type { ExpectedError, InjectedResponse } from '../../src/testing.js'
import { serve } from '../fixtures/service.js'

const DETAILS = [{ field: 'messages.0.role', message: 'is required' }, { field: 'model', message: 'must be string' }]

t.test('every code of the catalog, as it is sent, is accepted over inject and over fetch', async t => {
  const { app, url } = await serve(t, app => app.get('/:code', async (request, reply) => {
    const { code } = request.params as { code: 'VALIDATION_ERROR' }
    return reply.scaiError(code, { details: DETAILS, retryAfter: 3 } as never)
  }))
  for (const [code, entry] of Object.entries(errorCatalog) as Array<[ScaiErrorCode, { retryAfter: string, details: string }]>) {
    const expected: ExpectedError = {
      ...entry.details !== 'never' && { details: DETAILS },
      ...entry.retryAfter !== 'never' && { retryAfter: 3 },
      message: errorCatalog[code].message
    }
    const injected = await assertError(await app.inject(`/${code}`), code, expected)
    t.equal(injected.error.code, code)
    // undici rejects a 407, as browsers do.
    if (code === 'PROXY_AUTHENTICATION_REQUIRED') continue
    const fetched = await assertError(
      await fetch(`${url}/${code}`),
      code,
      entry.details === 'never' ? {} : { details: ['messages.0.role', 'model'] }
    )
    t.match(fetched.meta.request_id, /^req_/)
  }
})

t.test('an error that is narrowed to "no", another scheme\'s challenge, and a service without x-should-retry are accepted', async t => {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors, { shouldRetryHeader: false })
  app.get('/', async (_request, reply) =>
    reply.header('www-authenticate', 'Basic realm="x"').scaiError('AUTH_TOKEN_MISSING', { message: 'Who is there?' }))
  await assertError(await app.inject('/'), 'AUTH_TOKEN_MISSING', { shouldRetryHeader: false, message: /^Who/ })
  t.ok(await assertError(responseOf('BACKEND_ERROR', { headers: { 'x-should-retry': 'false' } }), 'BACKEND_ERROR'))
})

/** An envelope that anything can be done to. */
interface Envelope {
  [key: string]: unknown
  error: { [key: string]: unknown, details: Array<Record<string, unknown>> }
  meta: Record<string, unknown>
}

/** An answer that is almost right. */
interface Almost {
  title: string
  /** @default 'MODEL_NOT_FOUND' */
  code?: ScaiErrorCode
  status?: number
  /** Headers that differ; `undefined` for one that is missing. */
  headers?: Record<string, string | undefined>
  /** Changes the envelope, or is the whole body. */
  body?: string | ((envelope: Envelope) => unknown)
  expected?: ExpectedError
  problem: RegExp
}

const ALMOST: Almost[] = [
  { title: 'another status', status: 400, problem: /the status must be 404 for MODEL_NOT_FOUND, got 400/ },
  { title: 'a success', status: 200, problem: /the status must be 404 for MODEL_NOT_FOUND, got 200/ },
  {
    title: 'another code of the same status',
    body: e => { e.error.code = 'USER_NOT_FOUND' },
    problem: /error\.code must be 'MODEL_NOT_FOUND', got 'USER_NOT_FOUND'/
  },
  { title: 'no code', body: e => { delete e.error.code }, problem: /error must have the keys code, message, in this order, got message/ },
  { title: 'no message', body: e => { delete e.error.message }, problem: /error must have the keys code, message/ },
  { title: 'an empty message', body: e => { e.error.message = '' }, problem: /error\.message must be a non-empty string, got ''/ },
  { title: 'a message that is no text', body: e => { e.error.message = 1 }, problem: /error\.message must be a non-empty string, got 1/ },
  { title: 'another message', expected: { message: 'Gone' }, problem: /error\.message must be 'Gone', got 'The model does not exist'/ },
  { title: 'a message that doesn\'t match', expected: { message: /gone/ }, problem: /error\.message must match \/gone\/, got 'The model/ },
  {
    title: 'one key more',
    body: e => { e.extra = 1 },
    problem: /the body must have the keys status, error, meta, in this order, got status, error, meta, extra/
  },
  {
    title: 'keys in another order',
    body: e => ({ error: e.error, status: e.status, meta: e.meta }),
    problem: /in this order, got error, status, meta/
  },
  {
    title: 'an error with one key more',
    body: e => { e.error.stack = 'at x' },
    problem: /error must have the keys code, message, in this order, got code, message, stack/
  },
  {
    title: 'details before retry_after',
    code: 'SERVICE_UNAVAILABLE',
    body: e => { e.error.details = []; e.error.retry_after = 1 },
    problem: /keys code, message, retry_after, details/
  },
  {
    title: 'an error that is a text',
    body: e => { Object.assign(e, { error: 'MODEL_NOT_FOUND' }) },
    problem: /error must be an object, got 'MODEL_NOT_FOUND'/
  },
  { title: 'a meta with one key more', body: e => { e.meta.at = 1 }, problem: /meta must have the keys request_id/ },
  {
    title: 'no meta',
    body: e => { Reflect.deleteProperty(e, 'meta') },
    problem: /keys status, error, meta, in this order, got status, error/
  },
  { title: 'a status that isn\'t "error"', body: e => { e.status = 'fail' }, problem: /status must be 'error', got 'fail'/ },
  {
    title: 'another id in the body',
    body: e => { e.meta.request_id = 'req_b' },
    problem: /meta\.request_id must be 'req_a', the header x-request-id, got 'req_b'/
  },
  {
    title: 'an id in another form',
    headers: { 'x-request-id': '7' },
    body: e => { e.meta.request_id = '7' },
    problem: /x-request-id must be an id like req_…, got '7'/
  },
  { title: 'no id in the header', headers: { 'x-request-id': undefined }, problem: /x-request-id must be an id like req_…, got undefined/ },
  {
    title: 'a content type without its charset',
    headers: { 'content-type': 'application/json' },
    problem: /content-type must be 'application\/json; charset=utf-8', got 'application\/json'/
  },
  { title: 'a cacheable response', headers: { 'cache-control': undefined }, problem: /cache-control must be 'no-store', got undefined/ },
  {
    title: 'no x-should-retry',
    headers: { 'x-should-retry': undefined },
    problem: /x-should-retry must be 'false' for MODEL_NOT_FOUND, got undefined/
  },
  {
    title: 'an x-should-retry of another class',
    headers: { 'x-should-retry': 'true' },
    problem: /x-should-retry must be 'false' for MODEL_NOT_FOUND, got 'true'/
  },
  {
    title: 'an x-should-retry where the class leaves it open',
    code: 'BACKEND_ERROR',
    headers: { 'x-should-retry': 'true' },
    problem: /x-should-retry must be absent or 'false' for BACKEND_ERROR, got 'true'/
  },
  {
    title: 'no retry_after where it is required',
    code: 'RATE_LIMITED',
    body: e => { delete e.error.retry_after },
    headers: { 'retry-after': undefined },
    problem: /error\.retry_after must be there for RATE_LIMITED/
  },
  {
    title: 'a Retry-After that the body lacks',
    headers: { 'retry-after': '3' },
    problem: /retry-after must be absent, as error\.retry_after, got '3'/
  },
  {
    title: 'a retry_after that the header lacks',
    code: 'RATE_LIMITED',
    headers: { 'retry-after': undefined },
    problem: /retry-after must be '1', as error\.retry_after, got undefined/
  },
  {
    title: 'a Retry-After that is a date',
    code: 'RATE_LIMITED',
    headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' },
    problem: /retry-after must be '1'/
  },
  {
    title: 'a retry_after with a fraction',
    code: 'RATE_LIMITED',
    body: e => { e.error.retry_after = 1.5 },
    headers: { 'retry-after': '1.5' },
    problem: /error\.retry_after must be whole seconds ≥ 0, got 1\.5/
  },
  {
    title: 'a retry_after that is a text',
    code: 'RATE_LIMITED',
    body: e => { e.error.retry_after = '1' },
    problem: /error\.retry_after must be whole seconds ≥ 0, got '1'/
  },
  {
    title: 'a retry_after of a code that has none',
    body: e => { e.error.retry_after = 1 },
    headers: { 'retry-after': '1' },
    problem: /error\.retry_after must not be there for MODEL_NOT_FOUND/
  },
  { title: 'another delay', code: 'RATE_LIMITED', expected: { retryAfter: 9 }, problem: /error\.retry_after must be 9, got 1/ },
  {
    title: 'no challenge',
    code: 'AUTH_TOKEN_MISSING',
    headers: { 'www-authenticate': undefined },
    problem: /www-authenticate must be 'Bearer' for AUTH_TOKEN_MISSING, got undefined/
  },
  {
    title: 'the challenge of another code',
    code: 'AUTH_TOKEN_MISSING',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    problem: /www-authenticate must be 'Bearer' for AUTH_TOKEN_MISSING, got 'Bearer error="invalid_token"'/
  },
  {
    title: 'a challenge where there is none',
    headers: { 'www-authenticate': 'Bearer' },
    problem: /www-authenticate must be absent for MODEL_NOT_FOUND, got 'Bearer'/
  },
  {
    title: 'no details where they are required',
    code: 'VALIDATION_ERROR',
    body: e => { Reflect.deleteProperty(e.error, 'details') },
    problem: /error\.details must be there for VALIDATION_ERROR/
  },
  { title: 'no details where they are expected', expected: { details: ['a'] }, problem: /error\.details must be there\n/ },
  {
    title: 'empty details',
    code: 'VALIDATION_ERROR',
    body: e => { e.error.details = [] },
    problem: /error\.details must be a list that is not empty, got \[\]/
  },
  {
    title: 'details of a code that has none',
    body: e => { e.error.details = DETAILS },
    problem: /error\.details must not be there for MODEL_NOT_FOUND/
  },
  {
    title: 'details that are texts',
    code: 'VALIDATION_ERROR',
    body: e => { e.error['details'] = ['model'] as never },
    problem: /error\.details\[0\] must be an object, got 'model'/
  },
  {
    title: 'a detail with one key more',
    code: 'VALIDATION_ERROR',
    body: e => { e.error.details[0]!.value = 1 },
    problem: /error\.details\[0\] must have the keys field, message, in this order, got field, message, value/
  },
  {
    title: 'a detail without a field',
    code: 'VALIDATION_ERROR',
    body: e => { e.error.details[0]!.field = '' },
    problem: /error\.details\[0\]\.field must be a string of 1 to 256 characters, got ''/
  },
  {
    title: 'a detail that is too long',
    code: 'VALIDATION_ERROR',
    body: e => { e.error.details[0]!.message = 'x'.repeat(400) },
    problem: /error\.details\[0\]\.message must be a string of 1 to 256 characters, got 'x{300}'… \(400 characters\)/
  },
  {
    title: 'other fields',
    code: 'VALIDATION_ERROR',
    expected: { details: ['model', 'messages.0.role'] },
    problem: /error\.details must be \[ 'model', 'messages\.0\.role' \], got \[ 'messages\.0\.role', 'model' \]/
  },
  {
    title: 'more details',
    code: 'VALIDATION_ERROR',
    expected: { details: ['messages.0.role'] },
    problem: /error\.details must be \[ 'messages\.0\.role' \], got \[ 'messages\.0\.role', 'model' \]/
  },
  {
    title: 'another message of a detail',
    code: 'VALIDATION_ERROR',
    expected: { details: [{ field: 'messages.0.role', message: 'no' }] },
    problem: /error\.details must be \[ \{ field: 'messages\.0\.role', message: 'no' \} \], got/
  },
  { title: 'a body that is no JSON', body: 'Not found', problem: /the body must be the envelope, got 'Not found'/ },
  { title: 'no body', body: '', problem: /the body must be the envelope, got ''/ },
  { title: 'a body that is a list', body: '[]', problem: /the body must be the envelope, got '\[\]'/ },
  {
    title: 'Fastify\'s own body',
    body: '{"statusCode":404,"error":"Not Found","message":"x"}',
    problem: /the body must have the keys status, error, meta, in this order, got statusCode, error, message/
  },
  {
    title: 'a key twice',
    body: e => JSON.stringify(e).replace('"status":', '"status":"error","status":'),
    problem: /written as JSON\.stringify does, each key once/
  },
  { title: 'blanks', body: e => JSON.stringify(e, null, 1), problem: /written as JSON\.stringify does/ }
]

for (const { title, code = 'MODEL_NOT_FOUND', expected, problem, ...almost } of ALMOST) {
  t.test(`refused: ${title}`, async t => {
    const error = await t.rejects(assertError(responseOf(code, almost), code, expected), {
      name: 'AssertionError',
      code: 'ERR_ASSERTION',
      message: problem
    })
    t.ok(error)
  })
}

t.test('all differences are reported together, with the response', async t => {
  const promise = assertError(responseOf('MODEL_NOT_FOUND', { status: 500, headers: { 'cache-control': 'public' } }), 'MODEL_NOT_FOUND')
  const error = await promise.catch((error: unknown) => error as AssertionError)
  t.ok(error instanceof AssertionError)
  t.match(
    (error as AssertionError).message,
    /^The response is not the envelope of MODEL_NOT_FOUND:\n- the status .*\n- the header cache-control .*\nIt was 500 '{"status":"error"/
  )
})

t.test('an unknown code or option, or a value that is no response, is a mistake in the test', async t => {
  await t.rejects(assertError(
    responseOf('MODEL_NOT_FOUND'),
    'MODEL_NOT_FUND' as 'MODEL_NOT_FOUND'
  ), { name: 'TypeError', message: /'MODEL_NOT_FUND'/ })
  await t.rejects(assertError(responseOf('MODEL_NOT_FOUND'), 'MODEL_NOT_FOUND', { detail: ['a'] } as never), {
    name: 'TypeError',
    message: "assertError: unknown option 'detail': did you mean 'details'?"
  })
  for (const value of [new Promise(() => {}), { statusCode: 404 }, {}]) {
    await t.rejects(assertError(value as never, 'MODEL_NOT_FOUND'), {
      name: 'TypeError',
      message: /expected a response of app\.inject\(\) or of fetch, got .*: is an await missing\?/s
    })
  }
})

/** The response of this code, with what is almost right about it. */
function responseOf (code: ScaiErrorCode, { status, headers = {}, body }: Omit<Almost, 'title' | 'problem'> = {}): InjectedResponse {
  const { challenge, retry, retryAfter } = errorCatalog[code]
  const envelope = {
    status: 'error',
    error: new ScaiError(code, { details: structuredClone(DETAILS), ...retryAfter === 'required' && { retryAfter: 1 } } as never).toJSON(),
    meta: { request_id: 'req_a' }
  }
  const changed = typeof body === 'function' ? body(envelope as unknown as Envelope) ?? envelope : body ?? envelope
  const all = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': 'req_a',
    ...retryAfter === 'required' && { 'retry-after': '1' },
    ...retry === 'yes' && { 'x-should-retry': 'true' },
    ...retry === 'no' && { 'x-should-retry': 'false' },
    ...challenge !== false && { 'www-authenticate': challenge },
    ...headers
  }
  return {
    statusCode: status ?? errorCatalog[code].status,
    headers: all,
    payload: typeof changed === 'string' ? changed : JSON.stringify(changed)
  }
}
