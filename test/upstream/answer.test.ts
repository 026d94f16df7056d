import { once } from 'node:events'
import { Readable } from 'node:stream'
import { OpenAI } from 'openai'
import { Anthropic } from '@anthropic-ai/sdk'
import t from 'tap'
import * as undici from 'undici'
import type { ScaiErrorCode } from '../../src/index.js'
import { fromProvider } from '../../src/upstream.js'
import { SECRET } from '../fixtures/conformance.js'
import { answerWith, clients, gateway, leaks, misbehave } from '../fixtures/upstreams.js'
import type { Client } from '../fixtures/upstreams.js'

const message = `Incorrect API key provided: ${SECRET}`
const failed = { error: { message, type: 'server_error', code: null, param: null } }

const answers: Array<[title: string, status: number, body: object | string, ScaiErrorCode]> = [
  ['an unknown key', 401, { error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } }, 'BACKEND_ERROR'],
  ['a key that may not', 403, failed, 'BACKEND_ERROR'],
  ['an address that is not there', 404, failed, 'BACKEND_ERROR'],
  ['a file that is not there', 404, { error: { message: 'file: model.txt', type: 'not_found_error' } }, 'BACKEND_ERROR'],
  ['a page that is not there', 404, `<h1>${SECRET}</h1>`, 'BACKEND_ERROR'],
  [
    'a model that is not there, OpenAI', 404,
    { error: { message, type: 'invalid_request_error', param: null, code: 'model_not_found' } }, 'MODEL_NOT_FOUND'
  ],
  ['a model that is not there, vLLM', 404, { error: { message, type: 'NotFoundError', param: 'model', code: 404 } }, 'MODEL_NOT_FOUND'],
  [
    'a model that is not there, Anthropic', 404,
    { type: 'error', error: { type: 'not_found_error', message: 'model: claude-hunter2' } }, 'MODEL_NOT_FOUND'
  ],
  [
    'a model that is not there, Ollama', 404,
    { error: { type: 'not_found_error', message: 'model "hunter2" not found', param: null, code: null } }, 'MODEL_NOT_FOUND'
  ],
  ['a timeout', 408, failed, 'BACKEND_TIMEOUT'],
  ['a bad request', 400, failed, 'BACKEND_ERROR'],
  ['a model that is not there, under another status', 400, { error: { message, code: 'model_not_found' } }, 'MODEL_NOT_FOUND'],
  ['a request too large', 413, failed, 'BACKEND_ERROR'],
  ['a status of its own', 418, failed, 'BACKEND_ERROR'],
  ['one request too many', 429, { error: { message, type: 'requests', code: 'rate_limit_exceeded' } }, 'BACKEND_RATE_LIMITED'],
  ['a bill to be paid', 429, { error: { message, type: 'insufficient_quota', code: 'insufficient_quota' } }, 'BACKEND_ERROR'],
  ['a failure', 500, failed, 'BACKEND_ERROR'],
  ['a failure without a body', 500, '', 'BACKEND_ERROR'],
  ['a failure of its own upstream', 502, failed, 'BACKEND_ERROR'],
  ['an outage', 503, '', 'MODEL_UNAVAILABLE'],
  ['a timeout of its own upstream', 504, failed, 'BACKEND_TIMEOUT'],
  ['a version it does not know', 505, failed, 'BACKEND_ERROR'],
  ['an overload', 529, { type: 'error', error: { type: 'overloaded_error', message } }, 'MODEL_UNAVAILABLE']
]

for (const [title, status, body, code] of answers) {
  t.test(`${title}, ${status}: ${code}, for every client`, async t => {
    const ask = await gateway(t)
    const url = await answerWith(t, status, body, { 'x-request-id': 'upstream-1' })
    for (const [client, call] of Object.entries<Client>(clients)) {
      const { answer, line } = await ask(() => call(url))
      t.strictSame([answer.body.error.code, leaks(answer, Number(new URL(url).port))], [code, []], client)
      t.match(line, { code, context: { upstream: { status, request_id: 'upstream-1' } } })
    }
  })
}

