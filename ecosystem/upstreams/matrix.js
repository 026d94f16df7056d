// Runs software against each way in which an upstream fails.

import { test } from 'node:test'
import { PLANTED, ask, check } from '../service.js'
import { titleOf as titleBeside } from '../version.js'
import { answer, closedAddress, cut, stall, startUpstream } from './upstream.js'

/** What the load balancer in front of an upstream says. */
const HTML = { status: 502, body: `<html><h1>502 Bad Gateway</h1>${PLANTED.text}</html>` }

/** How long a client waits that gives up by itself, in milliseconds. */
const PATIENCE = 150

/**
 * How a call fails, whatever the upstream speaks.
 *
 * - `address`: where the client is sent;
 * - `settings`: what the client is told;
 * - `told`: the kind, with `fromProvider`;
 * - `byItself`: where the error handler can't know as much.
 */
const BREAKS = {
  'HTML of a load balancer': { address: (t, options) => startUpstream(t, answer(HTML), options), told: { kind: 'failed' } },
  'a refused connection': { address: closedAddress, told: { kind: 'unreachable' } },
  'a connection cut in mid-body': { address: (t, options) => startUpstream(t, cut, options), told: { kind: 'unreachable' } },
  'a timeout of its own': { address: (t, options) => startUpstream(t, stall, options), settings: () => ({ timeout: PATIENCE }), told: { kind: 'timeout' } },
  'an abort by us': { address: (t, options) => startUpstream(t, stall, options), settings: () => ({ signal: abortSoon() }), told: { kind: 'timeout' } }
}

function abortSoon () {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), PATIENCE)
  return controller.signal
}

/**
 * @typedef {object} Software
 * @property {string} name of its package
 * @property {Record<string, { status: number, headers?: object, body: unknown, told: { kind: string, retryAfter?: number } }>} answers
 *   the failures that its upstream tells of
 * @property {(url: string, settings: { timeout?: number, signal?: AbortSignal }) => Promise<unknown>} call
 * @property {boolean} [returns] whether it returns an answer of an error status, rather than throw
 * @property {Record<string, { kind?: string }>} [byItself] by the name of a failure, where the handler can't know as much as `fromProvider`
 * @property {Record<string, { kind?: string }>} [told] by the name of a failure, where it isn't what it is of others
 * @property {string[]} [secrets] what of that which was planted may not be in its log
 * @property {boolean} [http2] whether its upstream speaks HTTP/2
 * @property {string[]} [without] the failures that it has no setting for
 */

/** Tests software against all that its upstream may answer, and all that may break. */
export function testSoftware ({ name, via, answers, call, returns = false, byItself = {}, told = {}, without = [], http2, secrets }) {
  test(titleOf(name, via), async t => {
    for (const [title, row] of Object.entries(answers)) {
      await t.test(title, async t => {
        const url = await startUpstream(t, answer(row), { http2 })
        await tell(() => call(url, {}), { told: told[title] ?? row.told, byItself: returns ? null : byItself[title], secrets })
      })
    }
    for (const [title, { address, settings = () => ({}), ...row }] of Object.entries(BREAKS)) {
      if (without.includes(title)) continue
      await t.test(title, async t => {
        const url = await address(t, { http2 })
        const isAnswer = title === 'HTML of a load balancer'
        await tell(() => call(url, settings()), { told: told[title] ?? row.told, byItself: returns && isAnswer ? null : byItself[title], secrets })
      })
    }
  })
}

/** Checks both ways of a call that fails: by way of `fromProvider`, and thrown as it is (`null` where nobody does that). */
export async function tell (call, { told, byItself = told, secrets }) {
  check(await ask('from-provider', call, secrets), told)
  if (byItself !== null) check(await ask('by-itself', call, secrets), byItself)
}

/** Of a test: the software and its version. */
export function titleOf (name, via) {
  return titleBeside(name, import.meta.url) + (via === undefined ? '' : ` (${via})`)
}
