import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { errorCodes } from 'fastify'
import createHttpError from 'http-errors'
import t from 'tap'
import { z } from 'zod'
import type { ScaiErrorCode } from '../../src/error/catalog.js'
import { classify, toScaiError } from '../../src/classify/classify.js'
import { DEFAULT_MAX_DETAILS } from '../../src/validation/details.js'
import type { Circumstances } from '../../src/classify/classify.js'
import { ScaiError, isScaiError } from '../../src/error/scai-error.js'
import type { ErrorDetail } from '../../src/error/options.js'
import { hostileValues } from '../fixtures/hostile-values.js'
import { NO_STATUSES } from '../fixtures/statuses.js'

const INTERNAL = 'An unexpected error occurred, please report it with the request id'

function failure (properties: object, message = 'Some cat'): Error {
  return Object.assign(new Error(message), properties)
}

function classified (thrown: unknown, circumstances: Partial<Circumstances> = {}): ScaiError {
  return classify(thrown, { maxDetails: DEFAULT_MAX_DETAILS, ...circumstances })
}

function fastifyError (code: string): Error {
  return new errorCodes[code as keyof typeof errorCodes]('SECRET', 'SECRET', 'SECRET')
}

t.test('a ScaiError is returned as it is', async t => {
  for (const error of [
    new ScaiError('MODEL_NOT_FOUND'), new ScaiError('INTERNAL_ERROR', { cause: 1 }),
    Object.freeze(new ScaiError('RATE_LIMITED', { retryAfter: 1 }))
  ]) {
    t.equal(toScaiError(error), error)
    t.equal(classified(error, { replyStatus: 409, mapError: () => 'CONFLICT' }), error)
  }
})

t.test('what has been classified is classified', async t => {
  for (const thrown of [null, 'text', new Error('e'), failure({ statusCode: 404 }), failure({ statusCode: 400, validation: [] })]) {
    const error = toScaiError(thrown)
    t.equal(toScaiError(error), error)
  }
})

t.test('a ScaiError that has been tampered with is a foreign error', async t => {
  const error = Object.assign(new ScaiError('MODEL_NOT_FOUND', { message: 'SECRET' }), { statusCode: 200 })
  t.equal(toScaiError(error).code, 'INTERNAL_ERROR')
  t.equal(toScaiError(error).cause, error)
  t.notMatch(JSON.stringify(toScaiError(error)), /SECRET/)
})

t.test('the original is the cause', async t => {
  const conflict = new ScaiError('CONFLICT')
  t.equal(classified(1, { mapError: () => conflict }).cause, undefined)
  for (const thrown of [
    'text', null, new Error('e'), failure({ statusCode: 404 }), failure({ statusCode: 503 }), failure({ statusCode: 422 }), failure({ statusCode: 400, name: 'SyntaxError' }),
    failure({ statusCode: 400, validation: [] }), failure({
      statusCode: 400,
      validation: [{ message: 'm' }]
    }), fastifyError('FST_ERR_CTP_EMPTY_JSON_BODY'), fastifyError('FST_ERR_INVALID_URL')
  ]) {
    t.equal(toScaiError(thrown).cause, thrown, inspect(thrown))
    t.equal(classified(thrown, { mapError: () => 'CONFLICT' }).cause, thrown)
  }
})

// mapError

const original = new Error('Original')

t.test('an error that replaces what was thrown has no stack: its cause has one', async t => {
  for (const thrown of [
    'text', new Error('e'), failure({ statusCode: 503 }),
    new Proxy({}, { getOwnPropertyDescriptor: () => { throw new Error('hostile') } })
  ]) {
    const { message, stack } = toScaiError(thrown)
    t.equal(stack, `ScaiError: ${message}`, inspect(thrown))
  }
  t.equal(classified(1, { mapError: () => 'BACKEND_ERROR' }).stack, 'ScaiError: The upstream provider returned an error')
})

t.test('a ScaiError from mapError is the answer', async t => {
  const error = new ScaiError('MODEL_NOT_FOUND')
  t.equal(classified(original, { mapError: () => error }), error)
})