t.test('a successful answer that is passed as an error is UPSTREAM_SHAPE_MISMATCH, whatever it says', async t => {
  for (const status of [200, 204, 304]) {
    const response = await fetch(await answerWith(t, status, '', { location: '/' }), { redirect: 'manual' })
    t.equal((await fromProvider(response)).code, 'UPSTREAM_SHAPE_MISMATCH')
  }
})

const delays: Array<[title: string, headers: Record<string, string>, retryAfter: number]> = [
  ['milliseconds', { 'retry-after-ms': '1500' }, 2],
  ['milliseconds before seconds', { 'retry-after-ms': '1500', 'retry-after': '30' }, 2],
  ['milliseconds that are none', { 'retry-after-ms': 'soon', 'retry-after': '30' }, 30],
  ['seconds', { 'retry-after': '30' }, 30],
  ['a date', { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 0],
  ['a reset of which nobody says that its limit was reached', { 'x-ratelimit-reset-requests': '6m0s' }, 60],
  ['the earlier one of two such resets', { 'x-ratelimit-reset-requests': '2s', 'x-ratelimit-reset-tokens': '1m2.5s' }, 2],
  [
    'the reset of the limit that was reached',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '12h0m0s'
    },
    360
  ],
  ['seconds before a reset', { 'x-ratelimit-reset-requests': '6m0s', 'retry-after': '7' }, 7],
  ['a reset within the second', { 'x-ratelimit-reset-tokens': '20ms' }, 1],
  ['a reset that is none', { 'x-ratelimit-reset-tokens': 'soon' }, 1],
  ['nothing', {}, 1]
]

for (const [title, headers, retryAfter] of delays) {
  t.test(`${title}: retry_after is ${retryAfter}, for every client`, async t => {
    const ask = await gateway(t)
    const url = await answerWith(t, 429, failed, headers)
    for (const [client, call] of Object.entries<Client>(clients)) {
      const { answer } = await ask(() => call(url))
      t.equal(answer.body.error.retry_after, retryAfter, client)
    }
  })
}

t.test('a delay is passed on with every code that may have one, a reset only with BACKEND_RATE_LIMITED', async t => {
  for (const [status, headers, retryAfter] of [
    [503, { 'retry-after': '30' }, 30],
    [529, { 'retry-after-ms': '1' }, 1],
    [500, { 'x-ratelimit-reset-requests': '6m0s' }, undefined],
    [503, {}, undefined]
  ] as const) {
    const error = await fromProvider(await fetch(await answerWith(t, status, '', headers)))
    t.equal(error.retryAfter, retryAfter)
  }
})

t.test('the request id of Anthropic is in the log, too; a long one is cut', async t => {
  const headers = { 'request-id': 'req_'.repeat(100) }
  const { context } = await fromProvider(await fetch(await answerWith(t, 500, '', headers)))
  t.strictSame(context, { upstream: { kind: 'failed', status: 500, request_id: `${'req_'.repeat(15)}req…` } })
})

// Bodies

const missing = JSON.stringify({ error: { code: 'model_not_found', message: SECRET } })

t.test('a body that is too long is ignored', async t => {
  for (const [length, code] of [[65_536, 'MODEL_NOT_FOUND'], [65_537, 'BACKEND_ERROR']] as const) {
    const url = await answerWith(t, 404, missing.padEnd(length))
    for (const call of Object.values<Client>({ fetch: clients.fetch, request: clients['request of undici'], ai: clients['the AI SDK'] })) {
      t.equal((await fromProvider(await call(url).catch((error: unknown) => error))).code, code)
    }
  }
})

t.test('a body without end is abandoned, and its connection closed', async t => {
  let closed: Promise<unknown> | undefined
  const port = await misbehave(t, socket => {
    closed = once(socket, 'close')
    socket.write('HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n')
    const timer = setInterval(() => { socket.write(`${(60_000).toString(16)}\r\n${' '.repeat(60_000)}\r\n`) }, 10)
    socket.on('close', () => clearInterval(timer))
  })
  for (const ask of [fetch, undici.fetch, undici.request]) {
    const error = await fromProvider(await (ask as typeof fetch)(`http://127.0.0.1:${port}`))
    t.equal(error.code, 'BACKEND_ERROR')
    await closed
  }
})

