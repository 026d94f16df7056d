import { Readable } from 'node:stream'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import t from 'tap'
import { ScaiError } from '../../src/index.js'
import type { ScaiErrorsOptions, ScaiStreamOptions, ScaiStreamSource } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { serve } from '../fixtures/service.js'

const DONE = 'data: [DONE]\n\n'
const SECRET = 'planted-10.0.0.7'
const message = SECRET
/** A field that is no message: neither sent nor logged. */
const prompt = 'planted-prompt'

async function * items (list: readonly unknown[], ...thrown: unknown[]): AsyncGenerator<any> {
  yield * list
  if (thrown.length > 0) throw thrown[0]
}

async function serveStream (
  t: Parameters<typeof serve>[0],
  source: () => ScaiStreamSource,
  options?: ScaiStreamOptions,
  errors: ScaiErrorsOptions = {}
) {
  return await serve(t, app => { app.get('/', (_request, reply) => { reply.scaiStream(source(), options) }) }, { errors })
}

// A source that fails in its first tick, and ways to fail while it is opened or ended.

const failing = (): Readable => new Readable({ objectMode: true, read () {} }).destroy(new Error(SECRET))
const iterable = (iterator: object): AsyncIterable<any> => ({ [Symbol.asyncIterator]: () => iterator as AsyncIterator<any> })

for (const [name, source, options] of [
  ['a stream of Node.js that is destroyed at once', failing],
  ['the same of a function', () => failing],
  ['the same under an option that can not be', failing, { heartbeat: -1 }],
  ['the same under an isComplete that is no function', failing, { isComplete: 1 as never }],
  [
    'a stream of the web that fails at once',
    () => new ReadableStream({ start (controller) { controller.error(new Error(SECRET)) } }) as ReadableStream<string>
  ],
  ['a stream of the web that is locked', () => { const stream = new ReadableStream<string>(); stream.getReader(); return stream }],
  ['an iterable that throws', () => ({ [Symbol.asyncIterator] () { throw new Error(SECRET) } })],
  ['a next that throws', () => iterable({ next () { throw new Error(SECRET) } })],
  ['a next that gives nothing', () => iterable({ next () {} })],
  [
    'a next that throws, and a return that rejects',
    () => iterable({ next () { throw new Error(SECRET) }, return: async () => { throw new Error('no') } })
  ],
  ['a return that hangs', () => iterable({ next () { throw new Error(SECRET) }, return: () => new Promise(() => {}) })],
  ['a return that throws', () => iterable({ next () { throw new Error(SECRET) }, get return () { throw new Error('no') } })]
] as Array<[string, () => ScaiStreamSource, ScaiStreamOptions?]>) {
  t.test(`${name} is an ordinary error response, and the process lives`, async t => {
    const { request, errorLines } = await serveStream(t, source, options)
    const answer = await request('/')
    t.equal(checkEnvelope(answer).error.code, 'INTERNAL_ERROR')
    t.notMatch(answer.text, SECRET)
    t.equal(errorLines().length, 1)
  })
}

// Items that are errors, or bring one. Exact shapes.

const network = Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' })

