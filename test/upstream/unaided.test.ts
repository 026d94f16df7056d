import createError from 'http-errors'
import t from 'tap'
import * as undici from 'undici'
import { z } from 'zod'
import type { ScaiErrorCode } from '../../src/index.js'
import { failureBehindUs, isFailure } from '../../src/upstream/unaided.js'
import { SECRET } from '../fixtures/conformance.js'
import { HttpException } from '../fixtures/http-exception.js'
import { serve } from '../fixtures/service.js'
import { clients, closedPort, impatientClients, leaks, misbehave, misdeeds, answerWith } from '../fixtures/upstreams.js'
import type { Client } from '../fixtures/upstreams.js'

function failure (properties: object, name = 'Error'): Error {
  const error = Object.assign(new Error(SECRET), properties)
  if (name !== 'Error') Object.setPrototypeOf(error, Object.create(Error.prototype, { constructor: { value: { name } } }))
  return error
}

const refused = failure({ code: 'ECONNREFUSED', syscall: 'connect' })

// Shapes, as the libraries leave them
const unmistakable: Array<[title: string, thrown: unknown, code: ScaiErrorCode]> = [
  [
    'axios',
    failure({ isAxiosError: true, code: 'ERR_BAD_REQUEST', response: { status: 404, headers: {}, data: {} } }, 'AxiosError'),
    'BACKEND_ERROR'
  ],
  ['axios without an answer', failure({ code: 'ECONNREFUSED', cause: refused }, 'AxiosError'), 'BACKEND_ERROR'],
  ['axios, too slow', failure({ code: 'ECONNABORTED' }, 'AxiosError'), 'BACKEND_TIMEOUT'],
  [
    'got', failure({ code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 429, headers: {}, body: '{}' } }, 'HTTPError'),
    'BACKEND_RATE_LIMITED'
  ],
  ['got without an answer', failure({ code: 'ECONNREFUSED', cause: refused }, 'RequestError'), 'BACKEND_ERROR'],
  ['ky', failure({ response: { status: 401, headers: new Headers() } }, 'HTTPError'), 'BACKEND_ERROR'],
  [
    'ofetch', failure({ response: { status: 503, headers: new Headers() }, data: {}, status: 503, statusCode: 503 }, 'FetchError'),
    'MODEL_UNAVAILABLE'
  ],
  ['node-fetch', failure({ type: 'system', code: 'ECONNRESET', errno: 'ECONNRESET' }, 'FetchError'), 'BACKEND_ERROR'],
  [
    'Groq', failure({ status: 429, headers: new Headers(), error: { error: { code: 'rate_limit_exceeded' } } }, 'RateLimitError'),
    'BACKEND_RATE_LIMITED'
  ],
  ['Mistral', failure({ statusCode: 422, body: '{}', headers: new Headers(), rawResponse: { status: 422 } }, 'SDKError'), 'BACKEND_ERROR'],
  [
    'Google',
    Object.assign(failure({ status: 429, name: 'ApiError' }, 'ApiError'), { message: '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}' }),
    'BACKEND_RATE_LIMITED'
  ],
  [
    'the AI SDK', failure({ name: 'AI_APICallError', statusCode: 529, responseHeaders: {}, responseBody: '{}' }, 'APICallError'),
    'MODEL_UNAVAILABLE'
  ],
  [
    'the AI SDK, after its attempts',
    failure({
      name: 'AI_RetryError',
      errors: [failure({ name: 'AI_APICallError', statusCode: 429, responseHeaders: {} }, 'APICallError')]
    }, 'RetryError'),
    'BACKEND_RATE_LIMITED'
  ],
  ['the AI SDK without an object', failure({ name: 'AI_NoObjectGeneratedError' }), 'UPSTREAM_SHAPE_MISMATCH'],
  [
    'AWS',
    failure({
      name: 'ThrottlingException',
      $fault: 'client',
      $metadata: { httpStatusCode: 429 },
      $response: { statusCode: 429, headers: {} }
    }, 'ThrottlingException'),
    'BACKEND_RATE_LIMITED'
  ],
  ['Ollama', failure({ name: 'ResponseError', status_code: 500, error: 'no' }, 'ResponseError'), 'BACKEND_ERROR'],
  [
    'Cohere', failure({ statusCode: 429, body: {}, rawResponse: { headers: new Headers(), status: 429 } }, 'TooManyRequestsError'),
    'BACKEND_RATE_LIMITED'
  ],
  ['Hugging Face', failure({ httpResponse: { status: 503, body: {} } }, 'InferenceClientProviderApiError'), 'MODEL_UNAVAILABLE'],
  [
    'octokit', failure({ name: 'HttpError', status: 404, response: { status: 404, headers: {}, data: {} } }, 'RequestError'),
    'BACKEND_ERROR'
  ],
  [
    'octokit without an answer',
    failure({ name: 'HttpError', status: 500, cause: new TypeError('fetch failed', { cause: refused }) }, 'RequestError'),
    'BACKEND_ERROR'
  ],
  [
    'Stripe', failure({ statusCode: 402, headers: {}, raw: { statusCode: 402, code: 'card_declined' } }, 'StripeCardError'),
    'BACKEND_ERROR'
  ],
  [
    'Elasticsearch', failure({ name: 'ResponseError', meta: { statusCode: 429, headers: {}, body: {} } }, 'ResponseError'),
    'BACKEND_RATE_LIMITED'
  ],
  ...([
    [14, 'BACKEND_ERROR'], [4, 'BACKEND_TIMEOUT'], [8, 'BACKEND_RATE_LIMITED'], [16, 'BACKEND_ERROR'], [13, 'BACKEND_ERROR']
  ] as const).map(([code, told]) =>
    [`gRPC ${code}`, failure({ code, details: SECRET, metadata: {} }), told] as [string, unknown, ScaiErrorCode]),
  ['reply-from', failure({ name: 'FastifyError', code: 'FST_REPLY_FROM_GATEWAY_TIMEOUT', statusCode: 504 }), 'BACKEND_TIMEOUT'],
  [
    'an error around one of an SDK',
    new Error(SECRET, { cause: failure({ status: 429, headers: { date: 'today' }, error: {} }, 'RateLimitError') }), 'BACKEND_RATE_LIMITED'
  ],
  ['http-errors, given one of a socket', createError(404, failure({ code: 'ECONNRESET', syscall: 'read' })), 'SERVICE_UNAVAILABLE'],
  ['an event of the Responses API', { type: 'error', sequence_number: 1, code: 'rate_limit_exceeded', message: SECRET, param: null }, 'BACKEND_RATE_LIMITED'],
  [
    'a response that failed', { type: 'response.failed', sequence_number: 1, response: { error: { code: 'server_error', message: SECRET } } }, 'BACKEND_ERROR'
  ],
  ['an event of Anthropic', { type: 'error', error: { type: 'overloaded_error', message: SECRET } }, 'MODEL_UNAVAILABLE'],
  ['an error of OpenAI, out of its event', { message: SECRET, type: 'tokens', param: null, code: 'rate_limit_exceeded' }, 'BACKEND_RATE_LIMITED'],
  ['AWS without an answer', failure({ code: 'ECONNREFUSED', syscall: 'connect', $metadata: { attempts: 1 } }), 'BACKEND_ERROR'],
  ['AWS, aborted', failure({ name: 'AbortError', $metadata: { attempts: 1 } }), 'BACKEND_TIMEOUT'],
  ...[
    'RestException', 'DiscordAPIError', 'AuthApiError', 'StorageApiError'
  ].map(name => [`a client that keeps nothing but a status, ${name}`, failure({ status: 404 }, name), 'BACKEND_ERROR'] as [string, unknown, ScaiErrorCode]),
  ['the AI SDK, of a file that it loads', failure({ name: 'AI_DownloadError', statusCode: 404 }, 'DownloadError'), 'BACKEND_ERROR'],
  ['an SDK of OpenAI, of an answer without a body', new Error('Attempted to iterate over a response with no body'), 'UPSTREAM_SHAPE_MISMATCH'],
  ['a resolver', failure({ code: 'ESERVFAIL', syscall: 'querySrv' }), 'SERVICE_UNAVAILABLE'],
  ['an open circuit', failure({ code: 'EOPENBREAKER' }), 'SERVICE_UNAVAILABLE'],
  ['a socket', refused, 'SERVICE_UNAVAILABLE'],
  ['a socket of the file system', failure({ code: 'ENOENT', syscall: 'connect' }), 'SERVICE_UNAVAILABLE'],
  ['AbortSignal.timeout()', new DOMException(SECRET, 'TimeoutError'), 'BACKEND_TIMEOUT'],

  // Stores
  ...['ER_CON_COUNT_ERROR', 'ER_LOCK_WAIT_TIMEOUT', 'ER_LOCK_DEADLOCK', 'ER_OPTION_PREVENTS_STATEMENT', '57P01', '57P03', '53300', '53100', '08006', '57014', '25006', '25P03', '40P01', '40001',
    'CONNECT_TIMEOUT', 'CONNECTION_ENDED', 'ER_GET_CONNECTION_TIMEOUT', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034'
  ].map(code => [`a store that says ${code}`, failure({ code }), 'SERVICE_UNAVAILABLE'] as [string, unknown, ScaiErrorCode]),
  ['Prisma, at its start', failure({ errorCode: 'P1001' }, 'PrismaClientInitializationError'), 'SERVICE_UNAVAILABLE'],
  ...[
    1203, 1213, 1226, 1129, 1047, 1290, 1021, 1041, 4031, 1927, 1969
  ].map(errno => [`MySQL ${errno}`, failure({ errno, code: 'HY000' }), 'SERVICE_UNAVAILABLE'] as [string, unknown, ScaiErrorCode]),
  ...[
    'LOADING', 'READONLY', 'CLUSTERDOWN', 'MASTERDOWN', 'MISCONF', 'OOM', 'NOREPLICAS', 'BUSY', 'TRYAGAIN',
    'ERR max number of clients reached'
  ].flatMap(reply => ['ReplyError', 'SimpleError'].map(name =>
    [
      `Redis, ${reply}, a ${name}`, Object.assign(failure({}, name), { message: `${reply} ${SECRET}` }), 'SERVICE_UNAVAILABLE'
    ] as [string, unknown, ScaiErrorCode])),
  [
    'a transaction of ioredis',
    Object.assign(failure({ previousErrors: [Object.assign(failure({}, 'ReplyError'), { message: 'OOM no' })] }, 'ReplyError'), { message: 'EXECABORT' }),
    'SERVICE_UNAVAILABLE'
  ],
  ...['ClientOfflineError', 'ClientClosedError', 'SocketClosedUnexpectedlyError', 'MaxRetriesPerRequestError', 'ClusterAllFailedError',
    'MongoServerSelectionError', 'MongoNetworkTimeoutError', 'KafkaJSConnectionError', 'KafkaJSNumberOfRetriesExceeded', 'IllegalOperationError', 'KnexTimeoutError',
    'SequelizeConnectionAcquireTimeoutError'
  ].map(name => [name, failure({}, name), 'SERVICE_UNAVAILABLE'] as [string, unknown, ScaiErrorCode]),
  ['mongodb, while it elects', failure({ code: 189, codeName: 'PrimarySteppedDown' }, 'MongoServerError'), 'SERVICE_UNAVAILABLE'],
  ['Sequelize', failure({ name: 'SequelizeDatabaseError', parent: failure({ code: '57P01' }) }), 'SERVICE_UNAVAILABLE'],
  ['TypeORM', failure({ driverError: failure({ errno: 1290 }) }, 'QueryFailedError'), 'SERVICE_UNAVAILABLE'],
  ['pg\'s pool', new Error('timeout exceeded when trying to connect'), 'SERVICE_UNAVAILABLE']
]

