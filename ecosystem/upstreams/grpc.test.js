// gRPC, against a small server of its own.

import { test } from 'node:test'
import { Metadata, Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js'
import { tell, titleOf } from './matrix.js'
import { PLANTED } from '../service.js'
import { answer, closedAddress, cut, stall, startUpstream } from './upstream.js'

const asJson = {
  requestStream: false,
  requestSerialize: value => Buffer.from(JSON.stringify(value)),
  requestDeserialize: bytes => JSON.parse(bytes),
  responseSerialize: value => Buffer.from(JSON.stringify(value)),
  responseDeserialize: bytes => JSON.parse(bytes)
}
const service = {
  answer: { path: '/Model/Answer', responseStream: false, ...asJson },
  stream: { path: '/Model/Stream', responseStream: true, ...asJson }
}
const Client = makeGenericClientConstructor(service, 'Model')

/** A server with these two methods; its address. */
async function startServer (t, methods) {
  const server = new Server()
  server.addService(service, methods)
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => error === null ? resolve(port) : reject(error))
  })
  t.after(() => server.forceShutdown())
  return { address: `127.0.0.1:${port}`, server }
}

const planted = new Metadata()
planted.set('authorization', `Bearer ${PLANTED.key}`)
const trailer = new Metadata()
trailer.set('x-planted', PLANTED.header)

/** A fault as a server tells it. */
const fault = code => Object.assign(new Error(PLANTED.text), { code, details: `it says ${PLANTED.text}`, metadata: trailer })

const ask = (address, options = {}) => new Promise((resolve, reject) => {
  const client = new Client(address, credentials.createInsecure())
  const call = client.answer({ prompt: PLANTED.prompt }, planted, options, (error, value) => {
    client.close()
    return error === null ? resolve(value) : reject(error)
  })
  if (options.abort === true) setTimeout(() => call.cancel(), 100)
})

async function readAll (address, options = {}) {
  const client = new Client(address, credentials.createInsecure())
  try {
    return await client.stream({ prompt: PLANTED.prompt }, planted, options).toArray()
  } finally {
    client.close()
  }
}

const soon = () => ({ deadline: Date.now() + 150 })

/** What a server says by a code. */
const codes = [
  ['CANCELLED', 'timeout'], ['UNKNOWN', 'failed'], ['INVALID_ARGUMENT', 'invalidRequest'], ['DEADLINE_EXCEEDED', 'timeout'],
  ['NOT_FOUND', 'invalidRequest'], ['ALREADY_EXISTS', 'invalidRequest'], ['PERMISSION_DENIED', 'refusedKey'],
  ['RESOURCE_EXHAUSTED', 'rateLimited'], ['FAILED_PRECONDITION', 'invalidRequest'], ['ABORTED', 'failed'],
  ['OUT_OF_RANGE', 'invalidRequest'], ['UNIMPLEMENTED', 'invalidRequest'], ['INTERNAL', 'failed'], ['UNAVAILABLE', 'unreachable'],
  ['DATA_LOSS', 'failed'], ['UNAUTHENTICATED', 'refusedKey']
]

const ofKind = kind => kind === 'rateLimited' ? { kind, retryAfter: 1 } : { kind }

/** What breaks, as a way to a call. */
const breaks = {
  'a refused connection': { start: closedAddress, kind: 'unreachable' },
  'a deadline': { start: t => startServer(t, { answer: stall }), options: soon, kind: 'timeout' },
  'an abort by us': { start: t => startServer(t, { answer: stall }), options: () => ({ abort: true }), kind: 'timeout' },
  'a server that is shut down in mid-call, and cancels it': {
    async start (t) {
      const { address, server } = await startServer(t, { answer: () => { setTimeout(() => server.forceShutdown(), 20) } })
      return { address }
    },
    kind: 'timeout'
  },
  'a connection cut in mid-call': {
    start: t => startUpstream(t, ({ stream }) => { setTimeout(() => stream.session.destroy(), 20) }, { http2: true }), kind: 'unreachable'
  },
  'a message that can not be read': {
    start: t => startServer(t, { answer: (_call, done) => done(null, { toJSON: () => undefined }) }),
    kind: 'failed'
  },
  'HTML of a load balancer': {
    start: t => startUpstream(t, answer({ status: 502, body: `<h1>${PLANTED.text}</h1>` }), { http2: true }), kind: 'unreachable'
  },
  'a load balancer that wants to know who asks': {
    start: t => startUpstream(t, answer({ status: 401, body: `<h1>${PLANTED.text}</h1>` }), { http2: true }), kind: 'refusedKey'
  },
  'a server that speaks HTTP/1': { start: t => startUpstream(t, answer({ status: 200, body: {} })), kind: 'unreachable' },
  'a stream of HTTP/2 that is cut': { start: t => startUpstream(t, cut, { http2: true }), kind: 'failed' }
}

test(titleOf('@grpc/grpc-js'), async t => {
  for (const [name, kind] of codes) {
    await t.test(name, async t => {
      const { address } = await startServer(t, { answer: (_call, done) => done(fault(status[name])) })
      await tell(() => ask(address), { told: ofKind(kind) })
    })
  }
  for (const [title, { start, options, kind }] of Object.entries(breaks)) {
    await t.test(title, async t => {
      await tell(async () => {
        const started = await start(t)
        return await ask(started.address ?? started.replace('http://', ''), options?.())
      }, { told: ofKind(kind) })
    })
  }
})

test(titleOf('@grpc/grpc-js', 'a stream'), async t => {
  const begin = call => { call.write({ token: 'a' }) }
  for (const [title, stream, options, kind] of [
    ['a failure after a message', call => { begin(call); call.emit('error', fault(status.INTERNAL)) }, undefined, 'failed'],
    ['a limit after a message', call => { begin(call); call.emit('error', fault(status.RESOURCE_EXHAUSTED)) }, undefined, 'rateLimited'],
    ['a deadline after a message', begin, soon, 'timeout']
  ]) {
    await t.test(title, async t => {
      const { address } = await startServer(t, { stream })
      await tell(() => readAll(address, options?.()), { told: ofKind(kind) })
    })
  }
  await t.test('a server that is shut down after a message, and cancels the stream', async t => {
    await tell(async () => {
      const { address, server } = await startServer(t, { stream: call => { begin(call); setTimeout(() => server.forceShutdown(), 20) } })
      return await readAll(address)
    }, { told: { kind: 'timeout' } })
  })
})