for (const [name, item, code] of [
  ['an Error', network, 'BACKEND_ERROR'],
  ['a ScaiError', new ScaiError('MODEL_UNAVAILABLE'), 'MODEL_UNAVAILABLE'],
  ['a part of the AI SDK', { type: 'error', error: network }, 'BACKEND_ERROR'],
  ['a part of the AI SDK with a text', { type: 'error', error: SECRET }],
  ['an error event of the Responses API', { type: 'error', code: 'server_error', message, prompt, sequence_number: 3 }],
  ['response.failed', { type: 'response.failed', response: { id: 'r', instructions: prompt, error: { code: 'server_error', message } } }],
  ['an error event of Anthropic', { type: 'error', error: { type: 'overloaded_error', message, prompt } }],
  ['a chunk with an error', { error: { message, code: 502, metadata: { prompt } }, choices: [] }],
  ['a chunk with a text for an error', { error: SECRET }],
  ['an event that is called error', { event: 'error', data: { message, prompt } }],
  ['an event that is called error, and has none', { event: 'error', data: null }],
  ['an event that is called error, with more', { event: 'error', data: 1, message, prompt }],
  ['an event whose data is an Error', { data: network }, 'BACKEND_ERROR']
] as Array<[string, unknown, string?]>) {
  for (const before of [[], ['a']]) {
    t.test(`an item that is ${name} ends the stream, ${before.length} items before it`, async t => {
      const { request, log, errorLines } = await serveStream(t, () => items([...before, item, 'never']))
      const answer = await request('/')
      t.notMatch(answer.text, SECRET)
      t.notMatch(answer.text, 'never')
      t.equal(errorLines().length, 1)
      const seen = before.length === 0
        ? checkEnvelope(answer).error.code
        : /^data: a\n\nevent: error\ndata: {"code":"(\w+)","message":"[^"]*"}\n\ndata: \[DONE\]\n\n$/.exec(answer.text)?.[1]
      t.ok(seen)
      if (code !== undefined) t.equal(seen, code)
      t.equal(errorLines()[0]?.code, seen)
      t.notMatch(answer.text, prompt)
      t.notMatch(JSON.stringify(log), prompt)
    })
  }
}

for (const [name, item, frame] of [
  ['a row with an error, as data', { data: { error: { message: 'mine' } } }, 'data: {"error":{"message":"mine"}}\n\n'],
  ['an error that is null', { error: null, a: 1 }, 'data: {"error":null,"a":1}\n\n'],
  ['an error that is a number', { error: 1 }, 'data: {"error":1}\n\n'],
  ['a text that tells of an error', '{"error":{}}', 'data: {"error":{}}\n\n'],
  [
    'another type', { type: 'response.completed', response: { error: null } },
    'data: {"type":"response.completed","response":{"error":null}}\n\n'
  ]
] as const) {
  t.test(`${name} is an ordinary item`, async t => {
    const { request } = await serveStream(t, () => items([item]))
    t.equal((await request('/')).text, frame + DONE)
  })
}

// What is thrown.

for (const [name, thrown, code, errors] of [
  ['a network error', network, 'BACKEND_ERROR'],
  ['an abort', new DOMException(SECRET, 'AbortError'), 'BACKEND_TIMEOUT'],
  ['JSON that breaks off', new SyntaxError(SECRET), 'UPSTREAM_SHAPE_MISMATCH'],
  ['an author\'s 404', Object.assign(new Error('none'), { statusCode: 404 }), 'NOT_FOUND'],
  ['what mapError knows', network, 'TENANT_SUSPENDED', { mapError: () => 'TENANT_SUSPENDED' }],
  ['what mapError takes for a bug', network, 'INTERNAL_ERROR', { mapError: () => 'INTERNAL_ERROR' }],
  ['a bug', new TypeError(SECRET), 'INTERNAL_ERROR'],
  ['a response, which can not be read at once: by its status', new Response(SECRET), 'UPSTREAM_SHAPE_MISMATCH']
] as Array<[string, unknown, string, ScaiErrorsOptions?]>) {
  t.test(`${name} is ${code}, before the first item and after it`, async t => {
    const first = await serveStream(t, () => items([], thrown), {}, errors)
    t.equal(checkEnvelope(await first.request('/')).error.code, code)
    const later = await serveStream(t, () => items(['a'], thrown), {}, errors)
    t.match((await later.request('/')).text, `data: a\n\nevent: error\ndata: {"code":"${code}"`)
  })
}

// The end.