t.test('a code from mapError is the answer, with the message of the catalog', async t => {
  const error = classified(failure({ statusCode: 404 }), { mapError: () => 'SLUG_CONFLICT' })
  t.strictSame([
    error.code, error.statusCode, error.message, error.context
  ], ['SLUG_CONFLICT', 409, 'This slug is already in use', undefined])
  t.strictSame(classified(original, { mapError: () => 'RATE_LIMITED' }).retryAfter, 1)
  t.strictSame(classified(original, { mapError: () => 'VALIDATION_ERROR' }).details, [{
    field: 'body',
    message: 'The request is not valid'
  }])
})

t.test('if mapError returns undefined, the rules decide', async t => {
  t.equal(classified(failure({ statusCode: 409 }), { mapError: () => undefined }).code, 'CONFLICT')
})

t.test('mapError is asked before all other rules, with what was thrown', async t => {
  for (const thrown of [
    undefined, 'text', original, failure({ statusCode: 400, validation: [] }), fastifyError('FST_ERR_CTP_EMPTY_JSON_BODY'),
    failure({ statusCode: 404 })
  ]) {
    const asked: unknown[] = []
    const mapError = (thrown: unknown) => { asked.push(thrown); return 'GONE' }
    t.equal(classified(thrown, { mapError }).code, 'GONE')
    t.strictSame(asked, [thrown])
  }
})

t.test('mapError is not asked about ScaiErrors', async t => {
  const mapError = () => { throw new Error('asked') }
  t.equal(classified(new ScaiError('MODEL_NOT_FOUND'), { mapError }).code, 'MODEL_NOT_FOUND')
})

const revocable = Proxy.revocable({}, {})
revocable.revoke()
const revoked: unknown = revocable.proxy

const answers: Array<[string, unknown]> = [
  // `undefined` leaves the error to the rules, and the tag is read where a value is shown.
  ...hostileValues('SECRET').filter(([title]) => title !== 'undefined' && title !== 'a tag that throws'),
  ['an unknown code', 'NO_SUCH_CODE'],
  ['an inherited name', 'toString'],
  ['a code as a symbol', Symbol('GONE')],
  ['a code in an object', { code: 'GONE' }],
  ['a code in a list', ['GONE']],
  ['a code from a function', () => 'GONE'],
  ['a code in a promise', Promise.resolve('GONE')],
  ['a promise that is rejected', Promise.reject(new Error('SECRET'))]
]

t.test('any other result of mapError is INTERNAL_ERROR; its cause says why, and the log has what was thrown', async t => {
  const unhandled: unknown[] = []
  const collect = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', collect)
  t.teardown(() => process.off('unhandledRejection', collect))

  for (const [title, answer] of answers) {
    const error = classified(original, { mapError: () => answer })
    t.equal(error.code, 'INTERNAL_ERROR', title)
    t.match(error.cause, { name: 'TypeError', message: /^mapError must return a ScaiError, a code of the catalog or undefined, got / })
    t.strictSame(error.context, { thrown: 'Error: Original' })
    t.notMatch(JSON.stringify(error), /SECRET|Original/)
  }
  await setImmediate()
  t.strictSame(unhandled, [])
})

t.test('a mapError that throws is INTERNAL_ERROR, with what it threw as the cause', async t => {
  for (const mistake of [new TypeError('mistake'), 'mistake', undefined, revoked]) {
    const error = classified(original, { mapError: () => { throw mistake } })
    t.equal(error.code, 'INTERNAL_ERROR')
    t.equal(error.cause, mistake)
    t.strictSame(error.context, { thrown: 'Error: Original' })
  }
})

t.test('a result that cannot be shown is INTERNAL_ERROR', async t => {
  for (const answer of [
    { [inspect.custom] () { throw new Error('SECRET') } },
    { get [Symbol.toStringTag] () { throw new Error('SECRET') } }
  ]) t.equal(classified(original, { mapError: () => answer }).code, 'INTERNAL_ERROR')
})

t.test('a mapError that fails on a value that cannot be described is INTERNAL_ERROR', async t => {
  const nameless = failure({ name: { toString () { throw new Error('SECRET') } } })
  for (const thrown of [nameless, revoked]) t.equal(classified(thrown, { mapError: () => null }).code, 'INTERNAL_ERROR')
})

