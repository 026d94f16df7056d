import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect as connectHttp2, constants } from 'node:http2'
import { request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Anthropic from '@anthropic-ai/sdk'
import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import { fastifySSE } from '@fastify/sse'
import { createParser } from 'eventsource-parser'
import type { EventSourceMessage } from 'eventsource-parser'
import { expectTypeOf } from 'expect-type'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import OpenAI from 'openai'
import t from 'tap'
import scaiErrors, { ScaiError, scaiServerOptions, toErrorFrame, toScaiError } from '../../src/index.js'
import type { PublishedError, ScaiStreamOptions, ScaiStreamSource } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { openStream, signal } from '../fixtures/open-stream.js'
import { collect, json, listen, serve } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

const DONE = 'data: [DONE]\n\n'
const BACKEND_ERROR = '{"code":"BACKEND_ERROR","message":"The upstream provider returned an error"}'
const INTERNAL_ERROR = '{"code":"INTERNAL_ERROR","message":"An unexpected error occurred, please report it with the request id"}'

/** These items, and then this error. */
async function * items (list: readonly unknown[], ...thrown: unknown[]): AsyncGenerator<any> {
  yield * list
  if (thrown.length > 0) throw thrown[0]
}

/** A service with one stream at `/`, by GET and POST. */
async function serveStream (t: Parameters<typeof serve>[0], source: () => ScaiStreamSource, options?: ScaiStreamOptions) {
  return await serve(t, app => {
    app.route({ method: ['GET', 'POST'], url: '/', handler: async (_request, reply) => reply.scaiStream(source(), options) })
  })
}

t.test('a stream is sent as events, and ends with the marker', async t => {
  const { url, errorLines } = await serveStream(t, () => items(['Hello', { a: 1 }, { event: 'delta', id: '1', data: { b: 2 } }]))
  const response = await fetch(url)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'text/event-stream')
  t.equal(response.headers.get('cache-control'), 'no-cache')
  t.equal(response.headers.get('x-accel-buffering'), 'no')
  t.match(response.headers.get('x-request-id'), /^req_/)
  t.equal(await response.text(), `data: Hello\n\ndata: {"a":1}\n\nevent: delta\nid: 1\ndata: {"b":2}\n\n${DONE}`)
  t.strictSame(errorLines(), [])
})

for (const [name, source] of [
  ['a generator', () => items(['a', 'b'])],
  ['a generator function, which gets a signal', () => async function * (signal: AbortSignal) { yield * [signal.aborted ? '?' : 'a', 'b'] }],
  ['a function that promises one', () => async () => items(['a', 'b'])],
  ['a stream of Node.js', () => Readable.from(['a', 'b'])],
  ['a stream of the web', () => Readable.toWeb(Readable.from(['a', 'b'])) as ReadableStream<string>],
  ['an iterator with nothing but next', () => {
    const list = ['a', 'b']
    return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: list.length === 0, value: list.shift() as string }) }) }
  }]
] satisfies Array<[string, () => ScaiStreamSource]>) {
  t.test(`the source may be ${name}`, async t => {
    const { request } = await serveStream(t, source)
    t.equal((await request('/')).text, `data: a\n\ndata: b\n\n${DONE}`)
  })
}

t.test('a stream without items is only the marker', async t => {
  const { request } = await serveStream(t, () => items([]))
  const { status, headers, text } = await request('/')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'text/event-stream')
  t.equal(text, DONE)
})

t.test('a handler need not be asynchronous, nor return the reply', async t => {
  const { request } = await serve(t, app => {
    app.get('/sync', (_request, reply) => { reply.scaiStream(items(['a'])) })
    app.get('/failing', (_request, reply) => { reply.scaiStream(items([], new ScaiError('BACKEND_ERROR'))) })
  })
  t.equal((await request('/sync')).text, `data: a\n\n${DONE}`)
  t.equal((await request('/failing')).body.error.code, 'BACKEND_ERROR')
})

t.test('awaiting it waits until the response is over', async t => {
  const states: boolean[] = []
  const { request } = await serve(t, app => app.get('/', async (_request, reply) => {
    await reply.scaiStream(items(['a']))
    states.push(reply.raw.writableFinished)
  }))
  t.equal((await request('/')).text, `data: a\n\n${DONE}`)
  t.strictSame(states, [true])
})

t.test('an invalid source or option does not compile', async () => {
  return (reply: FastifyReply, openai: OpenAI, body: OpenAI.ChatCompletionCreateParamsStreaming) => {
    expectTypeOf(reply.scaiStream(signal => openai.chat.completions.create(body, { signal }))).toEqualTypeOf<FastifyReply>()
    // @ts-expect-error not asynchronous
    reply.scaiStream(['a'])
    // @ts-expect-error numbers are no items
    reply.scaiStream((async function * () { yield 1 })())
    // @ts-expect-error no such superset
    reply.scaiStream(items([]), { compat: 'anthropic' })
  }
})