for (const [title, thrown, code] of unmistakable) {
  t.test(`unwrapped, ${title}: ${code}`, async t => {
    const error = failureBehindUs(thrown)
    t.match(error, { code, cause: thrown })
    t.notMatch(JSON.stringify(error), /hunter2/)
  })
}

class OwnError extends Error {
  statusCode = 404
}

const anybodys: Array<[title: string, thrown: unknown]> = [
  ['a bug', new TypeError(SECRET)],
  ['a status', failure({ statusCode: 404 })],
  ['a status and a cause of a client', failure({ statusCode: 404, cause: unmistakable[0]![1] })],
  ['a status of a class of one\'s own', new OwnError(SECRET)],
  ['a class of one\'s own, named as one of a client', failure({ statusCode: 404 }, 'HTTPError')],
  ['http-errors', createError(404)],
  ['a status of a class of one\'s own, with headers', failure({ statusCode: 429, headers: { 'retry-after': '7' } }, 'LimitError')],
  ['a status of a class of one\'s own, with an error', failure({ statusCode: 409, error: { code: 'TAKEN' } }, 'ConflictError')],
  ['http-errors with headers', createError(405, { headers: { allow: 'GET' } })],
  ['an exception of NestJS', new HttpException({ statusCode: 404, message: SECRET, error: 'Not Found' }, 404)],
  ['an AbortError', new DOMException(SECRET, 'AbortError')],
  ['a SyntaxError', new SyntaxError(SECRET)],
  ['a ZodError', z.string().safeParse(1).error],
  ['a ParseError', failure({}, 'ParseError')],
  ['a duplicate key of MySQL', failure({ code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000' })],
  ['a duplicate key of PostgreSQL', failure({ code: '23505' }, 'DatabaseError')],
  ['a wrong type in Redis', Object.assign(failure({}, 'ReplyError'), { message: 'WRONGTYPE no' })],
  ['a text that begins as one of Redis', new Error('BUSY with something else')],
  ['a file that is missing', failure({ code: 'ENOENT', syscall: 'open' })],
  ['a process that takes too long', failure({ code: 'ETIMEDOUT', syscall: 'spawnSync sh' })],
  ['a number for a code', failure({ code: 14 })],
  ...['body', 'data', 'config', 'url', 'headers'].map(name =>
    [`a plain error with ${name}`, failure({ status: 404, [name]: {} })] as [string, unknown]),
  ['an object of one\'s own', { type: 'error', message: SECRET }],
  ['an object of one\'s own, with an error', { type: 'error', error: { message: SECRET } }],
  ['an object of one\'s own, with a code', { code: 'rate_limit_exceeded', message: SECRET }],
  ['an error of one\'s own with the fields of OpenAI\'s', failure({ type: 'a', param: 'b', code: 'c' })],
  ['a response', new Response('', { status: 404 })],
  ['nothing', undefined],
  ['null', null],
  ['a text', SECRET]
]

for (const [title, thrown] of anybodys) {
  t.test(`an error that could be anybody's is not taken for an upstream's: ${title}`, async t => {
    t.equal(failureBehindUs(thrown), undefined)
  })
}

t.test('a response is its upstream\'s where it came over the network, and one that a handler made is its own', async t => {
  const url = await answerWith(t, 401, 'hunter2')
  const service = await serve(t, app => {
    app.get('/fetch', async () => { throw await fetch(url) })
    app.get('/undici', async () => { throw await undici.request(url) })
    app.get('/rejected', async () => await Promise.reject(await fetch(url)))
    app.get('/cause', async () => { throw new Error('hunter2', { cause: await fetch(url) }) })
    app.get('/own', async () => { throw new Response('hunter2', { status: 401 }) })
  })
  for (const [path, code] of [
    ['/fetch', 'BACKEND_ERROR'], ['/undici', 'BACKEND_ERROR'], ['/rejected', 'BACKEND_ERROR'], ['/cause', 'BACKEND_ERROR'], ['/own', 'AUTH_TOKEN_MISSING']
  ] as const) {
    const answer = await service.request(path)
    t.strictSame([answer.body.error.code, leaks(answer)], [code, []], path)
    const line = service.errorLines().at(-1)
    if (path !== '/own') t.match(line, { context: { upstream: { kind: 'refusedKey', status: 401 } } }, path)
  }
  t.equal(service.log.filter(line => /without await/.test(line.msg)).length, 3, 'what would have told more')
})

t.test('every client, unwrapped, against what fails', async t => {
  const port = await closedPort()
  const limited = await answerWith(t, 429, { error: { message: SECRET } })
  const broken = await misbehave(t, misdeeds['reset in the body'])
  for (const [name, call] of Object.entries<Client>(clients)) {
    const thrown = async (url: string): Promise<unknown> => await call(url).catch((error: unknown) => error)
    // undici's request throws what the socket does, with nothing around it.
    const code = /of undici$|^undici with/.test(name) && name !== 'fetch of undici' ? 'SERVICE_UNAVAILABLE' : 'BACKEND_ERROR'
    t.equal(failureBehindUs(await thrown(`http://127.0.0.1:${port}`))?.code, code, name)
    t.equal(failureBehindUs(await thrown(`http://127.0.0.1:${broken}`))?.code, code, name)
    const answer = await thrown(limited)
    if (answer instanceof Error) t.equal(failureBehindUs(answer)?.code, 'BACKEND_RATE_LIMITED', name)
  }
})

t.test('every client, unwrapped, against what stalls', async t => {
  const port = await misbehave(t, misdeeds.stall)
  for (const [name, call] of Object.entries<Client>(impatientClients)) {
    t.equal(failureBehindUs(await call(`http://127.0.0.1:${port}`).catch((error: unknown) => error))?.code, 'BACKEND_TIMEOUT', name)
  }
})

t.test('an error shows by itself that it is an upstream\'s, or it may be anybody\'s', async t => {
  for (const signs of [{ syscall: 'connect' }, { code: 'ECONNRESET' }, { code: 'UND_ERR_SOCKET' }, { response: { status: 401 } }]) {
    t.ok(isFailure(failure(signs)), Object.keys(signs).join())
  }
  for (const own of [
    {}, { statusCode: 404 }, { config: {} }, { headers: { allow: 'GET' } }, { code: 'NO_SUCH_USER' }
  ]) t.notOk(isFailure(failure(own)))
  t.notOk(isFailure(undefined))
})

t.test('an error of a client that reports a bug is no failure of the upstream', async t => {
  class HTTPClientError extends Error {}
  t.equal(failureBehindUs(new HTTPClientError(SECRET)), undefined)
})