// Statuses

const statuses: Array<[string, object, number | undefined, ScaiErrorCode]> = [
  ['statusCode', { statusCode: 404 }, undefined, 'NOT_FOUND'],
  ['status', { status: 404 }, undefined, 'NOT_FOUND'],
  ['the reply', {}, 404, 'NOT_FOUND'],
  ['none', {}, undefined, 'INTERNAL_ERROR'],
  ['statusCode before status', { statusCode: 404, status: 409 }, 410, 'NOT_FOUND'],
  ['status before the reply', { status: 409 }, 410, 'CONFLICT'],
  ['an odd statusCode, then status', { statusCode: 200, status: 409 }, 410, 'CONFLICT'],
  ['odd ones, then the reply', { statusCode: '404', status: 600 }, 410, 'GONE'],
  ['a reply that is a success', {}, 200, 'INTERNAL_ERROR'],
  ['odd ones, and a reply that is a redirection', { statusCode: 0, status: NaN }, 302, 'INTERNAL_ERROR'],
  ['500 before the reply', { statusCode: 500 }, 404, 'INTERNAL_ERROR'],
  ['400', { statusCode: 400 }, undefined, 'BAD_REQUEST'],
  ['402', { statusCode: 402 }, undefined, 'PAYMENT_REQUIRED'],
  ['403', { statusCode: 403 }, undefined, 'AUTHZ_PERMISSION_DENIED'],
  ['405', { statusCode: 405 }, undefined, 'METHOD_NOT_ALLOWED'],
  ['413', { statusCode: 413 }, undefined, 'CONTENT_TOO_LARGE'],
  ['422', { statusCode: 422 }, undefined, 'VALIDATION_ERROR'],
  ['424', { statusCode: 424 }, undefined, 'MODULE_DEPENDENCY_UNAVAILABLE'],
  ['429', { statusCode: 429 }, undefined, 'RATE_LIMITED'],
  ['501', { statusCode: 501 }, undefined, 'NOT_IMPLEMENTED'],
  ['502', { statusCode: 502 }, undefined, 'BACKEND_ERROR'],
  ['503', { statusCode: 503 }, undefined, 'SERVICE_UNAVAILABLE'],
  ['504', { statusCode: 504 }, undefined, 'BACKEND_TIMEOUT'],
  ['418', { statusCode: 418 }, undefined, 'BAD_REQUEST'],
  ['499', { statusCode: 499 }, undefined, 'BAD_REQUEST'],
  ['510', { statusCode: 510 }, undefined, 'INTERNAL_ERROR'],
  ['599', { statusCode: 599 }, undefined, 'INTERNAL_ERROR'],
  ...NO_STATUSES.flatMap((odd): typeof statuses => [
    [`statusCode ${inspect(odd)}`, { statusCode: odd }, undefined, 'INTERNAL_ERROR'],
    [`status ${inspect(odd)}`, { status: odd }, undefined, 'INTERNAL_ERROR']
  ])
]

t.test('an error with a status gets the canonical code for it', async t => {
  for (const [title, properties, replyStatus, code] of statuses) {
    t.equal(classified(failure(properties), replyStatus === undefined ? {} : { replyStatus }).code, code, title)
  }
})

t.test('the status of the reply counts for values that are no errors, too', async t => {
  for (const thrown of [null, undefined, 'SECRET', Symbol('SECRET')]) {
    const { code, message } = classified(thrown, { replyStatus: 404 })
    t.strictSame([code, message], ['NOT_FOUND', 'This URL does not exist on this server'])
  }
})

t.test('a 401 without credentials is AUTH_TOKEN_MISSING', async t => {
  const unauthorized = failure({ statusCode: 401, code: 'FST_JWT_NO_AUTHORIZATION_IN_HEADER' })
  for (const [requestHeaders, code, message] of [
    [{}, 'AUTH_TOKEN_MISSING', 'No credentials were provided'],
    [{ authorization: 'Bearer x' }, 'AUTH_TOKEN_INVALID', 'The token is invalid or has expired']
  ] as const) {
    const error = classified(unauthorized, { requestHeaders })
    t.strictSame([error.code, error.message], [code, message])
  }
  t.equal(toScaiError(unauthorized).code, 'AUTH_TOKEN_INVALID')
  t.equal(classified(failure({ statusCode: 403 }), { requestHeaders: {} }).code, 'AUTHZ_PERMISSION_DENIED')
})