// Before the first item.

const revoked = Proxy.revocable({}, {})
revoked.revoke()

for (const [name, source, status, code, options] of [
  ['a source that fails', () => items([], new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30 })), 429, 'BACKEND_RATE_LIMITED'],
  ['a source that can not be opened', () => async () => { throw new ScaiError('MODEL_UNAVAILABLE') }, 503, 'MODEL_UNAVAILABLE'],
  ['a function that throws', () => () => { throw new ScaiError('MODEL_NOT_FOUND') }, 404, 'MODEL_NOT_FOUND'],
  ['an unforeseen error', () => items([], new Error('secret')), 500, 'INTERNAL_ERROR'],
  ['a text that is thrown', () => items([], 'secret'), 500, 'INTERNAL_ERROR'],
  ['undefined that is thrown', () => items([], undefined), 500, 'INTERNAL_ERROR'],
  ['an object that is thrown', () => items([], { statusCode: 404 }), 404, 'NOT_FOUND'],
  ['a revoked proxy that is thrown', () => items([], revoked.proxy), 500, 'INTERNAL_ERROR'],
  ['a stream of Node.js that fails', () => Readable.from(items([], new ScaiError('BACKEND_ERROR'))), 502, 'BACKEND_ERROR'],
  [
    'a stream of the web that fails',
    () => new ReadableStream({ pull () { throw new ScaiError('BACKEND_ERROR') } }) as ReadableStream<string>, 502, 'BACKEND_ERROR'
  ],
  ['an item that can not be sent', () => items([Buffer.from('secret')]), 500, 'INTERNAL_ERROR'],
  ['a source that is none', () => 42 as never, 500, 'INTERNAL_ERROR'],
  ['no source', () => undefined as never, 500, 'INTERNAL_ERROR'],
  ['an unknown compat', () => items(['a']), 500, 'INTERNAL_ERROR', { compat: 'anthropic' as never }],
  ['a heartbeat of no time', () => items(['a']), 500, 'INTERNAL_ERROR', { heartbeat: 0 }],
  ['a stallTimeout that Node.js would take for 1', () => items(['a']), 500, 'INTERNAL_ERROR', { stallTimeout: 2 ** 31 }]
] satisfies Array<[string, () => ScaiStreamSource, number, string, ScaiStreamOptions?]>) {
  t.test(`before the first item: ${name} is an ordinary error response`, async t => {
    const { request, errorLines } = await serveStream(t, source, options)
    const answer = await request('/')
    t.equal(answer.status, status)
    t.equal(checkEnvelope(answer).error.code, code)
    t.notOk(answer.headers.has('x-accel-buffering'))
    t.notMatch(answer.text, /secret/)
    t.match(errorLines(), [{ event: 'request_error', code, status, request_id: answer.headers.get('x-request-id') }])
    t.equal(errorLines().length, 1)
  })
}

t.test('before the first item: the log names the mistake', async t => {
  const { request, errorLines } = await serve(t, app => {
    app.get('/source', async (_request, reply) => reply.scaiStream([] as never))
    app.get('/stall', async (_request, reply) => reply.scaiStream(items(['a']), { stallTimeout: 0.5 }))
    app.get('/misspelt', async (_request, reply) => reply.scaiStream(items(['a']), { heartBeat: 1000 } as {}))
    app.get('/unknown', async (_request, reply) => reply.scaiStream(items(['a']), { retries: 1 } as {}))
  })
  for (const path of ['/source', '/stall', '/misspelt', '/unknown']) await request(path)
  t.match(errorLines().map(({ err }) => err?.message), [
    /scaiStream: the source must be an async iterable, or a function that returns one, got \[\]/,
    /scaiStream: stallTimeout must be an integer of milliseconds from 1 to 2147483647, got 0.5/,
    /scaiStream: unknown option 'heartBeat': did you mean 'heartbeat'\?/,
    /scaiStream: unknown option 'retries', expected one of compat, isComplete, heartbeat, stallTimeout/
  ])
})

t.test('before the first item: hooks, mapError and a scope\'s own handler run', async t => {
  const seen: unknown[] = []
  const cause = new Error('overloaded')
  const { request } = await serve(t, app => {
    app.addHook('onError', async (_request, _reply, error) => { seen.push(error) })
    app.get('/', async (_request, reply) => reply.scaiStream(items([], cause)))
    app.register(async child => {
      child.setErrorHandler((_error, _request, reply) => { reply.code(410).send('gone') })
      child.get('/child', async (_request, reply) => reply.scaiStream(items([], cause)))
    })
  }, { errors: { mapError: thrown => thrown === cause ? 'MODEL_UNAVAILABLE' : undefined } })
  t.equal((await request('/')).body.error.code, 'MODEL_UNAVAILABLE')
  t.equal((await request('/child')).body.error.code, 'GONE')
  t.strictSame(seen, [cause, cause])
})

