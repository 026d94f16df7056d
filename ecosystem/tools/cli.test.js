// fastify-cli: a project that it generates, with the plugin put in as docs/tools-and-versions.md says.

import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertError } from 'fastify-scai-errors/testing'
import { freePort } from '../free-port.js'
import { start } from './child.js'
import { checkError, titleOf } from './kit.js'
import { writeRecipe } from './recipe.js'

const root = fileURLToPath(new URL('scratch/app/', import.meta.url))
const cli = fileURLToPath(new URL('node_modules/fastify-cli/cli.js', import.meta.url))

const ROUTE = `import { ScaiError } from 'fastify-scai-errors'

export default async function (fastify) {
  fastify.get('/missing', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
  fastify.get('/bug', async () => { throw Object.assign(new Error('boom'), { key: 'hunter2' }) })
}
`

/** The helper of the generated tests, with the options. */
const withOptions = text => text.replace('const argv = [AppPath]', "const argv = ['--options', AppPath]")

test(titleOf('fastify-cli'), async t => {
  cpSync(new URL('node_modules/fastify-cli/templates/app-esm', import.meta.url), root, { recursive: true })
  t.after(() => rmSync(root, { recursive: true }))
  writeRecipe('app/app.js', '// app.js')
  writeFileSync(`${root}routes/example/index.js`, ROUTE)
  const helper = readFileSync(`${root}test/helper.js`, 'utf8')
  assert.notEqual(withOptions(helper), helper)
  writeFileSync(`${root}test/helper.js`, withOptions(helper))
  writeFileSync(`${root}test/without-options.js`, helper)

  for (const [title, args] of [['as it stands', []], ['with a prefix', ['--prefix', '/v1']], ['pretty', ['--pretty-logs']]]) {
    await t.test(`fastify start --options, ${title}`, async t => {
      const { url, lines, texts } = await start(t, [
        cli, 'start', '--options', '--log-level', 'info', '--address', '127.0.0.1', '--port', String(await freePort()), ...args, 'app.js'
      ], { cwd: root })
      // The generated app hands its prefix on to the folders, which have it twice.
      const prefix = title === 'with a prefix' ? '/v1/v1' : ''
      assert.deepEqual(await (await fetch(`${url}${prefix}/`)).json(), { root: true })
      for (const [path, code] of [
        [`${prefix}/example/missing`, 'MODEL_NOT_FOUND'], [`${prefix}/example/bug`, 'INTERNAL_ERROR'], [`${prefix}/nowhere`, 'NOT_FOUND'],
        ['/%zz', 'BAD_REQUEST']
      ]) {
        const response = await fetch(url + path)
        if (title === 'pretty') await assertError(response, code)
        else await checkError(response, code, lines)
      }
      await assertError(await fetch(`${url}/nowhere`), 'NOT_FOUND')
      assert.doesNotMatch(texts.join('\n'), /hunter2|scaiServerOptions/, 'no field of a foreign error, and no warning')
    })
  }

  await t.test('the generated helper of the tests, app after app', async t => {
    const { build } = await import(`${root}test/helper.js`)
    for (const title of ['first', 'second', 'third']) {
      await t.test(title, async t => {
        const app = await build(t)
        await assertError(await app.inject('/example/missing'), 'MODEL_NOT_FOUND')
        await assertError(await app.inject('/%zz'), 'BAD_REQUEST')
        assert.equal((await app.inject('/')).statusCode, 200)
      })
    }
  })

  await t.test('the generated helper without the options: errors of routes and unknown routes alone', async t => {
    const { build } = await import(`${root}test/without-options.js`)
    const app = await build(t)
    await assertError(await app.inject('/example/missing'), 'MODEL_NOT_FOUND')
    await assertError(await app.inject('/nowhere'), 'NOT_FOUND')
  })
})