t.test('a foreign 429 has a delay, and a foreign 422 details', async t => {
  t.equal(toScaiError(failure({ statusCode: 429 })).retryAfter, 1)
  t.strictSame(toScaiError(failure({ statusCode: 422 }, 'The cats fight')).details, [{ field: 'body', message: 'The cats fight' }])
  t.strictSame(toScaiError(failure({ statusCode: 422, code: 'E' }, 'SECRET')).details, [{
    field: 'body',
    message: 'The request is not valid'
  }])
})

// Messages

for (const [expose, code, syscall, kept] of [
  [true, undefined, undefined, true],
  [true, 'E_CAT', undefined, true],
  [true, undefined, 'open', false],
  [true, 'E_CAT', 'open', false],
  [undefined, undefined, undefined, true],
  [undefined, 'E_CAT', undefined, false],
  [undefined, undefined, 'open', false],
  [undefined, 'E_CAT', 'open', false],
  [false, undefined, undefined, false],
  [false, 'E_CAT', undefined, false],
  [false, undefined, 'open', false],
  [false, 'E_CAT', 'open', false],
  ['true', 'E_CAT', undefined, false],
  [1, 'E_CAT', undefined, false],
  [undefined, null, undefined, false],
  [undefined, 0, undefined, false]
] as const) {
  t.test(`expose ${expose}, code ${code}, syscall ${syscall}: the message is ${kept ? 'kept below 500' : 'ours'}`, async t => {
    for (const [status, ours] of [
      [400, 'The request could not be understood'],
      [404, 'This URL does not exist on this server'],
      [499, 'The request could not be understood'],
      [500, INTERNAL],
      [503, 'The service is temporarily unavailable'],
      [599, INTERNAL]
    ] as const) {
      const { message } = toScaiError(failure({ statusCode: status, expose, code, syscall }))
      t.equal(message, kept && status < 500 ? 'Some cat' : ours, `${status}`)
    }
  })
}

t.test('a message that is kept is cut at 256 characters, never within a character', async t => {
  for (const [message, expected] of [
    ['a'.repeat(256), 'a'.repeat(256)],
    ['a'.repeat(257), `${'a'.repeat(255)}…`],
    [`${'a'.repeat(254)}😀😀`, `${'a'.repeat(254)}…`]
  ] as const) t.equal(toScaiError(failure({ statusCode: 404 }, message)).message, expected)
})

t.test('a message that is empty, or no string, is replaced by ours', async t => {
  for (const message of ['', undefined, null, 5, { text: 'SECRET' }, ['SECRET']]) {
    t.equal(toScaiError({ statusCode: 404, message }).message, 'This URL does not exist on this server', inspect(message))
  }
})

// Headers

const headers = { allow: 'GET' }
const headerCases: Array<[string, object, unknown]> = [
  ['kept where expose is true', { statusCode: 405, expose: true, headers }, headers],
  ['kept where expose is true and the error has a code', { statusCode: 405, code: 'E', expose: true, headers }, headers],
  ['kept from 500 up where expose is true', { statusCode: 503, expose: true, headers }, headers],
  [
    'kept without those of the connection',
    { statusCode: 405, expose: true, headers: { ...headers, Connection: 'close', 'keep-alive': 'timeout=5', te: 'x' } }, headers
  ],
  ['dropped where nobody says that they are meant for the caller', { statusCode: 405, headers }, undefined],
  ['dropped where expose is false', { statusCode: 503, expose: false, headers }, undefined],
  ['dropped where the error has a code', { statusCode: 405, code: 'E', headers }, undefined],
  ['dropped where the error has a syscall', { statusCode: 405, syscall: 'connect', headers }, undefined],
  ['dropped where they are null', { statusCode: 405, headers: null }, undefined],
  ['dropped where they are text', { statusCode: 405, headers: 'allow: GET' }, undefined],
  ['dropped where nothing is known of the error', { headers }, undefined],
  ['absent', { statusCode: 405 }, undefined]
]

