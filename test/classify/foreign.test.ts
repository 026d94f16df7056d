import Anthropic from '@anthropic-ai/sdk'
import sensible from '@fastify/sensible'
import createFastifyError from '@fastify/error'
import { Ajv } from 'ajv'
import createHttpError from 'http-errors'
import OpenAI from 'openai'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { errorCatalog, toScaiError } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { json, serve } from '../fixtures/service.js'

// What is thrown unwrapped, and whose error it is. Secrets stand in fields and in headers: those are on no
// wire and in no log line. The texts of messages may be logged, and are on no wire unless somebody wrote
// them for the caller.

const KEY = 'sk-hunter2'
const TEXT = `provider text ${KEY}`
const HEADERS = {
  date: 'Sun, 06 Nov 1994 08:49:37 GMT',
  'set-cookie': 'sid=hunter2',
  server: 'hunter2',
  'x-internal-route': 'hunter2',
  'retry-after': '7',
  'x-request-id': 'up-1'
}

/** What an SDK keeps on its error: the shape alone, of packages that aren't installed here. */
type Shape = [sdk: string, make: (status: number, body: { error: { message: string } }) => Error]

/** An error of a class with this name, with these fields. */
function shaped (name: string, fields: object): Error {
  const Named = { [name]: class extends Error {} }[name]!
  return Object.assign(new Named(TEXT), fields)
}

const secrets = { config: { headers: { authorization: `Bearer ${KEY}` } }, request: { body: 'the prompt of hunter2' } }
const answer = (status: number, data: object): object => ({ status, statusCode: status, headers: HEADERS, data, body: data })

const SDKS: Shape[] = [
  ['openai', (status, body) => OpenAI.APIError.generate(status, body, TEXT, new Headers(HEADERS))],
  ['anthropic', (status, body) => Anthropic.APIError.generate(status, body, TEXT, new Headers(HEADERS))],
  [
    'stripe (shape)',
    (status, body) =>
      shaped('StripeAPIError', { statusCode: status, raw: { statusCode: status, headers: HEADERS, ...body }, headers: HEADERS })
  ],
  ['elasticsearch (shape)', (status, body) => shaped('ResponseError', { meta: { statusCode: status, headers: HEADERS, body } })],
  [
    'axios (shape)',
    (status, body) => shaped('AxiosError', { code: 'ERR_BAD_REQUEST', status, response: answer(status, body), ...secrets })
  ],
  [
    'got (shape)',
    (status, body) => shaped('HTTPError', { code: 'ERR_NON_2XX_3XX_RESPONSE', response: answer(status, body), options: secrets })
  ],
  ['ky (shape)', (status, body) => shaped('HTTPError', { response: answer(status, body), request: secrets })],
  ['ofetch (shape)', (status, body) => shaped('FetchError', { status, statusCode: status, data: body, response: answer(status, body) })],
  [
    'wretch (shape)',
    (status, body) => shaped('WretchError', { status, response: answer(status, body), text: TEXT, url: `https://a/?key=${KEY}` })
  ],
  ['octokit (shape)', (status, body) => shaped('HttpError', { status, response: answer(status, body), request: secrets })],
  ['genai (shape)', (status, body) => Object.assign(shaped('ApiError', { status }), { name: 'ApiError', message: JSON.stringify(body) })],
  [
    'mistral (shape)',
    (status, body) =>
      shaped('SDKError', { statusCode: status, rawResponse: answer(status, body), headers: HEADERS, body: JSON.stringify(body) })
  ],
  ['cohere (shape)', (status, body) => shaped('CohereError', { statusCode: status, rawResponse: answer(status, body), body })],
  ['groq (shape)', (status, body) => shaped('APIError', { status, headers: HEADERS, error: body })],
  ['together (shape)', (status, body) => shaped('APIError', { status, headers: new Headers(HEADERS), error: body })],
  [
    'langchain (shape)',
    (status, body) => shaped('BadRequestError', { status, headers: HEADERS, error: body, lc_error_code: 'X', pregelTaskId: KEY })
  ],
  [
    'AI SDK (shape)',
    (status, body) =>
      Object.assign(shaped('APICallError', {
        statusCode: status,
        responseHeaders: HEADERS,
        responseBody: JSON.stringify(body),
        requestBodyValues: secrets
      }), { name: 'AI_APICallError' })
  ],
  [
    'AWS SDK (shape)',
    (status, body) =>
      shaped('ServiceException', {
        $metadata: { httpStatusCode: status, requestId: 'a' },
        $response: { statusCode: status, headers: HEADERS, body },
        $fault: 'client'
      })
  ],
  [
    'Ollama (shape)',
    (status, body) => Object.assign(shaped('ResponseError', { status_code: status, error: TEXT, body }), { name: 'ResponseError' })
  ],
  [
    'Hugging Face (shape)',
    (status, body) =>
      shaped('InferenceClientProviderApiError', { httpRequest: secrets, httpResponse: { ...answer(status, body), requestId: 'a' } })
  ],
  ['undici (shape)', (status, body) => shaped('ResponseError', { code: 'UND_ERR_RESPONSE', statusCode: status, headers: HEADERS, body })]
]