t.test('a body that stalls is abandoned, and its connection closed', async t => {
  const closed: Array<Promise<unknown>> = []
  const port = await misbehave(t, socket => {
    closed.push(once(socket, 'close'))
    socket.write(`HTTP/1.1 503 Service Unavailable\r\ncontent-length: 1000\r\n\r\n${SECRET}`)
  })
  const errors = await Promise.all([fetch, undici.fetch, undici.request].map(async ask => await fromProvider(await (ask as typeof fetch)(`http://127.0.0.1:${port}`))))
  t.strictSame(errors.map(({ code }) => code), ['MODEL_UNAVAILABLE', 'MODEL_UNAVAILABLE', 'MODEL_UNAVAILABLE'])
  await Promise.all(closed)
})

t.test('with a body that is cut off, that has been read or is being read, the status decides', async t => {
  const port = await misbehave(t, socket => { socket.end(`HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\n${missing}`) })
  t.equal((await fromProvider(await fetch(`http://127.0.0.1:${port}`))).code, 'BACKEND_ERROR')

  const url = await answerWith(t, 404, missing)
  const read = await fetch(url)
  await read.text()
  t.equal((await fromProvider(read)).code, 'BACKEND_ERROR')
  const locked = await fetch(url)
  locked.body?.getReader()
  t.equal((await fromProvider(locked)).code, 'BACKEND_ERROR')
  const consumed = await undici.request(url)
  await consumed.body.text()
  t.equal((await fromProvider(consumed)).code, 'BACKEND_ERROR')
})

t.test('a response without a body has its status', async t => {
  const url = await answerWith(t, 503)
  t.equal((await fromProvider(await fetch(url, { method: 'HEAD' }))).code, 'MODEL_UNAVAILABLE')
  t.equal((await fromProvider(new Response(null, { status: 504 }))).code, 'BACKEND_TIMEOUT')
})

t.test('a connection is reused after an error', async t => {
  const url = await answerWith(t, 500, missing)
  const dispatcher = new undici.Agent({ connections: 1 })
  t.teardown(() => dispatcher.close())
  let connections = 0
  dispatcher.on('connect', () => { connections++ })
  for (let i = 0; i < 3; i++) await fromProvider(await undici.request(url, { dispatcher }))
  t.equal(connections, 1)
})

t.test('a response is its error\'s cause', async t => {
  const response = new Response('', { status: 500 })
  t.equal((await fromProvider(response)).cause, response)
})

// Streams

const said = `No, ${SECRET}`

for (const [title, fault, code] of [
  ['an overload', { type: 'overloaded_error', message: said }, 'MODEL_UNAVAILABLE'],
  ['a limit', { type: 'rate_limit_error', message: said }, 'BACKEND_RATE_LIMITED'],
  ['a limit, OpenAI', { code: 'rate_limit_exceeded', type: 'requests', message: said }, 'BACKEND_RATE_LIMITED'],
  ['a bill to be paid', { code: 'insufficient_quota', type: 'insufficient_quota', message: said }, 'BACKEND_ERROR'],
  ['a timeout', { type: 'timeout_error', message: said }, 'BACKEND_TIMEOUT'],
  ['a failure', { type: 'api_error', message: said }, 'BACKEND_ERROR']
] as const) {
  t.test(`${title} in the middle of a stream: ${code}`, async t => {
    const ask = await gateway(t)
    const url = await answerWith(t, 200, `event: error\ndata: ${JSON.stringify({ type: 'error', error: fault })}\n\n`, {
      'content-type': 'text/event-stream',
      'request-id': 'upstream-1',
      'x-request-id': 'upstream-1'
    })
    const sdk = { apiKey: 'hunter2', baseURL: url, maxRetries: 0 }
    for (const call of [
      async () => await Readable.from(await new OpenAI(sdk).chat.completions.create({ model: 'm', messages: [], stream: true })).toArray(),
      async () =>
        await Readable.from(await new Anthropic(sdk).messages.create({ model: 'm', max_tokens: 1, messages: [], stream: true })).toArray()
    ]) {
      const { answer, line } = await ask(call)
      t.strictSame([answer.body.error.code, leaks(answer)], [code, []])
      t.match(line, { context: { upstream: { request_id: 'upstream-1' } } })
    }
  })
}