t.test('before the first item: a header that can not be sent is an ordinary error response', async t => {
  const { url, request } = await serve(t, app => app.get('/:kind', async (request, reply) => {
    reply.header('x-bad', 'a\nb')
    return reply.scaiStream(items((request.params as { kind: string }).kind === 'empty' ? [] : ['a']))
  }))
  for (const path of ['/empty', '/one']) t.equal(checkEnvelope(await request(path)).error.code, 'INTERNAL_ERROR')
  t.equal((await fetch(url + '/one')).headers.get('x-bad'), null)
})

// In the middle.

for (const [name, thrown, options, data] of [
  ['a coded error', new ScaiError('BACKEND_ERROR', { cause: new Error('secret') }), {}, BACKEND_ERROR],
  [
    'an error with retry_after', new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 7 }), {},
    '{"code":"BACKEND_RATE_LIMITED","message":"The upstream provider is rate limiting requests","retry_after":7}'
  ],
  ['an unforeseen error', new Error('secret'), {}, INTERNAL_ERROR],
  ['a text', 'secret', {}, INTERNAL_ERROR],
  ['a revoked proxy', revoked.proxy, {}, INTERNAL_ERROR],
  [
    'a coded error for the OpenAI SDK', new ScaiError('BACKEND_ERROR'), { compat: 'openai' },
    '{"code":"BACKEND_ERROR","message":"The upstream provider returned an error","error":{"code":"BACKEND_ERROR","message":"The upstream provider returned an error"}}'
  ]
] as const) {
  t.test(`in the middle: ${name} is a frame, and one line in the log`, async t => {
    const { request, errorLines } = await serveStream(t, () => items(['a'], thrown), options)
    const { status, headers, text } = await request('/')
    t.equal(status, 200)
    t.equal(text, `data: a\n\nevent: error\ndata: ${data}\n\n${DONE}`)
    const { code } = JSON.parse(data)
    t.equal(errorLines().length, 1)
    t.match(errorLines()[0], { event: 'request_error', code, request_id: headers.get('x-request-id') })
  })
}

t.test('in the middle: an item that can not be sent ends the stream, and its source', async t => {
  const ended: string[] = []
  const { request, errorLines } = await serveStream(t, () => async function * (signal) {
    try {
      yield 'a'
      yield { event: 'x\ndata: [DONE]', data: 'b' }
      yield 'c'
    } finally {
      ended.push(signal.aborted ? 'aborted' : 'ended')
    }
  })
  t.equal((await request('/')).text, `data: a\n\nevent: error\ndata: ${INTERNAL_ERROR}\n\n${DONE}`)
  t.match(errorLines()[0]?.err?.message, /the property event of an event must be a string without line breaks/)
  t.strictSame(ended, ['aborted'])
})

t.test('in the middle: mapError of the scope is asked', async t => {
  const { request } = await serve(t, app => {
    app.register(async child => {
      await child.register(scaiErrors, { mapError: () => 'MODEL_UNAVAILABLE' })
      child.get('/', async (_request, reply) => reply.scaiStream(items(['a'], new Error('overloaded'))))
    })
  })
  t.match((await request('/')).text, /\n\nevent: error\ndata: {"code":"MODEL_UNAVAILABLE",/)
})

t.test('in the middle: the error is published', async t => {
  const published: Array<[unknown, unknown]> = []
  const listener = (message: unknown) => {
    const { error, request } = message as PublishedError
    published.push([error.code, request.url])
  }
  subscribe('fastify-scai-errors:error', listener)
  t.teardown(() => unsubscribe('fastify-scai-errors:error', listener))
  const { request } = await serveStream(t, () => items(['a'], new ScaiError('BACKEND_ERROR')))
  await request('/')
  t.strictSame(published, [['BACKEND_ERROR', '/']])
})

t.test('in the middle: the id is in the log without scaiServerOptions, too', async t => {
  const log: LogLine[] = []
  const app = Fastify({ logger: { stream: collect(log) } })
  await app.register(scaiErrors)
  app.get('/', async (_request, reply) => reply.scaiStream(items(['a'], new ScaiError('BACKEND_ERROR'))))
  const { request, errorLines } = await listen(t, app, log)
  const { headers } = await request('/')
  t.match(errorLines(), [{ event: 'request_error', request_id: headers.get('x-request-id') }])
})

t.test('in the middle: a logger that throws costs only its line', async t => {
  const { reached, reach } = signal()
  const { url } = await serve(t, app => app.get('/', async (_request, reply) => {
    reply.log.error = () => { throw new Error('no') }
    return reply.scaiStream(async function * () {
      yield 'a'
      await reached
      throw new Error('boom')
    })
  }))
  const stream = await openStream(url)
  await stream.until('data: a\n\n')
  reach()
  t.match(await stream.rest(), '"code":"INTERNAL_ERROR"')
})

// What clients make of it.

const CHUNK = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'scai-small',
  choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }]
}

