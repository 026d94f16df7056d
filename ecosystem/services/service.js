// Services on real sockets, with and without the plugin.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'

/** A text that may never be on the wire. */
export const SECRET = 'hunter2'

/**
 * Starts a service; its address, and the errors that it logs.
 *
 * @param {import('node:test').TestContext} t
 * @param {(app: import('fastify').FastifyInstance) => unknown} define
 */
export async function start (t, define, { withPlugin = true, http2 = false } = {}) {
  const errors = []
  const stream = new Writable({
    write (chunk, _encoding, done) {
      errors.push(...String(chunk).trimEnd().split('\n').map(line => JSON.parse(line)).filter(({ event }) => event === 'request_error'))
      done()
    }
  })
  const options = { http2, forceCloseConnections: true }
  const app = withPlugin ? Fastify(scaiServerOptions({ ...options, logger: { stream } })) : Fastify(options)
  if (withPlugin) await app.register(scaiErrors)
  for (const hook of ['onRequest', 'preHandler']) {
    app.addHook(hook, async ({ headers }) => {
      if (headers['x-fail'] === hook) throw new Error(SECRET)
    })
  }
  await define(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  return { url, errors }
}

/** What differs from one response to another, with or without the plugin. */
const VARYING = ['date', 'x-request-id']

/** What is answered, as far as a client sees it. */
export async function send (url, init) {
  const response = await fetch(url, init)
  const headers = Object.fromEntries(Array.from(response.headers).filter(([name]) => !VARYING.includes(name)))
  return { status: response.status, headers, body: await response.text() }
}

/** The same over HTTP/2. */
export async function sendHttp2 (url, { method = 'GET', headers = {}, body } = {}) {
  const { origin, pathname } = new URL(url)
  const session = connect(origin)
  try {
    const stream = session.request({ ':method': method, ':path': pathname, ...headers }).end(body)
    const [{ ':status': status, ...answered }] = await once(stream, 'response')
    for (const name of VARYING) delete answered[name]
    return { status, headers: answered, body: Buffer.concat(await stream.toArray()).toString() }
  } finally {
    session.close()
  }
}

/** A request with a body, for `send`. */
export function post (body, type = 'application/json', headers = {}) {
  return { method: 'POST', headers: { 'content-type': type, ...headers }, body }
}

/** A request that a hook of the service fails on. */
export function failIn (hook, request = {}) {
  return { ...request, headers: { ...request.headers, 'x-fail': hook } }
}

/** A JSON body beyond what Fastify takes. */
export const TOO_LARGE = JSON.stringify('x'.repeat(2 ** 20))

/** That an answer is the envelope with this code, logged once, and tells nothing of what was thrown. */
export function checkEnvelope ({ body }, code, errors) {
  assert.deepEqual(Object.keys(JSON.parse(body)), ['status', 'error', 'meta'], body)
  const { error, meta } = JSON.parse(body)
  assert.equal(error.code, code, body)
  assert.deepEqual(errors.filter(({ request_id: id }) => id === meta.request_id).map(({ code }) => code), [code])
  assert.ok(!body.includes(SECRET), body)
}
