import t from 'tap'
import { errorCatalog, isScaiError } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { fromModule, fromProvider } from '../../src/upstream.js'
import { KINDS } from '../../src/upstream/kinds.js'
import type { UpstreamKind } from '../../src/upstream/kinds.js'
import { SECRET } from '../fixtures/conformance.js'
import { HttpException } from '../fixtures/http-exception.js'
import { serve } from '../fixtures/service.js'
import { answerWith, gateway, leaks } from '../fixtures/upstreams.js'

const message = `No, ${SECRET}`
const answer = (status: number, body?: unknown, headers = {}): Error =>
  Object.assign(new (class APIError extends Error {})(message), { status, headers, error: body })

/** One failure of each kind. */
const examples: Record<UpstreamKind, Error> = {
  unreachable: Object.assign(new Error(message), { code: 'ECONNREFUSED' }),
  timeout: answer(504),
  rateLimited: answer(429, { message }, { 'retry-after': '7' }),
  overloaded: answer(529),
  unpaid: answer(402),
  refusedKey: answer(401, { message, code: 'invalid_api_key' }),
  modelNotFound: answer(404, { message, code: 'model_not_found', param: 'model' }),
  contextLength: answer(400, { message, code: 'context_length_exceeded', param: 'messages' }),
  contentFilter: answer(400, { message, code: 'content_filter', param: 'messages[0].content' }),
  invalidRequest: answer(422, { message, type: 'invalid_request_error', param: 'temperature' }),
  failed: answer(500),
  badShape: new SyntaxError(message),
  ourMistake: new TypeError(message)
}

for (const [kind, thrown] of Object.entries(examples) as Array<[UpstreamKind, Error]>) {
  const { code, retry } = KINDS[kind]
  t.test(`${kind}: ${code}, in the log by its kind, with a retry header by its class`, async t => {
    const ask = await gateway(t)
    const { answer, line } = await ask(async () => { throw thrown })
    t.strictSame([answer.body.error.code, leaks(answer)], [code, []])
    t.match(line, { code, context: { upstream: { kind } } })
    t.equal(answer.headers.get('x-should-retry'), { yes: 'true', no: 'false', once: null, sometimes: null }[retry])
  })

  t.test(`${kind} can get another code`, async t => {
    const error = fromProvider(thrown, { as: { [kind]: 'SERVICE_UNAVAILABLE' } })
    t.match(error, { code: 'SERVICE_UNAVAILABLE', cause: thrown, retry: retry === 'no' ? 'no' : 'yes' })
    t.ok(isScaiError(error), 'a narrowed retry class is no tampering')
  })

  t.test(`${kind} cannot get a code that requires what it never has`, async t => {
    const needs = (Object.keys(errorCatalog) as ScaiErrorCode[]).filter(code => [
      errorCatalog[code].details, errorCatalog[code].retryAfter
    ].includes('required'))
    for (const code of needs) {
      const need = errorCatalog[code].details === 'required' ? 'details' : 'retryAfter'
      const carries = 'carries' in KINDS[kind] ? KINDS[kind].carries : undefined
      const error = fromProvider(thrown, { as: { [kind]: code } })
      if (carries === need) t.equal(error.code, code)
      else t.match(error, { code: 'INTERNAL_ERROR', cause: { message: new RegExp(`^as\\.${kind}: ${code} needs ${need}`), cause: thrown } })
    }
  })
}

t.test('an error that was widened is no ScaiError any more', async t => {
  t.notOk(isScaiError(Object.assign(fromProvider(examples.failed), { retry: 'yes' })))
})

t.test('an invalid request is reported with the field that the provider names', async t => {
  for (const [param, field] of [
    ['temperature', 'temperature'], ['messages[0].content', 'messages.0.content'], ['messages.0.role', 'messages.0.role'],
    [`${SECRET} and more`, 'body'], ['a'.repeat(65), 'body'], [undefined, 'body'], [7, 'body']
  ] as const) {
    const error = fromProvider(answer(400, { message, param }), { as: { invalidRequest: 'VALIDATION_ERROR' } })
    t.strictSame(error.details, [{ field, message: 'was not accepted by the provider' }])
  }
})