/** What a client got: how many items, and what it threw in the end. */
async function consume (stream: PromiseLike<AsyncIterable<unknown>>): Promise<{ count: number, error?: any, last?: unknown }> {
  let count = 0
  let last: unknown
  try {
    for await (const item of await stream) {
      last = item
      count++
    }
    return { count, last }
  } catch (error) {
    return { count, last, error }
  }
}

t.test('the OpenAI SDK', async t => {
  const sources: Record<string, () => ScaiStreamSource> = {
    fine: () => items([CHUNK, CHUNK]),
    before: () => items([], new ScaiError('MODEL_NOT_FOUND')),
    middle: () => items([CHUNK], new ScaiError('BACKEND_ERROR'))
  }
  const { url } = await serve(t, app => {
    app.post('/:compat/chat/completions', async (request, reply) => {
      const { model } = request.body as { model: string }
      const { compat } = request.params as { compat: string }
      return reply.scaiStream(sources[model]!(), compat === 'openai' ? { compat } : {})
    })
  })
  const ask = async (model: string, compat = 'openai') => {
    const client = new OpenAI({ apiKey: 'x', baseURL: `${url}/${compat}` })
    return await consume(client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi' }], stream: true }))
  }

  t.match(await ask('fine'), { count: 2, last: CHUNK, error: undefined })
  t.match(await ask('before'), { count: 0, error: { status: 404, code: 'MODEL_NOT_FOUND' } })
  const failed = await ask('middle')
  t.match(failed, { count: 1, error: { code: 'BACKEND_ERROR', error: { message: 'The upstream provider returned an error' } } })
  t.ok(failed.error instanceof OpenAI.APIError)
  t.match(await ask('middle', 'default'), {
    count: 2,
    error: undefined,
    last: { code: 'BACKEND_ERROR' }
  }, 'it takes the documented frame for an item')
})

t.test('the Anthropic SDK', async t => {
  const delta = { event: 'content_block_delta', data: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } } }
  const sources: Record<string, () => ScaiStreamSource> = {
    fine: () => items([delta, delta]),
    before: () => items([], new ScaiError('MODEL_NOT_FOUND')),
    middle: () => items([delta], new ScaiError('BACKEND_ERROR'))
  }
  const { url } = await serve(t, app => {
    app.post('/v1/messages', async (request, reply) => reply.scaiStream(sources[(request.body as { model: string }).model]!()))
  })
  const client = new Anthropic({ apiKey: 'x', baseURL: url })
  const ask = async (model: string) =>
    await consume(client.messages.create({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], stream: true }))

  t.match(await ask('fine'), { count: 2, last: delta.data, error: undefined })
  t.match(await ask('before'), { count: 0, error: { status: 404, error: { error: { code: 'MODEL_NOT_FOUND' } } } })
  const failed = await ask('middle')
  t.match(failed, { count: 1, error: { error: { code: 'BACKEND_ERROR', message: 'The upstream provider returned an error' } } })
  t.ok(failed.error instanceof Anthropic.APIError)
})

t.test('eventsource-parser', async t => {
  const { request } = await serveStream(t, () =>
    items(['Hel\nlo', { event: 'delta', id: '7', data: { a: 1 } }], new ScaiError('BACKEND_ERROR')))
  const events: EventSourceMessage[] = []
  createParser({ onEvent: event => events.push(event), onError: error => t.error(error) }).feed((await request('/')).text)
  t.strictSame(events, [
    { event: undefined, id: undefined, data: 'Hel\nlo' },
    { event: 'delta', id: '7', data: '{"a":1}' },
    { event: 'error', id: undefined, data: BACKEND_ERROR },
    { event: undefined, id: undefined, data: '[DONE]' }
  ])
})

// At the client's pace.

