import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type } from 'arktype'
import { Schema } from 'effect'
import { expectTypeOf } from 'expect-type'
import fc from 'fast-check'
import { OpenAI } from 'openai'
import t from 'tap'
import type { Test } from 'tap'
import { Type as Type1 } from 'typebox'
import { Parse } from 'typebox/schema'
import { Value as Value1 } from 'typebox/value'
import * as undici from 'undici'
import { z } from 'zod'
import { ScaiError, isScaiError } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { fromModule, fromProvider, fromStore } from '../../src/upstream.js'
import { SECRET } from '../fixtures/conformance.js'
import { build, hostileRecipes } from '../fixtures/hostile-recipes.js'
import { testCertificate } from '../fixtures/raw.js'
import { answerWith, clients, closedPort, gateway, impatientClients, leaks, misbehave, misdeeds } from '../fixtures/upstreams.js'
import type { Client } from '../fixtures/upstreams.js'

t.test('for an error it returns a ScaiError, for a response a promise', async () => {
  // What is wrong here doesn't compile; it is not called.
  return async (thrown: unknown, sdk: InstanceType<typeof OpenAI.APIError> | undici.errors.ResponseError) => {
    expectTypeOf(fromProvider(thrown)).toEqualTypeOf<ScaiError>()
    expectTypeOf(fromProvider(sdk, { as: {} })).toEqualTypeOf<ScaiError>()
    expectTypeOf(fromStore(thrown)).toEqualTypeOf<ScaiError>()
    expectTypeOf(fromProvider(await fetch(''))).toEqualTypeOf<Promise<ScaiError>>()
    expectTypeOf(fromProvider(await undici.fetch(''))).toEqualTypeOf<Promise<ScaiError>>()
    expectTypeOf(fromModule(await undici.request(''))).toEqualTypeOf<Promise<ScaiError>>()
    // @ts-expect-error misspelt
    fromProvider(thrown, { ass: {} })
  }
})

// The network

/** What our caller gets for each misdeed, whichever client met with it. */
const outcomes: Record<keyof typeof misdeeds | 'refuse', ScaiErrorCode> = {
  refuse: 'BACKEND_ERROR',
  reset: 'BACKEND_ERROR',
  'close without a byte': 'BACKEND_ERROR',
  stall: 'BACKEND_TIMEOUT',
  'stall in the body': 'BACKEND_TIMEOUT',
  'reset in the body': 'BACKEND_ERROR',
  'cut the body off': 'BACKEND_ERROR',
  'send less than promised': 'UPSTREAM_SHAPE_MISMATCH',
  'send more than promised': 'UPSTREAM_SHAPE_MISMATCH',
  'send garbage': 'UPSTREAM_SHAPE_MISMATCH',
  'send a garbled header': 'UPSTREAM_SHAPE_MISMATCH',
  'send HTML in place of JSON': 'UPSTREAM_SHAPE_MISMATCH',
  'send half of the JSON': 'UPSTREAM_SHAPE_MISMATCH'
}

for (const [misdeed, code] of Object.entries(outcomes)) {
  t.test(`${misdeed}: ${code}, for every client`, async t => {
    const ask = await gateway(t)
    const port = misdeed === 'refuse' ? await closedPort() : await misbehave(t, misdeeds[misdeed as keyof typeof misdeeds])
    const url = `http://127.0.0.1:${port}`
    await Promise.all(Object.entries<Client>(code === 'BACKEND_TIMEOUT' ? impatientClients : clients).map(async ([title, client]) => {
      const { answer, line } = await ask(() => client(url))
      t.strictSame([answer.body.error.code, leaks(answer, port)], [code, []], title)
      t.match(line, { code, err: { type: 'ScaiError' } }, 'it is in the log')
    }))
  })
}

const certificate = { key: testCertificate.key, cert: testCertificate.cert }