t.test('the headers of a foreign error', async t => {
  for (const [title, properties, expected] of headerCases) t.strictSame(toScaiError(failure(properties)).headers, expected, title)
})

t.test('an error of http-errors keeps its status and, below 500, its headers and message', async t => {
  const unavailable = toScaiError(createHttpError(503, 'SECRET', { headers: { 'retry-after': '30' } }))
  t.strictSame([
    unavailable.code, unavailable.message, unavailable.headers
  ], ['SERVICE_UNAVAILABLE', 'The service is temporarily unavailable', undefined])
  const limited = toScaiError(createHttpError(429, 'Too many cats', { headers: { 'retry-after': '30' } }))
  t.strictSame([limited.code, limited.message, limited.headers], ['RATE_LIMITED', 'Too many cats', { 'retry-after': '30' }])
  const gone = toScaiError(createHttpError(410, 'The cat is gone'))
  t.strictSame([gone.code, gone.message, gone.headers], ['GONE', 'The cat is gone', undefined])
  const teapot = toScaiError(createHttpError(418))
  t.strictSame([teapot.code, teapot.statusCode, teapot.message], ['BAD_REQUEST', 400, "I'm a Teapot"])
})

// Parsers

const invalid = 'The request is not valid'

t.test('what JSON.parse threw, with status 400, is VALIDATION_ERROR, and does not quote the body', async t => {
  const { code, message, details } = toScaiError(Object.assign(new SyntaxError('Unexpected token S in "SECRET"'), { statusCode: 400 }))
  t.strictSame([code, message, details], ['VALIDATION_ERROR', invalid, [{ field: 'body', message: 'is not valid' }]])
})

t.test('a SyntaxError with another status is not that of a parser', async t => {
  t.equal(toScaiError(new SyntaxError('SECRET')).code, 'INTERNAL_ERROR')
  t.equal(toScaiError(Object.assign(new SyntaxError('e'), { statusCode: 409 })).code, 'CONFLICT')
})

// Fastify's own errors