/** Wire contract, "Behind us": an upstream's status is never the caller's. */
const ANSWERS: Array<[status: number, code: ScaiErrorCode, shouldRetry: string | null]> = [
  [400, 'BACKEND_ERROR', 'false'],
  [401, 'BACKEND_ERROR', 'false'],
  [403, 'BACKEND_ERROR', 'false'],
  [404, 'BACKEND_ERROR', 'false'],
  [429, 'BACKEND_RATE_LIMITED', 'true'],
  [500, 'BACKEND_ERROR', null],
  [503, 'MODEL_UNAVAILABLE', null]
]

/** What else fails behind us, and what only looks like it: code and message are all that is sent. */
const OTHERS: Array<[title: string, thrown: unknown, code: ScaiErrorCode, message?: string]> = [
  [
    'fetch that found nobody',
    new TypeError('fetch failed', { cause: Object.assign(new Error(TEXT), { code: 'ECONNREFUSED', syscall: 'connect', address: KEY }) }),
    'BACKEND_ERROR'
  ],
  ['undici\'s timeout', Object.assign(new Error(TEXT), { code: 'UND_ERR_HEADERS_TIMEOUT' }), 'BACKEND_TIMEOUT'],
  ['AbortSignal.timeout()', new DOMException(TEXT, 'TimeoutError'), 'BACKEND_TIMEOUT'],
  ['the OpenAI SDK\'s timeout', new OpenAI.APIConnectionTimeoutError({ message: TEXT }), 'BACKEND_TIMEOUT'],
  [
    'a refused connection of a socket', Object.assign(new Error(TEXT), { code: 'ECONNREFUSED', syscall: 'connect', port: KEY }),
    'SERVICE_UNAVAILABLE'
  ],
  [
    'mysql2 without connections',
    Object.assign(new Error(TEXT), { code: 'ER_CON_COUNT_ERROR', errno: 1040, sqlState: '08004', sql: KEY }), 'SERVICE_UNAVAILABLE'
  ],
  ['PostgreSQL that shuts down', Object.assign(new Error(TEXT), { code: '57P01', severity: 'FATAL', query: KEY }), 'SERVICE_UNAVAILABLE'],
  [
    'Redis that loads', Object.assign(shaped('ReplyError', { command: { args: [KEY] } }), { message: 'LOADING Redis is loading' }),
    'SERVICE_UNAVAILABLE'
  ],
  ['a gRPC client', Object.assign(new Error(TEXT), { code: 16, details: KEY, metadata: { internalRepr: new Map() } }), 'BACKEND_ERROR'],
  [
    'http-errors around a failed call',
    createHttpError(404, Object.assign(new Error(TEXT), { code: 'ECONNREFUSED', syscall: 'connect' })), 'SERVICE_UNAVAILABLE'
  ],
  ['an AbortError', new DOMException(TEXT, 'AbortError'), 'INTERNAL_ERROR'],
  ['a duplicate key', Object.assign(new Error(TEXT), { code: 'ER_DUP_ENTRY', errno: 1062, sql: KEY }), 'INTERNAL_ERROR'],
  ['JSON.parse', new SyntaxError(TEXT), 'INTERNAL_ERROR'],

  // Drivers' errors, given to http-errors, which exposes them; and what else only looks like a failure.
  ['a duplicate key, exposed', createHttpError(409, shaped('DatabaseError', { code: '23505', detail: KEY })), 'CONFLICT'],
  ['a reply of Redis, exposed', createHttpError(400, shaped('ReplyError', { command: { args: [KEY] } })), 'BAD_REQUEST'],
  ['Prisma, exposed', createHttpError(409, shaped('PrismaClientKnownRequestError', { code: 'P2002', meta: KEY })), 'CONFLICT'],
  ['Mongo, exposed', createHttpError(409, shaped('MongoServerError', { code: 11000, keyValue: KEY })), 'CONFLICT'],
  ['SQLite, exposed', createHttpError(409, shaped('SqliteError', { code: 'SQLITE_CONSTRAINT' })), 'CONFLICT'],
  [
    'Sequelize, exposed',
    createHttpError(409, Object.assign(shaped('UniqueConstraintError', { sql: KEY }), { name: 'SequelizeUniqueConstraintError' })), 'CONFLICT'
  ],
  ['a bug, exposed', createHttpError(400, new TypeError(TEXT)), 'BAD_REQUEST'],
  ['http-errors at 408, whose class is called like Mistral\'s', createHttpError(408, 'Too slow'), 'REQUEST_TIMEOUT', 'Too slow'],
  ['http-errors with a driver\'s words', createHttpError(429, 'Queue limit reached.'), 'RATE_LIMITED', 'Queue limit reached.'],
  ['http-errors with a client\'s words', createHttpError(409, 'terminated'), 'CONFLICT', 'terminated'],
  ['a code of the service\'s own, like OpenSSL\'s', new (createFastifyError('UNABLE_TO_CANCEL', TEXT, 409))(), 'CONFLICT'],
  [
    'a code of the service\'s own, like postgres\'s', Object.assign(new Error(TEXT), { statusCode: 409, code: 'CONNECTION_CLOSED' }),
    'CONFLICT'
  ],
  [
    'a code of the service\'s own, like PostgreSQL\'s', Object.assign(new Error(TEXT), { statusCode: 403, code: '53001' }),
    'AUTHZ_PERMISSION_DENIED'
  ],
  ...[
    'RequestTimeoutError', 'IllegalOperationError', 'ConnectionTimeoutError', 'DatabaseError', 'SimpleError', 'ServiceException',
    'MongoIdError'
  ].map(
    (name): [string, Error, ScaiErrorCode, string] => [
      `a class of the service's own that is called ${name}`,
      Object.assign(shaped(name, { statusCode: 409, expose: true }), { message: 'No, thanks' }), 'CONFLICT', 'No, thanks'
    ]),
  ['a class in Fastify\'s own shape', shaped('AppError', { statusCode: 409, error: 'Conflict' }), 'CONFLICT'],

  // Errors that somebody made to be answered with.
  ['a plain error with a status', Object.assign(new Error('No such plan'), { statusCode: 404 }), 'NOT_FOUND', 'No such plan'],
  [
    'a plain error with a status and a cause',
    Object.assign(new Error('No such plan', { cause: new Error(TEXT) }), { status: 404 }), 'NOT_FOUND', 'No such plan'
  ],
  [
    'a plain error with a status and headers', Object.assign(new Error('No such plan'), { statusCode: 404, headers: HEADERS }),
    'NOT_FOUND', 'No such plan'
  ],
  [
    'a plain error with the headers of a client',
    Object.assign(new Error(TEXT), { statusCode: 404, headers: new Headers(HEADERS) }), 'NOT_FOUND'
  ],
  ['a plain error at 401', Object.assign(new Error(TEXT), { statusCode: 401 }), 'AUTH_TOKEN_MISSING'],
  ['a plain error with the config of a client', Object.assign(new Error(TEXT), { statusCode: 404, ...secrets }), 'NOT_FOUND'],
  ['a plain error with a body', Object.assign(new Error(TEXT), { statusCode: 404, body: KEY }), 'NOT_FOUND'],
  ['a plain error with a URL', Object.assign(new Error(TEXT), { statusCode: 404, url: KEY }), 'NOT_FOUND'],
  ['a class of the service\'s own', Object.assign(shaped('NoSuchPlan', {}), { statusCode: 404 }), 'NOT_FOUND'],
  [
    'a class of the service\'s own that exposes itself',
    Object.assign(new (class extends Error {})('No such plan'), { statusCode: 404, expose: true }), 'NOT_FOUND', 'No such plan'
  ],
  ['http-errors', createHttpError(409, 'Taken already'), 'CONFLICT', 'Taken already'],
  ['http-errors at 401', createHttpError(401, TEXT), 'AUTH_TOKEN_MISSING'],
  ['http-errors that hides itself', createHttpError(409, TEXT, { expose: false }), 'CONFLICT'],
  ['@fastify/error', new (createFastifyError('E_OWN', TEXT, 409))(), 'CONFLICT'],
  [
    'an error of the file system, with a status',
    Object.assign(new Error(TEXT), { code: 'ENOENT', syscall: 'open', errno: -2, path: KEY, statusCode: 404 }), 'NOT_FOUND'
  ],
  [
    'an exposed error of the file system',
    Object.assign(new Error(TEXT), { syscall: 'open', errno: -2, statusCode: 404, expose: true }), 'NOT_FOUND'
  ]
]