t.test('the source is not asked for more than a slow client takes', async t => {
  const SIZE = 16_384
  const COUNT = 2000
  let asked = 0
  let raw: ServerResponse | undefined
  const { url } = await serve(t, app => app.get('/', async (_request, reply) => {
    raw = reply.raw
    // The time that a client takes is none of the source's.
    return reply.scaiStream((async function * () {
      for (; asked < COUNT; asked++) yield 'x'.repeat(SIZE)
    })(), { stallTimeout: 200 })
  }))
  const stream = await openStream(url)
  await stopped(() => asked)
  const { bytesWritten, writableLength } = raw!.socket!
  t.ok(asked < COUNT, `asked for ${asked} of ${COUNT} items`)
  const held = asked * SIZE - (bytesWritten - writableLength)
  t.ok(held < 6 * SIZE, `${held} bytes are held for the client`)

  const text = await stream.rest()
  t.equal(asked, COUNT)
  t.equal(text.length, COUNT * (SIZE + 'data: \n\n'.length) + DONE.length)
  t.ok(text.endsWith(DONE))
})

/** Waits until a figure doesn't change any more. */
async function stopped (figure: () => number): Promise<void> {
  for (let before = -1; before !== figure(); await delay(300)) before = figure()
}

t.test('frames are on their way as soon as the source has them, compressed responses or not', async t => {
  const { url } = await serve(t, async app => {
    await app.register(compress, { threshold: 0 })
    app.get('/', async (_request, reply) => reply.scaiStream(items(['a', 'b'], new ScaiError('BACKEND_ERROR'))))
    const { reached, reach } = signal()
    app.get('/held', async (_request, reply) => reply.scaiStream(async function * () {
      yield 'first'
      await reached
      yield 'second'
    }))
    app.get('/release', async () => { reach(); return '' })
  })
  const headers = { 'accept-encoding': 'gzip' }
  const stream = await openStream(`${url}/held`, { headers })
  await stream.until('data: first\n\n')
  await fetch(`${url}/release`)
  t.equal(await stream.rest(), `data: first\n\ndata: second\n\n${DONE}`)
  t.match(await (await fetch(url, { headers })).text(), /event: error/)
})

// The client leaves.

/** A source that waits for good after this many items, and whatever becomes of it. */
function stuck (count: number, kind: 'generator' | 'deaf generator' | 'web' | 'node'): { source: ScaiStreamSource, ended: Promise<void> } {
  const { reached: ended, reach: end } = signal()
  const list = Array.from({ length: count }, (_, i) => `${i}`)
  const sources: Record<typeof kind, ScaiStreamSource> = {
    generator: async function * (signal) {
      try {
        yield * list
        await once(signal, 'abort')
      } finally {
        end()
      }
    },
    'deaf generator': (signal) => {
      signal.addEventListener('abort', end)
      return (async function * () {
        yield * list
        await new Promise(() => {})
      })()
    },
    web: new ReadableStream({
      start (controller) { for (const item of list) controller.enqueue(item) },
      cancel: end
    }),
    node: new Readable({
      objectMode: true,
      read () { if (list.length > 0) this.push(list.shift()) },
      destroy (error, done) { end(); done(error) }
    })
  }
  return { source: sources[kind], ended }
}

for (const kind of ['generator', 'deaf generator', 'web', 'node'] as const) {
  for (const count of [0, 2]) {
    t.test(`a client that disconnects after ${count} items ends the source: ${kind}`, async t => {
      const { source, ended } = stuck(count, kind)
      const asked = signal()
      const service = await serve(t, app => app.get('/', async (_request, reply) => {
        asked.reach()
        return reply.scaiStream(source, { heartbeat: 1000, stallTimeout: 60_000 })
      }))
      const client = request(service.url, { agent: false }).on('error', () => {}).end()
      if (count > 0) {
        const [response] = await once(client, 'response') as [IncomingMessage]
        await once(response, 'data')
      } else {
        await asked.reached
      }
      client.destroy()
      await ended
      await until(() => service.errorLines().length > 0)
      t.match(service.errorLines(), [{ level: 30, event: 'client_gone', request_id: /^req_/ }])
      t.equal(service.errorLines().length, 1)
      t.notOk(service.log.some(({ level }) => level > 30), 'it is no error')
    })
  }
}

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}

t.test('a client that disconnects while the source is being opened ends it as soon as it is open', async t => {
  const { source, ended } = stuck(0, 'web')
  const asked = signal()
  const { url } = await serve(t, app => app.get('/', async (_request, reply) => reply.scaiStream(async signal => {
    asked.reach()
    await once(signal, 'abort')
    return source as ReadableStream<string>
  })))
  const client = request(url, { agent: false }).on('error', () => {}).end()
  await asked.reached
  client.destroy()
  await ended
  t.pass('the source was cancelled')
})

