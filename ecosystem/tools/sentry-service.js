// A service whose errors Sentry reports, to a server of the test's own.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { checkError, collectLog, listen } from './kit.js'

class Own extends Error {}

/** A provider's refusal, as its client throws it. */
const refusal = () => Object.assign(new Error('key refused'), { name: 'AxiosError', status: 401, response: { status: 401, headers: {}, data: {} } })

/** The last of a chain that is reported as the error handler makes it. */
const bug = 'An unexpected error occurred, please report it with the request id'
const upstream = 'The upstream provider returned an error'

/** Of each request, what is answered, and the exceptions that are reported: by Sentry's integration alone, and as the page says. */
const rows = [
  { path: '/500', code: 'INTERNAL_ERROR', byItself: ['deep', 'boom'], asWritten: ['deep', 'boom', bug] },
  { path: '/502', code: 'BACKEND_ERROR', byItself: ['provider', upstream], asWritten: ['provider', upstream] },
  { path: '/404', code: 'MODEL_NOT_FOUND', byItself: [], asWritten: [] },
  { path: '/409', code: 'CONFLICT', byItself: [], asWritten: [] },
  { path: '/422', code: 'VALIDATION_ERROR', byItself: [], asWritten: [] },
  { path: '/none', code: 'NOT_FOUND', byItself: [], asWritten: [] },
  // Where the status of what was thrown isn't that of the answer.
  { path: '/mapped', code: 'QUOTA_EXCEEDED', byItself: ['mine'], asWritten: [] },
  { path: '/refused', code: 'BACKEND_ERROR', byItself: [], asWritten: ['key refused', upstream] },
  { path: '/sent', code: 'INTERNAL_ERROR', byItself: [], asWritten: [bug] }
]

/** Starts what Sentry reports to; its address, and the events that came so far. */
export async function startSentry (t) {
  const events = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const text = String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    for (const line of text.split('\n')) if (line.includes('"exception"')) events.push(JSON.parse(line))
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { dsn: `http://key@127.0.0.1:${server.address().port}/1`, events }
}

/** The checks of what is reported, by path, once Sentry was told to: `column` of the rows. */
export async function checksOf (t, column, events) {
  const Sentry = await import('@sentry/node')
  const { default: Fastify } = await import('fastify')
  const { default: scaiErrors, ScaiError, scaiServerOptions } = await import('fastify-scai-errors')
  const { lines, logger } = collectLog()
  const app = Fastify(scaiServerOptions({ logger }))
  Sentry.setupFastifyErrorHandler(app)
  await app.register(scaiErrors, { mapError: thrown => thrown instanceof Own ? 'QUOTA_EXCEEDED' : undefined })
  app.get('/500', async () => { throw new Error('boom', { cause: new Error('deep') }) })
  app.get('/502', async () => { throw new ScaiError('BACKEND_ERROR', { cause: new Error('provider') }) })
  app.get('/404', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUND'))
  app.get('/409', async () => { throw Object.assign(new Error('taken'), { statusCode: 409 }) })
  app.get('/422', { schema: { querystring: { type: 'object', required: ['limit'] } } }, async () => 'fine')
  app.get('/mapped', async () => { throw new Own('mine') })
  app.get('/refused', async () => { throw refusal() })
  app.get('/sent', async (_request, reply) => reply.code(500).send('theirs'))
  const url = await listen(t, app)
  return rows.map(({ path, code, [column]: reported }) => [path, async () => {
    events.length = 0
    const { request_id: id } = await checkError(await fetch(url + path), code, lines)
    await Sentry.flush()
    assert.deepEqual(events.flatMap(({ exception }) => exception.values.map(({ value }) => value)), reported)
    if (column === 'asWritten') for (const { tags } of events) assert.deepEqual(tags, { code, request_id: id })
  }])
}