const rarer: Array<[title: string, ScaiErrorCode, (t: Test) => Promise<() => Promise<unknown>>]> = [
  ['a TLS handshake that never ends', 'BACKEND_TIMEOUT', async t => {
    const port = await misbehave(t, misdeeds.stall)
    return () => undici.request(`https://127.0.0.1:${port}`, { dispatcher: new undici.Agent({ connect: { timeout: 100 } }) })
  }],
  ['a certificate that nobody has signed', 'BACKEND_ERROR', async t => {
    const url = await serveTls(t)
    return () => undici.request(url)
  }],
  ['a certificate of another name', 'BACKEND_ERROR', async t => {
    const url = await serveTls(t)
    return () => undici.request(url, { dispatcher: new undici.Agent({ connect: { ca: certificate.cert, servername: 'scai.test' } }) })
  }],
  ['a server that does not speak TLS', 'BACKEND_ERROR', async t => {
    const port = await misbehave(t, misdeeds['send garbage'])
    return () => undici.request(`https://127.0.0.1:${port}`)
  }],
  ['a name that is not there', 'BACKEND_ERROR', async t => {
    const resolver = await resolveNothing(t)
    const connect = {
      lookup: (name: string, _options: unknown, done: (error: Error | null, addresses: never[]) => void) => {
        resolver.resolve4(name, error => { done(error, []) })
      }
    }
    return () => undici.request('http://models.scai.test', { dispatcher: new undici.Agent({ connect }) })
  }],
  ['a body that is too large', 'UPSTREAM_SHAPE_MISMATCH', async t => {
    const url = await answerWith(t, 200, SECRET.repeat(10))
    return async () => (await undici.request(url, { dispatcher: new undici.Agent({ maxResponseSize: 100 }) })).body.text()
  }],
  ['headers that are too large', 'UPSTREAM_SHAPE_MISMATCH', async t => {
    const url = await answerWith(t, 200, '', { 'x-large': 'x'.repeat(1000) })
    return () => undici.request(url, { dispatcher: new undici.Agent({ maxHeaderSize: 500 }) })
  }],
  ['a request that we gave up', 'BACKEND_TIMEOUT', async t => {
    const port = await misbehave(t, misdeeds.stall)
    return () => undici.request(`http://127.0.0.1:${port}`, { signal: abortSoon() })
  }],
  ['a fetch that we gave up', 'BACKEND_TIMEOUT', async t => {
    const port = await misbehave(t, misdeeds.stall)
    return () => fetch(`http://127.0.0.1:${port}`, { signal: abortSoon() })
  }],
  ['a body that we gave up', 'BACKEND_TIMEOUT', async t => {
    const port = await misbehave(t, misdeeds['stall in the body'])
    return async () => {
      const { body } = await undici.request(`http://127.0.0.1:${port}`)
      setTimeout(() => body.destroy(), 50)
      await body.text()
    }
  }],
  ['a call of an SDK that we gave up', 'BACKEND_TIMEOUT', async t => {
    const port = await misbehave(t, misdeeds.stall)
    return () => new OpenAI({ apiKey: 'hunter2', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 }).models.list({ signal: abortSoon() })
  }],
  ['an SDK that can not connect, and does not say why', 'BACKEND_ERROR', async () => () => {
    return new OpenAI({ apiKey: 'hunter2', maxRetries: 0, fetch: async () => { throw new Error(SECRET) } }).models.list()
  }],
  ['a fetch that fails, and does not say why', 'BACKEND_ERROR', async () => async () => { throw new TypeError('fetch failed') }],
  ['an address that fetch does not ask', 'INTERNAL_ERROR', async () => () => fetch('hunter2://127.0.0.1')],
  ['a file that fetch does not read', 'INTERNAL_ERROR', async () => () => fetch('file:///hunter2')],
  ['a port that fetch does not ask', 'BACKEND_ERROR', async () => () => fetch('http://127.0.0.1:1')],
  ['an address that is none', 'INTERNAL_ERROR', async () => () => fetch(`hunter2 at ${SECRET}`)],
  ['a method that is none', 'INTERNAL_ERROR', async () => () => undici.request('http://127.0.0.1:1', { method: 1 as never })],
  [
    'a header that undici refuses', 'INTERNAL_ERROR',
    async () => () => undici.request('http://127.0.0.1:1', { headers: { expect: 'hunter2' } })
  ],
  ['a bug of our own', 'INTERNAL_ERROR', async () => async () => (undefined as unknown as { hunter2: string }).hunter2],

  [
    'an answer that does not match its schema, Zod', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => z.object({ answer: z.string() }).parse({ hunter2: 1 })
  ],
  [
    'an answer that does not match its schema, TypeBox parsed', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => Value.Parse(Type.String(), { hunter2: 1 })
  ],
  ['an answer that does not match its schema, TypeBox decoded', 'UPSTREAM_SHAPE_MISMATCH', async () => async () => Value.Decode(Hunted, 1)],
  ['an answer that its schema can not decode', 'UPSTREAM_SHAPE_MISMATCH', async () => async () => Value.Decode(Hunted, 'hunter2')],
  [
    'an answer that does not match its schema, TypeBox 1.x parsed', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => Value1.Parse(Type1.String(), { hunter2: 1 })
  ],
  [
    'an answer that does not match its schema, TypeBox 1.x with JSON Schema', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => Parse(Type1.String(), { hunter2: 1 })
  ],
  [
    'an answer that does not match its schema, ArkType', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => type({ answer: 'string' }).assert({ hunter2: 1 })
  ],
  [
    'an answer that does not match its schema, what ArkType returns', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => { throw type({ answer: 'string' })({ hunter2: 1 }) }
  ],
  [
    'an answer that does not match its schema, Effect', 'UPSTREAM_SHAPE_MISMATCH',
    async () => async () => Schema.decodeUnknownSync(Schema.Struct({ answer: Schema.String }))({ hunter2: 1 })
  ]
]