t.test('a source that fails while it is ended does no harm', async t => {
  const { reached: ended, reach: end } = signal()
  const service = await serveStream(t, () => ({
    [Symbol.asyncIterator]: () => {
      let count = 0
      return {
        next: async () => count++ === 0 ? { done: false, value: 'a' } : await new Promise<never>(() => {}),
        return () { end(); throw new Error('no') }
      }
    }
  }))
  const stream = await openStream(service.url)
  await stream.until('data: a\n\n')
  stream.response.destroy()
  await ended
  await until(() => service.errorLines().length > 0)
  t.match(service.errorLines(), [{ event: 'client_gone' }])
})

t.test('a stream whose client has disconnected is not retained', async t => {
  setFlagsFromString('--expose_gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const { app, url, errorLines } = await serveStream(t, () => stuck(1, 'deaf generator').source, { heartbeat: 1000, stallTimeout: 60_000 })
  const requests: Array<WeakRef<object>> = []
  app.server.on('request', request => requests.push(new WeakRef(request)))
  for (let i = 0; i < 10; i++) {
    const stream = await openStream(url)
    await stream.until('data: 0\n\n')
    stream.response.destroy()
  }
  await until(() => errorLines().length === 10)
  // The last one may still lie about in a variable of somebody's.
  await until(() => {
    collectGarbage()
    return requests.filter(request => request.deref() !== undefined).length <= 1
  })
  t.pass('all but the last were collected')
})

t.test('streams of a closing server finish, and then it is closed', async t => {
  const { reached, reach } = signal()
  const { app, url } = await serveStream(t, () => async function * () {
    yield 'first'
    await reached
    yield 'second'
  })
  const stream = await openStream(url)
  await stream.until('data: first\n\n')
  const closed = app.close()
  await until(() => !app.server.listening)
  reach()
  t.equal(await stream.rest(), `data: first\n\ndata: second\n\n${DONE}`)
  await closed
})

t.test('1,000 concurrent streams all end with the marker, and each failed one has one error frame', async t => {
  const log: LogLine[] = []
  const { url } = await serve(t, app => app.get('/:n', async (request, reply) => {
    const n = Number((request.params as { n: string }).n)
    return reply.scaiStream(async function * () {
      for (let i = 0; i < 10; i++) {
        // Some wait, some don't, and they fail at every place.
        if ((n + i) % 4 === 0) await turn()
        if (n % 3 === 0 && i === 1 + n % 9) throw n % 2 === 0 ? new ScaiError('BACKEND_ERROR') : new Error('boom')
        yield { n, i }
      }
    })
  }), { server: { logger: { level: 'error', stream: collect(log) } } })
  const texts = await Promise.all(Array.from({ length: 1000 }, async (_, n) => await (await openStream(`${url}/${n}`)).rest()))
  for (const [n, text] of texts.entries()) {
    const expected = n % 3 === 0 ? 1 + n % 9 : 10
    const lines = Array.from({ length: expected }, (_, i) => `data: {"n":${n},"i":${i}}\n\n`).join('')
    const error = n % 3 === 0 ? `event: error\ndata: ${n % 2 === 0 ? BACKEND_ERROR : INTERNAL_ERROR}\n\n` : ''
    if (text !== lines + error + DONE) t.equal(text, lines + error + DONE, `stream ${n}`)
  }
  t.equal(log.length, 334)
})

// In silence.

t.test('heartbeats do not pile up for a client that does not read', async t => {
  const sent = signal()
  const last = signal()
  const { url } = await serveStream(t, () => async function * () {
    // More than the sockets of both sides take.
    yield 'a'.repeat(16 * 1024 * 1024)
    sent.reach()
    await last.reached
    yield 'b'
  }, { heartbeat: 1 })
  const { response, rest } = await openStream(url)
  response.pause()
  await sent.reached
  // Some fifty of them.
  await delay(50)
  last.reach()
  // One may be on its way.
  t.match((await rest()).slice(-64), /a\n\n(:\n\n)?data: b\n\ndata: \[DONE\]\n\n$/)
})

t.test('a heartbeat is sent in silence, but not before the first item', async t => {
  const first = signal()
  const last = signal()
  const { url } = await serveStream(t, () => async function * () {
    await first.reached
    yield 'a'
    await last.reached
    yield 'b'
  }, { heartbeat: 10 })
  const opening = openStream(url)
  await delay(50)
  first.reach()
  const stream = await opening
  t.match(await stream.until(':\n\n:\n\n'), /^data: a\n\n/)
  last.reach()
  t.match(await stream.rest(), /^data: a\n\n(:\n\n){2,}data: b\n\ndata: \[DONE\]\n\n$/)
})

t.test('a source that stalls is BACKEND_TIMEOUT, before the first item and after it', async t => {
  const reasons: unknown[] = []
  const service = await serve(t, app => app.get('/:count', async (request, reply) => {
    const { source, ended } = stuck(Number((request.params as { count: string }).count), 'deaf generator')
    ended.then(() => reasons.push('ended'))
    return reply.scaiStream(source, { stallTimeout: 50 })
  }))
  t.match((await service.request('/0')).body.error, { code: 'BACKEND_TIMEOUT' })
  t.equal(
    (await service.request('/1')).text,
    `data: 0\n\nevent: error\ndata: {"code":"BACKEND_TIMEOUT","message":"The upstream provider did not respond in time"}\n\n${DONE}`
  )
  t.match(service.errorLines(), [
    { code: 'BACKEND_TIMEOUT', status: 504, context: { stallTimeout: 50 } },
    { code: 'BACKEND_TIMEOUT', context: { stallTimeout: 50 } }
  ])
  t.strictSame(reasons, ['ended', 'ended'])
})

for (const method of ['GET', 'POST']) {
  t.test(`handlerTimeout ends in a frame, or in an ordinary error response: ${method}`, async t => {
    const ended: number[] = []
    const service = await serve(t, app => app.route({
      method,
      url: '/:count',
      handlerTimeout: 100,
      handler: async (request, reply) => {
        const count = Number((request.params as { count: string }).count)
        const { source, ended: end } = stuck(count, 'deaf generator')
        end.then(() => ended.push(count))
        return reply.scaiStream(source)
      }
    }))
    const init = method === 'POST' ? json({}) : {}
    const before = await service.request('/0', init)
    t.equal(before.status, 503)
    t.equal(checkEnvelope(before).error.code, 'SERVICE_UNAVAILABLE')
    t.equal(
      (await service.request('/1', init)).text,
      `data: 0\n\nevent: error\ndata: {"code":"SERVICE_UNAVAILABLE","message":"The service is temporarily unavailable"}\n\n${DONE}`
    )
    t.match(service.errorLines(), [{ code: 'SERVICE_UNAVAILABLE' }, { code: 'SERVICE_UNAVAILABLE' }])
    t.equal(service.errorLines().length, 2)
    t.strictSame(ended, [0, 1])
  })
}

t.test('handlerTimeout ignores a stream that is in time, that only waits for its client, or whose client has disconnected', async t => {
  const { ended, source } = stuck(1, 'generator')
  const service = await serve(t, app => {
    app.post('/', { handlerTimeout: 60_000 }, async (_request, reply) => {
      // Fastify has turned its timer off by now.
      await turn()
      return reply.scaiStream(items(['a']))
    })
    app.get('/late', { handlerTimeout: 100 }, async (_request, reply) => reply.scaiStream(items(['x'.repeat(20_000_000)])))
    app.get('/left', { handlerTimeout: 60_000 }, async (_request, reply) => reply.scaiStream(source))
  })
  t.equal((await service.request('/', json({}))).text, `data: a\n\n${DONE}`)
  const late = await openStream(`${service.url}/late`)
  await delay(300)
  t.ok((await late.rest()).endsWith(`x\n\n${DONE}`))
  t.strictSame(service.errorLines(), [])

  const left = await openStream(`${service.url}/left`)
  await left.until('data: 0\n\n')
  left.response.destroy()
  await ended
  await until(() => service.errorLines().length > 0)
  t.match(service.errorLines(), [{ event: 'client_gone' }])
})

// As Fastify sends any other response.

t.test('headers, cookies and CORS are those of the reply', async t => {
  const { request, log } = await serve(t, async app => {
    await app.register(cors, { origin: true })
    await app.register(cookie)
    app.addHook('onResponse', async request => { request.log.info('onResponse') })
    app.get('/', async (_request, reply) => {
      reply.code(201).setCookie('a', 'b').header('x-own', '1').header('cache-control', 'no-cache, no-transform')
      return reply.scaiStream(items(['a'], new ScaiError('BACKEND_ERROR')))
    })
  })
  const { status, headers } = await request('/', { headers: { origin: 'https://a.example' } })
  t.equal(status, 201)
  t.match(headers.get('set-cookie'), /^a=b/)
  t.equal(headers.get('x-own'), '1')
  t.equal(headers.get('cache-control'), 'no-cache, no-transform')
  t.equal(headers.get('access-control-allow-origin'), 'https://a.example')
  await until(() => log.some(({ msg }) => msg === 'request completed' || msg === 'onResponse'))
  t.pass('the response is logged')
})

t.test('HEAD has the status and the headers of GET, and asks for one item', async t => {
  let asked = 0
  const { request } = await serve(t, app => {
    app.get('/', async (_request, reply) => reply.scaiStream(async function * () { for (;;) yield `${asked++}` }))
    app.get('/failing', async (_request, reply) => reply.scaiStream(items([], new ScaiError('BACKEND_ERROR'))))
    app.get('/empty', async (_request, reply) => reply.scaiStream(items([])))
  })
  for (const path of ['/', '/empty']) {
    const { status, headers, text } = await request(path, { method: 'HEAD' })
    t.equal(status, 200)
    t.equal(headers.get('content-type'), 'text/event-stream')
    t.equal(text, '')
  }
  t.equal(asked, 1)
  t.equal((await request('/failing', { method: 'HEAD' })).status, 502)
})

t.test('an answer from elsewhere ends the source, and is not logged as client_gone', async t => {
  const endings: string[] = []
  const service = await serve(t, app => {
    const source = (name: string) => async function * () {
      try {
        for (;;) yield 'a'
      } finally {
        endings.push(name)
      }
    }
    app.get('/status', async (_request, reply) => { reply.code(404); return reply.scaiStream(source('status')) })
    app.get('/hook', {
      onSend: async (_request, _reply, payload) => {
        if (typeof payload === 'object') throw new ScaiError('TENANT_SUSPENDED')
      }
    }, async (_request, reply) => reply.scaiStream(source('hook')))
    app.get('/sent', async (_request, reply) => { reply.send('mine'); return reply.scaiStream(items(['a'])) })
  })
  t.equal(checkEnvelope(await service.request('/status')).error.code, 'NOT_FOUND')
  t.equal(checkEnvelope(await service.request('/hook')).error.code, 'TENANT_SUSPENDED')
  t.equal((await service.request('/sent')).text, 'mine')
  await until(() => endings.length === 2)
  t.strictSame(endings, ['status', 'hook'])
  t.notOk(service.log.some(({ event }) => event === 'client_gone'))
})

t.test('over HTTP/2', async t => {
  const gone = stuck(1, 'generator')
  const log: LogLine[] = []
  const app = Fastify({ ...scaiServerOptions({ http2: true, logger: { stream: collect(log) } }) })
  await app.register(scaiErrors)
  app.get('/middle', async (_request, reply) => reply.scaiStream(items(['a'], new ScaiError('BACKEND_ERROR'))))
  app.get('/before', async (_request, reply) => reply.scaiStream(items([], new ScaiError('BACKEND_ERROR'))))
  app.get('/gone', async (_request, reply) => reply.scaiStream(gone.source))
  const { url, errorLines } = await listen(t, app as unknown as FastifyInstance, log)
  const session = connectHttp2(url)
  t.teardown(() => session.destroy())
  const get = async (path: string) => {
    const stream = session.request({ ':path': path })
    const [head] = await once(stream, 'response')
    return { stream, status: head[':status'] as number }
  }

  const middle = await get('/middle')
  t.equal(middle.status, 200)
  t.equal((await middle.stream.toArray()).join(''), `data: a\n\nevent: error\ndata: ${BACKEND_ERROR}\n\n${DONE}`)
  t.equal((await get('/before')).status, 502)
  const { stream } = await get('/gone')
  await once(stream, 'data')
  stream.close(constants.NGHTTP2_CANCEL)
  await gone.ended
  await until(() => errorLines().length === 3)
  t.match(errorLines()[2], { level: 30, event: 'client_gone' })
})

t.test('app.inject gives the whole stream', async t => {
  const { app } = await serveStream(t, () => items(['a'], new ScaiError('BACKEND_ERROR')))
  const { statusCode, body } = await app.inject('/')
  t.equal(statusCode, 200)
  t.equal(body, `data: a\n\nevent: error\ndata: ${BACKEND_ERROR}\n\n${DONE}`)
})

// Streams of others.

t.test('@fastify/sse, by the recipe of docs/streaming.md', async t => {
  const { request } = await serve(t, async app => {
    await app.register(fastifySSE)
    app.post('/:count', { sse: 'manual' }, async (request, reply) => {
      const { count } = request.params as { count: string }
      try {
        await reply.sse.send(items(Array.from({ length: Number(count) }, (_, i) => ({ data: { i } })), new ScaiError('BACKEND_ERROR')))
      } catch (error) {
        if (!reply.raw.headersSent) throw error
        request.log.error(toScaiError(error))
        reply.raw.write(toErrorFrame(error))
      }
      await reply.sse.send('[DONE]')
    })
  })
  const before = await request('/0', { method: 'POST' })
  t.equal(before.status, 502)
  t.equal(checkEnvelope(before).error.code, 'BACKEND_ERROR')
  t.equal(
    (await request('/2', { method: 'POST' })).text,
    `data: {"i":0}\n\ndata: {"i":1}\n\nevent: error\ndata: ${BACKEND_ERROR}\n\n${DONE}`
  )
})