const body = { error: { message: TEXT, type: 'x', code: 'invalid_api_key' } }
const rows = [
  ...SDKS.flatMap(([sdk, make]) =>
    ANSWERS.map(([status, code, shouldRetry]) =>
      ({ title: `${sdk}, ${status}`, make: () => make(status, body), code, shouldRetry, message: undefined }))),
  ...OTHERS.map(([title, thrown, code, message]) => ({ title, make: () => thrown, code, message, shouldRetry: undefined }))
]

/** A stream's source is mostly a provider's: what could be anybody's elsewhere is told as its failure. */
const OF_A_SOURCE: ReadonlyMap<string, ScaiErrorCode> = new Map([
  ['a refused connection of a socket', 'BACKEND_ERROR'],
  ['http-errors around a failed call', 'BACKEND_ERROR'],
  ['an AbortError', 'BACKEND_TIMEOUT'],
  ['JSON.parse', 'UPSTREAM_SHAPE_MISMATCH']
])

/** The places from which something can be thrown unwrapped. */
const PLACES: Record<string, (app: FastifyInstance, url: string, make: () => unknown) => void> = {
  handler: (app, url, make) => app.get(url, async () => { throw make() }),
  hook: (app, url, make) => app.get(url, { preHandler: async () => { throw make() } }, async () => 'ok'),
  source: (app, url, make) => app.get(url, async (_request, reply) => reply.scaiStream((async function * () { throw make() })()))
}

