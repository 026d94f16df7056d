// A service with the plugin, in whose handlers real clients fail, and what it answers and logs.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../dist/index.js'
import { fromProvider, fromStore } from '../dist/upstream.js'

/** What is planted. A text of an upstream may be in a log, as the message of the error; the others may be nowhere. */
export const PLANTED = {
  key: 'hunter2-key',
  prompt: 'hunter2-prompt',
  header: 'hunter2-header',
  text: 'hunter2-text'
}

/** What our caller is told of each kind of failure. */
const TOLD = {
  unreachable: { code: 'BACKEND_ERROR', status: 502 },
  timeout: { code: 'BACKEND_TIMEOUT', status: 504, shouldRetry: 'true' },
  rateLimited: { code: 'BACKEND_RATE_LIMITED', status: 429, shouldRetry: 'true' },
  overloaded: { code: 'MODEL_UNAVAILABLE', status: 503 },
  unpaid: { code: 'BACKEND_ERROR', status: 502, shouldRetry: 'false' },
  refusedKey: { code: 'BACKEND_ERROR', status: 502, shouldRetry: 'false' },
  modelNotFound: { code: 'MODEL_NOT_FOUND', status: 404, shouldRetry: 'false' },
  contextLength: { code: 'BACKEND_ERROR', status: 502, shouldRetry: 'false' },
  contentFilter: { code: 'BACKEND_ERROR', status: 502, shouldRetry: 'false' },
  invalidRequest: { code: 'BACKEND_ERROR', status: 502, shouldRetry: 'false' },
  failed: { code: 'BACKEND_ERROR', status: 502 },
  badShape: { code: 'UPSTREAM_SHAPE_MISMATCH', status: 502, shouldRetry: 'false' },
  ourMistake: { code: 'INTERNAL_ERROR', status: 500, shouldRetry: 'false' }
}

/** What could be anybody's is a bug, and a store that is down, or what only a socket says, a dependency: no kind is logged. */
const ANYBODYS = {
  bug: { code: 'INTERNAL_ERROR', status: 500, shouldRetry: 'false' },
  dependency: { code: 'SERVICE_UNAVAILABLE', status: 503, shouldRetry: 'true' }
}

const calls = []
const lines = []

const app = Fastify(scaiServerOptions({
  logger: {
    level: 'trace',
    stream: new Writable({
      write (chunk, _encoding, done) {
        lines.push(...String(chunk).trimEnd().split('\n'))
        done()
      }
    })
  }
}))
await app.register(scaiErrors)
app.get('/by-itself/:call', async ({ params }) => {
  await calls[params.call]()
  throw new Error('The call did not fail')
})
for (const [path, from] of [['/from-provider', fromProvider], ['/from-store', fromStore]]) {
  app.get(`${path}/:call`, async ({ params }) => {
    try {
      await calls[params.call]()
    } catch (thrown) {
      throw await from(thrown)
    }
    throw new Error('The call did not fail')
  })
}
app.get('/streamed/:call', async ({ params }, reply) => reply.scaiStream(await calls[params.call]()))
const url = await app.listen({ host: '127.0.0.1', port: 0 })
app.server.unref()

/**
 * What the service answers, and logs, where a call fails in its handler.
 *
 * @param {'by-itself' | 'from-provider' | 'from-store' | 'streamed'} how
 * @param {() => Promise<unknown>} call
 * @param {string[]} [secrets] that no line of the log may have
 */
export async function ask (how, call, secrets = [PLANTED.key, PLANTED.prompt, PLANTED.header]) {
  const message = request(`${url}/${how}/${calls.push(call) - 1}`).end()
  const [response] = await once(message, 'response')
  const text = Buffer.concat(await response.toArray()).toString()
  const { 'x-request-id': id } = response.headers
  const logged = lines.filter(line => JSON.parse(line).request_id === id)
  assert.deepEqual(leaksIn(text + JSON.stringify(response.headers), Object.values(PLANTED)), [], 'nothing that was planted is on the wire')
  assert.deepEqual(leaksIn(logged.join('\n'), secrets), [], 'nothing that was planted in a field is logged')
  return { status: response.statusCode, headers: response.headers, text, line: logged.map(line => JSON.parse(line)).find(({ event }) => event !== undefined) }
}

function leaksIn (text, secrets) {
  return secrets.filter(secret => text.includes(secret))
}

/** The end of what reply.scaiStream sends, where its source fails after items were sent. */
export function checkFrame ({ status, text, line }, { kind, retryAfter }) {
  const [frame, marker, rest] = text.split('\n\n').slice(-3)
  assert.match(frame, /^event: error\ndata: /, text)
  const { code, retry_after: delay } = JSON.parse(frame.slice(frame.indexOf('{')))
  assert.deepEqual(
    { status, code, delay, marker, rest, kind: line.context?.upstream?.kind },
    {
      status: 200, code: (TOLD[kind] ?? ANYBODYS[kind]).code, delay: retryAfter, marker: 'data: [DONE]', rest: '', kind: kind in TOLD ? kind : undefined
    },
    line.err?.stack
  )
}

/** Checks an answer by the kind of failure that it must tell of, or as what could be anybody's. */
export function check ({ status, headers, text, line }, { kind, retryAfter }) {
  const { shouldRetry, ...told } = TOLD[kind] ?? ANYBODYS[kind]
  const { error } = JSON.parse(text)
  assert.deepEqual({
    kind: line.context?.upstream?.kind,
    code: error?.code,
    status,
    shouldRetry: headers['x-should-retry'],
    retryAfter: error?.retry_after,
    'retry-after': headers['retry-after']
  }, {
    kind: kind in TOLD ? kind : undefined,
    ...told,
    shouldRetry,
    retryAfter,
    'retry-after': retryAfter?.toString()
  }, line.err?.stack ?? text)
}
