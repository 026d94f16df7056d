// Protocols that have error bodies of their own: those pass by what the page says to write, and all else is the envelope.

import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import scaiErrors from '../../dist/index.js'
import { versionOf } from '../version.js'
import { programUnder, rows } from './page.js'
import { checkEnvelope, send, sendHttp2, start } from './service.js'

/**
 * @typedef {object} Protocol
 * @property {string} name in the table of the page
 * @property {string[]} packages
 * @property {string} way what to write: a heading of the page
 * @property {boolean} [http2] whether it is served over HTTP/2
 * @property {(app: object) => unknown} [prepare] what its own documentation says to do first
 * @property {() => object} given what the names in the page's program stand for
 * @property {(app: object, given: object) => unknown} mount the same, where there is no plugin to opt out of
 * @property {Record<string, [ask: (url: string) => unknown, expected: RegExp]>} theirs what passes
 * @property {Record<string, [ask: (url: string) => unknown, code: string]>} ours what is still the envelope
 */

const files = await readdir(new URL('protocols', import.meta.url))
/** @type {Protocol[]} */
const protocols = (await Promise.all(files.map(async file => (await import(`./protocols/${file}`)).default))).flat()

const unknownRoutes = http2 => ({ 'unknown routes': [url => (http2 ? sendHttp2 : send)(`${url}/nowhere`), 'NOT_FOUND'] })

for (const { name, packages, way, http2, prepare = () => {}, given, mount, theirs, ours } of protocols) {
  test(`${name} (${packages.map(name => `${name} ${versionOf(name, import.meta.url)}`).join(', ')})`, async t => {
    const define = write => async app => {
      await prepare(app)
      await write(app, given())
    }
    const bare = await start(t, define(mount), { http2, withPlugin: false })
    const replacing = await start(t, define(mount), { http2 })
    const optOut = programUnder(capitalized(way))
    const { url, errors } = await start(t, define((app, given) => run(optOut, { app, scaiErrors, ...given })), { http2 })

    for (const [title, [ask, expected]] of Object.entries(theirs)) {
      await t.test(title, async () => {
        const answer = await ask(bare.url)
        assert.match(JSON.stringify(answer), expected)
        assert.deepEqual(await ask(url), answer)
        assert.deepEqual(errors.splice(0), [])
      })
    }
    for (const [title, [ask, code]] of Object.entries({ ...unknownRoutes(http2), ...ours })) {
      await t.test(title, async () => checkEnvelope(await ask(url), code, errors))
    }
    await t.test('without this, errors of its own are replaced', async () => {
      const answers = await Promise.all(Object.values(theirs).map(([ask]) => ask(replacing.url)))
      assert.ok(answers.some(answer => JSON.stringify(answer).includes('request_id')))
    })
  })
}

test('the table of the page', async t => {
  await t.test('says what is tested', () => {
    const tested = protocols.map(({ name, way, ours }) => [name, way, Object.keys({ ...unknownRoutes(), ...ours }).join(', ')])
    assert.deepEqual(rows().sort(), tested.sort())
  })
})

/** Runs a program of the page, whose names stand for these. */
async function run (program, names) {
  const AsyncFunction = (async () => {}).constructor
  await new AsyncFunction(...Object.keys(names), program)(...Object.values(names))
}

function capitalized (text) {
  return text[0].toUpperCase() + text.slice(1)
}