// Before a stream's source has thrown them: that marks them.
t.test('an onSend hook that fails on an error changes neither its headers nor its status', async t => {
  const { request } = await serve(t, app => {
    for (const [index, { make }] of rows.entries()) {
      const onSend = async (): Promise<never> => { throw make() }
      app.get(`/failed/${index}`, { onSend }, async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
      app.get(`/fine/${index}`, { onSend }, async () => 'fine')
    }
  })
  for (const [index, { title, code }] of rows.entries()) {
    const failed = await request(`/failed/${index}`)
    t.equal(failed.body.error?.code, code === 'INTERNAL_ERROR' ? 'MODEL_NOT_FOUND' : code, title)
    const fine = await request(`/fine/${index}`)
    t.equal(fine.body.error?.code, code, title)
    for (const { text, headers } of [failed, fine]) {
      t.notMatch(text, /hunter2|provider text/, `${title}: the wire`)
      for (const name of ['set-cookie', 'server', 'x-internal-route']) t.equal(headers.get(name), null, `${title}: ${name}`)
    }
  }
})

for (const [place, add] of Object.entries(PLACES)) {
  t.test(`thrown by a ${place}`, async t => {
    const { request, log, errorLines } = await serve(t, app => {
      for (const [index, { make }] of rows.entries()) add(app, `/${index}`, make)
    })
    for (const [index, { title, message, shouldRetry, ...row }] of rows.entries()) {
      const code = (place === 'source' ? OF_A_SOURCE.get(title) : undefined) ?? row.code
      log.length = 0
      const { status, headers, text, body } = await request(`/${index}`)
      t.equal(body.error?.code, code, title)
      t.notMatch(text, /hunter2|provider text/, `${title}: the wire`)
      if (message !== undefined) t.equal(body.error.message, message, `${title}: the message`)
      for (const name of ['set-cookie', 'server', 'x-internal-route']) t.equal(headers.get(name), null, `${title}: ${name}`)
      t.equal(headers.get('www-authenticate'), status === 401 ? 'Bearer' : null, `${title}: the challenge`)
      if (shouldRetry !== undefined) t.equal(headers.get('x-should-retry'), shouldRetry, `${title}: x-should-retry`)
      const [line, ...more] = errorLines()
      t.match({ code: line?.code, status: line?.status, more }, { code, status, more: [] }, `${title}: one line`)
      // A message may be logged; what stands in a field may not.
      t.notMatch(JSON.stringify(log).replaceAll(TEXT, ''), /hunter2/, `${title}: the log`)
    }
  })
}

t.test('an error whose names can not be listed keeps its status, with our message and none of its headers', async t => {
  const trap = { ownKeys () { throw new Error('no') } }
  const hostile = new Proxy(Object.assign(new Error(TEXT), { statusCode: 404 }), trap)
  const headers = new Proxy({ allow: 'GET' }, trap)
  const { code, message } = toScaiError(hostile)
  t.strictSame([code, message], ['NOT_FOUND', errorCatalog.NOT_FOUND.message])
  t.strictSame(toScaiError(Object.assign(new Error('No such plan'), { statusCode: 404, expose: true, headers })).headers, {})
})

t.test('the errors of @fastify/sensible keep their message below 500', async t => {
  const { request } = await serve(t, async app => {
    await app.register(sensible)
    app.get('/409', async () => { throw app.httpErrors.conflict('Taken already') })
    app.get('/503', async () => { throw app.httpErrors.serviceUnavailable(TEXT) })
  })
  t.match((await request('/409')).body.error, { code: 'CONFLICT', message: 'Taken already' })
  t.match((await request('/503')).body.error, { code: 'SERVICE_UNAVAILABLE', message: 'The service is temporarily unavailable' })
})

/** What has no code and no status of its own, and is no answer to a caller. */
const FAULTS: Array<[title: string, fault: Error]> = [
  ['a reply of Redis', shaped('ReplyError', { command: { args: [KEY] } })],
  ['Prisma', shaped('PrismaClientValidationError', { clientVersion: '7.0.0' })],
  ['Sequelize', Object.assign(shaped('UniqueConstraintError', { sql: KEY }), { name: 'SequelizeUniqueConstraintError' })],
  ['an SDK without a key', new OpenAI.OpenAIError(TEXT)],
  ['WebAssembly', new (globalThis as unknown as { WebAssembly: { CompileError: ErrorConstructor } }).WebAssembly.CompileError(TEXT)]
]

t.test('a bug never gets the status of the reply', async t => {
  const { request } = await serve(t, app => {
    for (const [index, [, fault]] of FAULTS.entries()) {
      app.get(`/${index}`, async (_request, reply) => {
        reply.code(404)
        throw fault
      })
    }
  })
  for (const [index, [title]] of FAULTS.entries()) t.equal((await request(`/${index}`)).body.error.code, 'INTERNAL_ERROR', title)
})

/** What a validator may meet that catches everything, or is asynchronous: none of it is the input's fault. */
const MET: Array<[title: string, met: Error, code: ScaiErrorCode]> = [
  [
    'a refused connection', Object.assign(new Error(`connect ECONNREFUSED ${KEY}`), { code: 'ECONNREFUSED', syscall: 'connect' }),
    'SERVICE_UNAVAILABLE'
  ],
  ['a missing file', Object.assign(new Error(`ENOENT ${KEY}`), { code: 'ENOENT', errno: -2, syscall: 'open' }), 'INTERNAL_ERROR'],
  ['PostgreSQL\'s refusal', Object.assign(shaped('DatabaseError', { code: '28P01', severity: 'FATAL' })), 'INTERNAL_ERROR'],
  ['an SDK\'s answer', OpenAI.APIError.generate(401, { error: { message: TEXT } }, TEXT, new Headers(HEADERS)), 'BACKEND_ERROR'],
  // What it returns is its verdict, of whatever class.
  ['an assertion', new TypeError(`Cannot read properties of undefined (reading '${KEY}')`), 'VALIDATION_ERROR']
]

t.test('a validator that fails itself is no failed validation', async t => {
  const { request, errorLines } = await serve(t, app => {
    for (const [index, [, met]] of MET.entries()) {
      const keyword = { keyword: `met${index}`, async: true, validate: async () => { throw met } }
      const schema = { $async: true, type: 'object', [keyword.keyword]: true }
      app.register(async child => {
        child.setValidatorCompiler(({ schema }) => new Ajv({ keywords: [keyword] }).compile(schema as object) as never)
        child.post(`/async/${index}`, { schema: { body: schema } }, async () => 'ok')
      })
      app.post(`/caught/${index}`, { schema: { body: {} }, validatorCompiler: () => () => ({ error: met }) }, async () => 'ok')
    }
  })
  for (const path of ['/async', '/caught']) {
    for (const [index, [title, , code]] of MET.entries()) {
      const { body, text } = await request(`${path}/${index}`, json({}))
      t.equal(body.error.code, code, `${path} ${title}`)
      t.notMatch(text, /hunter2/)
      t.ok(errorLines().at(-1)![code === 'VALIDATION_ERROR' ? 'cause' : 'err'], 'the log has what was met')
    }
  }
})