for (const [name, list, isComplete, expected] of [
  ['complete', ['a', 'b'], (last: unknown) => last === 'b', `data: a\n\ndata: b\n\n${DONE}`],
  [
    'cut off', ['a'], (last: unknown) => last === 'b',
    /^data: a\n\nevent: error\ndata: {"code":"UPSTREAM_SHAPE_MISMATCH".*\n\ndata: \[DONE\]\n\n$/
  ],
  ['without an item', [], (last: unknown) => last !== undefined, /"code":"UPSTREAM_SHAPE_MISMATCH"/],
  ['with a marker of its own', ['a', '[DONE]'], (last: unknown) => last === '[DONE]', `data: a\n\n${DONE}`],
  ['with a marker of its own, as an event', ['a', { data: '[DONE]' }], undefined, `data: a\n\n${DONE}`],
  ['with an isComplete that throws', ['a'], () => { throw new Error(SECRET) }, /event: error\ndata: {"code":"INTERNAL_ERROR"/]
] as Array<[string, unknown[], ((last: unknown) => boolean) | undefined, string | RegExp]>) {
  t.test(`the end of a source: ${name}`, async t => {
    const { request } = await serveStream(t, () => items(list), isComplete === undefined ? {} : { isComplete })
    const { text } = await request('/')
    if (typeof expected === 'string') t.equal(text, expected)
    else t.match(text, expected)
  })
}

// The SDKs against a provider that fails in the middle, or is cut off.

const CHUNK = {
  id: 'c',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }]
}
const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }
const sse = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

async function provide (t: Parameters<typeof serve>[0], body: string, cut = false): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(body, () => cut ? response.destroy() : response.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const openai = (baseURL: string): ScaiStreamSource => signal =>
  new OpenAI({ apiKey: 'x', baseURL, maxRetries: 0 }).chat.completions.create({ model: 'm', messages: [], stream: true }, { signal })
const anthropic = (baseURL: string): ScaiStreamSource => signal =>
  new Anthropic({ apiKey: 'x', baseURL, maxRetries: 0 }).messages.create({
    model: 'm',
    max_tokens: 1,
    messages: [],
    stream: true
  }, { signal })
const finished = (last: unknown): boolean => (last as typeof CHUNK | undefined)?.choices[0]?.finish_reason != null

for (const [name, open, body, code, options, cut] of [
  [
    'OpenAI: an error in the middle', openai,
    `data: ${JSON.stringify(CHUNK)}\n\ndata: {"error":{"message":"${SECRET}","type":"server_error"}}\n\n`, 'BACKEND_ERROR'
  ],
  ['OpenAI: a connection that breaks', openai, `data: ${JSON.stringify(CHUNK)}\n\n`, 'BACKEND_ERROR', {}, true],
  [
    'OpenAI: an end that comes too early', openai, `data: ${JSON.stringify(CHUNK)}\n\n`, 'UPSTREAM_SHAPE_MISMATCH',
    { isComplete: finished }
  ],
  [
    'Anthropic: overloaded in the middle', anthropic,
    sse('content_block_delta', DELTA) + sse('error', { type: 'error', error: { type: 'overloaded_error', message } }),
    'MODEL_UNAVAILABLE'
  ],
  ['Anthropic: a connection that breaks', anthropic, sse('content_block_delta', DELTA), 'BACKEND_ERROR', {}, true]
] as Array<[string, (url: string) => ScaiStreamSource, string, string, ScaiStreamOptions?, boolean?]>) {
  t.test(name, async t => {
    const provider = await provide(t, body, cut)
    const { request, errorLines } = await serveStream(t, () => open(provider), options)
    const { text } = await request('/')
    t.match(text, /^data: {/)
    t.match(text, new RegExp(`\\n\\nevent: error\\ndata: {"code":"${code}","message":"[^"]*"}\\n\\ndata: \\[DONE\\]\\n\\n$`))
    t.notMatch(text, SECRET)
    t.match(errorLines(), [{ code }])
  })
}

t.test('a provider that can not be reached is an ordinary error response', async t => {
  for (const open of [openai, anthropic]) {
    const { request } = await serveStream(t, () => open('http://127.0.0.1:1'))
    t.equal(checkEnvelope(await request('/')).error.code, 'BACKEND_ERROR')
  }
})

t.test('a logger that throws in a timer costs only its line', async t => {
  const { url } = await serve(t, app => app.get('/', (_request, reply) => {
    reply.log.error = () => { throw new Error('no') }
    reply.scaiStream(async function * () {
      yield 'a'
      await new Promise(() => {})
    }, { stallTimeout: 20 })
  }))
  t.match(await fetch(url).then(async response => await response.text()), '"code":"BACKEND_TIMEOUT"')
})