const fastifyErrors: Readonly<Record<string, [ScaiErrorCode, string, ErrorDetail[]?]>> = {
  FST_ERR_NOT_FOUND: ['NOT_FOUND', 'This URL does not exist on this server'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['CONTENT_TOO_LARGE', 'The request body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'This media type is not supported'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BAD_REQUEST', 'The request could not be understood'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['VALIDATION_ERROR', invalid, [{ field: 'body', message: 'must not be empty' }]],
  FST_ERR_CTP_INVALID_JSON_BODY: ['VALIDATION_ERROR', invalid, [{ field: 'body', message: 'must be valid JSON' }]],
  FST_ERR_BAD_URL: ['BAD_REQUEST', 'The request could not be understood'],
  FST_ERR_MAX_PARAM_LENGTH: ['URI_TOO_LONG', 'The URL is too long'],
  FST_ERR_HANDLER_TIMEOUT: ['SERVICE_UNAVAILABLE', 'The service is temporarily unavailable'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: ['BAD_REQUEST', 'The request could not be understood'],
  FST_ERR_ROUTE_MISSING_CONTENT: ['BAD_REQUEST', 'The request could not be understood']
}

t.test('an error that only looks like a plugin\'s is not taken for one', async t => {
  t.equal(toScaiError(failure({ code: 'ECONNRESET' })).code, 'SERVICE_UNAVAILABLE', 'of a database, say')
  t.equal(toScaiError(failure({ code: 'UND_ERR_SOCKET' })).code, 'BACKEND_ERROR', 'of an HTTP client')
  t.equal(
    classified(failure({ code: 'FAST_JWT_INVALID_TYPE' }), { requestHeaders: {} }).code,
    'INTERNAL_ERROR',
    'a token that was to be signed'
  )
  t.equal(toScaiError(failure({ code: 'constructor' })).code, 'INTERNAL_ERROR')
})

t.test('an error for which a proxy has no code is classified by its cause, like that of any other upstream', async t => {
  for (const [cause, code] of [
    [failure({ code: 'EHOSTUNREACH' }), 'BACKEND_ERROR'],
    [failure({ code: 'UND_ERR_BODY_TIMEOUT' }), 'BACKEND_TIMEOUT'],
    [failure({ code: 'UND_ERR_INVALID_ARG' }), 'INTERNAL_ERROR'],
    [failure({ code: 'UNKNOWN' }), 'BACKEND_ERROR']
  ] as const) t.equal(toScaiError(failure({ code: 'FST_REPLY_FROM_INTERNAL_SERVER_ERROR', statusCode: 500, cause })).code, code)
})

t.test('an error of Fastify becomes the code of its status, or a better one, with our message', async t => {
  for (const code of Object.keys(errorCodes)) {
    if (code === 'FST_ERR_VALIDATION') continue
    const error = toScaiError(fastifyError(code))
    t.strictSame([error.code, error.message, error.details], [...(fastifyErrors[code] ?? ['INTERNAL_ERROR', INTERNAL]), undefined].slice(
      0,
      3
    ), code)
    t.notMatch(JSON.stringify(error), /SECRET/)
  }
})

t.test('a service that calls Fastify too late is not the client\'s fault', async t => {
  for (const code of ['FST_ERR_CTP_INSTANCE_ALREADY_STARTED', 'FST_ERR_INVALID_URL']) {
    t.equal((fastifyError(code) as Error & { statusCode: number }).statusCode, 400)
    t.equal(toScaiError(fastifyError(code)).statusCode, 500)
  }
})

t.test('a code that is inherited, or no string, is no code of Fastify', async t => {
  for (const code of ['toString', '__proto__', 'constructor', Symbol('FST_ERR_INVALID_URL'), ['FST_ERR_INVALID_URL']]) {
    t.equal(toScaiError(failure({ statusCode: 409, code })).code, 'CONFLICT')
  }
})

// Validation

const issue = { instancePath: '/model', schemaPath: '#/required', keyword: 'minLength', params: { limit: 3 }, message: 'SECRET' }
const model = [{ field: 'model', message: 'must have at least 3 characters' }]

/** As Fastify passes on what a custom validator returned. */
const custom = { statusCode: 400, code: 'FST_ERR_VALIDATION', validationContext: 'querystring' }

const validations: Array<[string, Error, ErrorDetail[]]> = [
  ['status 400', failure({ statusCode: 400, validation: [issue] }), model],
  ['status 422', failure({ statusCode: 422, validation: [issue] }), model],
  [
    'a part', failure({ ...custom, validation: [issue] }),
    [{ field: 'query.model', message: 'query parameter must have at least 3 characters' }]
  ],
  [
    'an error of Fastify',
    Object.assign(new errorCodes.FST_ERR_VALIDATION('SECRET'), { validation: [issue], validationContext: 'body' }), model
  ],
  ['an empty list', failure({ statusCode: 400, validation: [], validationContext: 'body' }), [{ field: 'body', message: 'Some cat' }]],
  ['no list', failure({ statusCode: 400, validation: true, validationContext: 'body' }), [{ field: 'body', message: 'Some cat' }]],
  ['an object', failure({ statusCode: 400, validation: { 0: issue, length: 1 } }), [{ field: 'body', message: 'Some cat' }]],
  ['null', failure({ statusCode: 400, validation: null }), [{ field: 'body', message: 'Some cat' }]],
  ['a custom Error', failure(custom), [{ field: 'query', message: 'query parameter Some cat' }]],
  ['a custom Error without a message', failure(custom, ''), [{ field: 'query', message: 'query parameter is not valid' }]],
  [
    'a custom Error with a long message', failure({ ...custom, validationContext: 'body' }, 'a'.repeat(300)),
    [{ field: 'body', message: `${'a'.repeat(255)}…` }]
  ],
  [
    'a custom Error that shows its regular expression', failure(custom, 'fails to match /SECRET/'),
    [{ field: 'query', message: 'query parameter does not match the required pattern' }]
  ],
  ['an Error with the code alone', failure({ statusCode: 400, code: 'FST_ERR_VALIDATION' }), [{ field: 'body', message: 'Some cat' }]],
  [
    'an Error with the part alone', failure({ statusCode: 400, validationContext: 'headers' }),
    [{ field: 'header', message: 'header Some cat' }]
  ],
  ['the details of Joi', failure({
    ...custom,
    validationContext: 'body',
    details: [{ message: '"messages[0].role" is required', path: ['messages', 0, 'role'], type: 'any.required' }]
  }, 'SECRET'),
  [{ field: 'messages.0.role', message: '"messages[0].role" is required' }]],
  [
    'the issues of Zod', Object.assign(z.object({ slug: z.string().min(3) }).safeParse({ slug: '' }).error!, custom),
    [{ field: 'query.slug', message: 'query parameter must have at least 3 characters' }]
  ],
  [
    'issues before details',
    failure({ ...custom, issues: [{ path: ['a'], message: 'm' }], details: [{ path: ['b'], message: 'n' }] }),
    [{ field: 'query.a', message: 'query parameter m' }]
  ],
  [
    'validation before issues', failure({ ...custom, validation: [issue], issues: [{ path: ['a'], message: 'm' }] }),
    [{ field: 'query.model', message: 'query parameter must have at least 3 characters' }]
  ],
  [
    'empty lists', failure({ ...custom, validation: [], issues: [], details: [] }),
    [{ field: 'query', message: 'query parameter Some cat' }]
  ],
  ['a list of junk', failure({ ...custom, validation: [null] }), [{ field: 'query', message: 'query parameter is not valid' }]]
]

t.test('a failed validation is VALIDATION_ERROR, with details', async t => {
  for (const [title, thrown, details] of validations) {
    const error = toScaiError(thrown)
    t.strictSame([error.code, error.message, error.details], ['VALIDATION_ERROR', invalid, details], title)
    t.equal(error.cause, thrown)
  }
})

t.test('the errors of an async schema of Ajv become details', async t => {
  const thrown = failure({
    statusCode: 400,
    code: 'FST_ERR_VALIDATION',
    validationContext: 'body',
    validation: true,
    ajv: true,
    errors: [issue]
  }, 'validation failed')
  t.strictSame(toScaiError(thrown).details, model)
})

t.test('details without a failed validation are ignored', async t => {
  const { details } = toScaiError(failure({
    statusCode: 422,
    details: [{ path: ['a'], message: 'm' }],
    issues: [{ path: ['a'], message: 'm' }]
  }))
  t.strictSame(details, [{ field: 'body', message: 'The request is not valid' }])
  t.equal(toScaiError(z.object({ a: z.string() }).safeParse({}).error).code, 'INTERNAL_ERROR')
})

t.test('a validator that failed itself, or chose another status, is not the client\'s fault', async t => {
  for (const [properties, code] of [
    [{ statusCode: 500 }, 'INTERNAL_ERROR'],
    [{ statusCode: 403 }, 'AUTHZ_PERMISSION_DENIED'],
    [{ statusCode: 409 }, 'CONFLICT'],
    [{}, 'INTERNAL_ERROR']
  ] as const) {
    t.equal(toScaiError(failure({ code: 'FST_ERR_VALIDATION', validation: [issue], validationContext: 'body', ...properties })).code, code)
  }
})

t.test('details beyond the limit are counted in the message', async t => {
  const validation = ['a', 'b', 'c', 'd'].map(name => ({ ...issue, instancePath: `/${name}` }))
  const thrown = failure({ statusCode: 400, validation })
  const { message, details } = classified(thrown, { maxDetails: 3 })
  t.strictSame([message, details?.length], [`${invalid} … (1 more)`, 3])
  t.strictSame(classified(thrown, { maxDetails: 4 }).message, invalid)
})

t.test('50 details are kept by default', async t => {
  const validation = Array.from({ length: 62 }, (_, index) => ({ ...issue, instancePath: `/${index}` }))
  const { message, details } = toScaiError(failure({ statusCode: 400, validation }))
  t.strictSame([message, details?.length], [`${invalid} … (12 more)`, 50])
})

// Whatever else may be thrown

const throwing = new Proxy({}, new Proxy({}, { get: () => () => { throw new Error('SECRET') } }))

t.test('whatever is thrown becomes INTERNAL_ERROR, without its text', async t => {
  for (const [title, thrown] of hostileValues('SECRET')) {
    for (const circumstances of [{}, { requestHeaders: {} }, { replyStatus: 200, mapError: () => undefined }, { mapError: () => null }]) {
      const error = classified(thrown, circumstances)
      t.ok(isScaiError(error, 'INTERNAL_ERROR'), title)
      t.equal(JSON.stringify(error), `{"code":"INTERNAL_ERROR","message":"${INTERNAL}"}`)
    }
    t.ok(isScaiError(classified(thrown, { replyStatus: 409 })))
  }
})

const hostileValidations: Array<[string, object]> = [
  ['a revoked list', { validation: revoked }],
  ['a list that throws', { validation: new Proxy([], { get () { throw new Error('SECRET') } }) }],
  ['an issue that throws', { validation: [throwing] }],
  ['a revoked issue', { validation: [revoked] }],
  ['a path that throws', { issues: [{ path: [{ toString () { throw new Error('SECRET') } }] }] }],
  ['parameters that throw', { validation: [{ keyword: 'maximum', params: { limit: { toString () { throw new Error('SECRET') } } } }] }],
  ['an issue within itself', { validation: [withinItself()] }],
  ['a part that is an object', { validation: [issue], validationContext: { toString: () => 'body' } }],
  ['a part that is revoked', { validationContext: revoked }]
]

function withinItself (): object {
  const params: { errors: unknown[] } = { errors: [] }
  const issue = { keyword: 'errorMessage', instancePath: '', params }
  params.errors.push(issue)
  return issue
}

t.test('whatever is in a failed validation, it becomes a ScaiError, without its text', async t => {
  for (const [title, properties] of hostileValidations) {
    const error = toScaiError(failure({ ...custom, ...properties }))
    t.ok(isScaiError(error, 'INTERNAL_ERROR') || isScaiError(error, 'VALIDATION_ERROR'), title)
    t.notMatch(JSON.stringify(error), /SECRET/, title)
  }
})

t.test('a getter that returns different values is read once', async t => {
  const answers = [404, 200, 'SECRET']
  const thrown = Object.defineProperty(new Error('Some cat'), 'statusCode', { get: () => answers.shift() })
  t.equal(toScaiError(thrown).code, 'NOT_FOUND')
})

t.test('an Error of another realm keeps its status, with our message', async t => {
  const { code, message } = toScaiError(runInNewContext('Object.assign(new TypeError("Some cat"), { statusCode: 404 })'))
  t.strictSame([code, message], ['NOT_FOUND', 'This URL does not exist on this server'])
})

t.test('a frozen error keeps its status', async t => {
  t.equal(toScaiError(Object.freeze(failure({ statusCode: 404 }))).code, 'NOT_FOUND')
})

const descriptions: Array<[unknown, string]> = [
  [null, 'null'],
  [undefined, 'undefined'],
  ['text', 'text'],
  ['a'.repeat(300), `${'a'.repeat(255)}…`],
  [404, '404'],
  [-0, '0'],
  [404n, '404'],
  [true, 'true'],
  [Symbol('s'), 'Symbol(s)'],
  [() => {}, '[object Function]'],
  [{ key: 'SECRET' }, '[object Object]'],
  [['SECRET'], '[object Array]'],
  [Object.create(null), '[object Object]'],
  [new Date(0), '[object Date]'],
  [new Map([['key', 'SECRET']]), '[object Map]']
]

t.test('a value that is no error is described for the log, without its contents', async t => {
  for (const [thrown, description] of descriptions) t.strictSame(toScaiError(thrown).context, { thrown: description }, description)
})

t.test('an error is not described: the log has it as the cause', async t => {
  for (const thrown of [new Error('e'), new DOMException('e', 'AbortError'), runInNewContext('new Error("e")'), { message: 'e' }]) {
    t.equal(toScaiError(thrown).context, undefined)
  }
})