t.test('an unknown kind, and an unknown code, are refused', async () => {
  // @ts-expect-error no such kind
  t.match(fromProvider(examples.failed, { as: { broken: 'BACKEND_ERROR' } }), {
    code: 'INTERNAL_ERROR',
    cause: { message: /^as\.broken: unknown kind, expected one of unreachable/ }
  })
  // @ts-expect-error no such code
  t.match(fromProvider(examples.failed, { as: { failed: 'BACKEND_EROR' } }), {
    code: 'INTERNAL_ERROR',
    cause: { message: /^as\.failed: unknown error code 'BACKEND_EROR'/ }
  })
  const misspelt = { aS: { failed: 'BACKEND_ERROR' } }
  // @ts-expect-error no such option
  t.match(fromProvider(examples.failed, misspelt), {
    code: 'INTERNAL_ERROR',
    cause: { message: "fromProvider: unknown option 'aS': did you mean 'as'?", cause: examples.failed }
  })
  // @ts-expect-error needs details
  fromProvider(examples.failed, { as: { rateLimited: 'VALIDATION_ERROR' } })
  // @ts-expect-error needs a delay
  fromProvider(examples.failed, { as: { refusedKey: 'RATE_LIMITED' } })
  fromProvider(examples.failed, { as: { contentFilter: 'VALIDATION_ERROR', rateLimited: 'RATE_LIMITED', overloaded: undefined } })
})

t.test('what a provider says is logged, each string cut to 64 characters', async t => {
  const long = 'c'.repeat(70)
  const error = fromProvider(answer(400, { message, code: long, type: 7, param: 'p' }, { 'x-request-id': long }))
  t.strictSame(error.context, {
    upstream: {
      kind: 'invalidRequest',
      status: 400,
      code: `${'c'.repeat(63)}…`,
      type: '7',
      param: 'p',
      request_id: `${'c'.repeat(63)}…`
    }
  })
})

for (const name of ['x-request-id', 'request-id', 'x-amzn-requestid', 'apim-request-id', 'x-ms-request-id', 'cf-ray']) {
  t.test(`${name} is a request's id`, async t => {
    t.match(fromProvider(answer(500, {}, { [name]: 'upstream-1' })).context, { upstream: { request_id: 'upstream-1' } })
  })
}

t.test('an error that was made for clients is classified as usual', async t => {
  const { default: createError } = await import('http-errors')
  t.match(fromProvider(createError(404, 'No such user')), { code: 'NOT_FOUND', message: 'No such user' })
  t.match(fromProvider(createError(404, 'No', { headers: { allow: 'GET' } })), { code: 'NOT_FOUND' })
  t.match(fromProvider(new HttpException({ statusCode: 404, message: 'hunter2' }, 404)), { code: 'NOT_FOUND', message: errorCatalog.NOT_FOUND.message })
  t.match(fromProvider(createError(503, 'hunter2')), { code: 'SERVICE_UNAVAILABLE', message: errorCatalog.SERVICE_UNAVAILABLE.message })
  t.match(fromProvider(Object.assign(new Error(SECRET), {
    name: 'FastifyError',
    code: 'FST_ERR_NOT_FOUND',
    statusCode: 404
  })), { code: 'NOT_FOUND', message: errorCatalog.NOT_FOUND.message })
  t.match(fromProvider(createError(
    404,
    Object.assign(new Error(SECRET), { code: 'ECONNRESET', syscall: 'read' })
  )), { code: 'BACKEND_ERROR' })
})

// A promise that is itself an error

t.test('the error of a response that is thrown without await has the code of its status, and the log says so', async t => {
  const url = await answerWith(t, 429, { error: { code: 'insufficient_quota' } }, { 'retry-after': '7' })
  const service = await serve(t, app => {
    app.get('/awaited', async () => { throw await fromProvider(await fetch(url)) })
    app.get('/thrown', async () => { throw fromProvider(await fetch(url)) })
    app.get('/returned', async () => fromProvider(await fetch(url)))
    app.get('/sent', async (_request, reply) => reply.send(fromProvider(await fetch(url))))
    app.get('/rejected', async () => await fetch(url).then(async response => await Promise.reject(fromProvider(response))))
    app.get('/module', async () => { throw fromModule(await fetch(url)) })
    app.get('/hook', { onRequest: async () => { throw fromProvider(await fetch(url)) } }, async () => 1)
  })
  for (const [path, code, hints] of [
    ['/awaited', 'BACKEND_ERROR', 0], ['/returned', 'BACKEND_ERROR', 0],
    ['/thrown', 'BACKEND_RATE_LIMITED', 1], ['/sent', 'BACKEND_RATE_LIMITED', 1], ['/rejected', 'BACKEND_RATE_LIMITED', 1],
    ['/hook', 'BACKEND_RATE_LIMITED', 1], ['/module', 'MODULE_DEPENDENCY_UNAVAILABLE', 1]
  ] as const) {
    const { body } = await service.request(path)
    const lines = service.log.filter(line => line.request_id === body.meta.request_id && /without await/.test(line.msg))
    t.strictSame([body.error.code, lines.length], [code, hints], path)
  }
})
