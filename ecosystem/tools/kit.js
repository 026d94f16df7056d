// What the tests of all tools have in common: a service on a socket, and an error that it answers and logs.

import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { assertError } from 'fastify-scai-errors/testing'
import { titleOf as titleBeside } from '../version.js'

/** Of a test: the software and its version. */
export const titleOf = name => titleBeside(name, import.meta.url)

/** The option `logger` of `Fastify()`, and the lines that were logged so far. */
export function collectLog () {
  const lines = []
  const stream = new Writable({
    write (chunk, _encoding, done) {
      lines.push(...String(chunk).trimEnd().split('\n').map(line => JSON.parse(line)))
      done()
    }
  })
  return { lines, logger: { level: 'info', stream } }
}

/** Has an app listen until the end of a test; its address. */
export async function listen (t, app) {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  return url
}

/**
 * Checks that a response is the envelope of this code, and that it has one line in the log, with its id and nothing
 * but that of an error.
 *
 * @returns the line
 */
export async function checkError (response, code, lines) {
  const { meta: { request_id: id } } = await assertError(response, code)
  await until(() => lines.some(({ event, request_id: of }) => event !== undefined && of === id))
  const own = lines.filter(({ request_id: of }) => of === id)
  const [line, ...further] = own.filter(({ event, msg }) => event !== undefined || !/^(?:incoming request|request completed)$/.test(msg))
  assert.deepEqual(further, [], 'one line')
  assert.deepEqual({ event: line?.event, code: line?.code }, { event: 'request_error', code })
  return line
}

/** Waits for something, for as long as it may take on a busy machine. */
export async function until (isDone) {
  const deadline = Date.now() + 10_000
  while (!await isDone() && Date.now() < deadline) await delay(10)
}