const Hunted = Type.Transform(Type.String()).Decode(text => { throw new Error(text) }).Encode(() => '')

for (const [title, code, prepare] of rarer) {
  t.test(`${title}: ${code}`, async t => {
    const ask = await gateway(t)
    const { answer, line } = await ask(await prepare(t))
    t.strictSame([answer.body.error.code, leaks(answer)], [code, []])
    t.match(line.err?.stack, /caused by/)
  })
}

function abortSoon (): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 50)
  return controller.signal
}

async function serveTls (t: Test): Promise<string> {
  const server = createTlsServer(certificate, socket => { socket.on('error', () => {}) })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A resolver whose name server knows no name: it returns each query as an answer, with that code (RFC 1035, section 4.1.1). */
async function resolveNothing (t: Test): Promise<Resolver> {
  const server = createSocket('udp4')
  server.on('message', (query, { port, address }) => {
    query.writeUInt16BE(0x8183, 2)
    server.send(query, port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${server.address().port}`])
  return resolver
}

// Signs that no machine can be made to show at will

function failure (code: string, properties: object = {}): Error {
  return Object.assign(new Error(SECRET), { code, ...properties })
}

for (const [code, signs] of Object.entries({
  BACKEND_TIMEOUT: ['ETIMEDOUT', 'ESOCKETTIMEDOUT'],
  BACKEND_ERROR: [
    'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'EPROTO', 'ERR_STREAM_PREMATURE_CLOSE', 'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_SSL_NO_PROTOCOLS_AVAILABLE'
  ],
  UPSTREAM_SHAPE_MISMATCH: ['HPE_INVALID_CONSTANT'],
  INTERNAL_ERROR: ['ENOENT', 'UND_ERR_DESTROYED', 'toString', '__proto__']
})) {
  for (const sign of signs) {
    t.test(`${sign}: ${code}`, async t => {
      const thrown = failure(sign)
      const error = fromProvider(thrown)
      t.strictSame([error.code, error.cause], [code, thrown])
      t.notMatch(JSON.stringify(error), /hunter2/)
    })
  }
}

t.test('an error without a code is recognized by its name or its message', async t => {
  t.equal(fromProvider(new TypeError('terminated')).code, 'BACKEND_ERROR')
  t.equal(fromProvider(Object.assign(new Error(SECRET), { name: 'ValiError' })).code, 'UPSTREAM_SHAPE_MISMATCH')
})

// Causes

t.test('the innermost known failure counts', async t => {
  const timeout = failure('ETIMEDOUT')
  for (const [title, thrown, code] of [
    ['a cause', new Error('a', { cause: timeout }), 'BACKEND_TIMEOUT'],
    ['a cause of a known failure', failure('ECONNRESET', { cause: timeout }), 'BACKEND_TIMEOUT'],
    ['a known failure with an unknown cause', failure('ETIMEDOUT', { cause: new Error('b') }), 'BACKEND_TIMEOUT'],
    ['a cause of an answer', failure('x', { status: 503, cause: timeout }), 'BACKEND_TIMEOUT'],
    ['an answer as a cause', failure('ETIMEDOUT', { cause: { statusCode: 503 } }), 'MODEL_UNAVAILABLE'],
    ['one of several addresses', new AggregateError([failure('x'), timeout]), 'BACKEND_TIMEOUT'],
    ['the last one of several attempts', failure('x', { errors: [{ statusCode: 429 }, timeout, { statusCode: 500 }] }), 'BACKEND_ERROR'],
    ['a cause 8 deep', deep(8), 'BACKEND_TIMEOUT'],
    ['a cause 9 deep', deep(9), 'INTERNAL_ERROR'],
    ['one among too many', new AggregateError([timeout, ...Array.from({ length: 1000 }, () => new Error('b'))]), 'INTERNAL_ERROR']
  ] as const) t.equal(fromProvider(thrown).code, code, title)

  function deep (depth: number): Error {
    return depth === 0 ? timeout : new Error('a', { cause: deep(depth - 1) })
  }
})

t.test('a cycle of causes ends', async t => {
  const error = failure('ECONNRESET')
  error.cause = new AggregateError([error, new Error('a', { cause: error })])
  t.equal(fromProvider(error).code, 'BACKEND_ERROR')
})

t.test('the search in a tree of causes is bounded', async t => {
  let reads = 0
  const tree: object = new Proxy({}, {
    get (_target, property) {
      reads++
      return property === 'errors' ? Array.from({ length: 8 }, () => new Proxy({}, this)) : undefined
    }
  })
  t.equal(fromProvider(tree).code, 'INTERNAL_ERROR')
  t.ok(reads < 2000)
})

t.test('a ScaiError is returned as it is, wherever in the chain', async t => {
  const error = new ScaiError('MODEL_ACCESS_DENIED')
  for (const thrown of [error, new Error('a', { cause: error }), failure('ECONNRESET', { cause: error }), new AggregateError([error])]) {
    t.equal(fromProvider(thrown), error)
    t.equal(fromStore(thrown), error)
  }
})

t.test('a value that cannot be inspected is an INTERNAL_ERROR', async t => {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  const unreadable = { status: 500, headers: { get () { throw new Error('no') } }, body: null, text: async () => '' }
  t.equal(fromProvider({ errors: proxy } as unknown).code, 'INTERNAL_ERROR')
  t.equal(fromStore({ errors: proxy }).code, 'INTERNAL_ERROR')
  t.equal((await fromProvider(unreadable)).code, 'INTERNAL_ERROR')
})

t.test('whatever is given, it becomes a ScaiError', async t => {
  await fc.assert(fc.asyncProperty(hostileRecipes, async recipe => {
    if (!isScaiError(await fromProvider(build(recipe))) || !isScaiError(await fromModule(build(recipe))) ||
      !isScaiError(fromStore(build(recipe)))) throw new Error('No ScaiError')
  }), { numRuns: 500, seed: 20251123 })
  t.pass()
})
