// The packed package on each version of Node.js, Fastify and TypeScript that is supported, and on Fastify's next.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { install, pack, runIn, versionIn } from './consumer.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const { devDependencies, optionalDependencies } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'))
const namesOf = (dependencies, prefix) => Object.keys(dependencies).filter(name => name.startsWith(prefix))

const packed = pack()
const lowest = versionIn(here, 'fastify-lowest')
const newest = versionIn(here, 'fastify-newest')
const next = versionIn(here, 'fastify-next')

const consumers = new Map()
for (const fastify of [lowest, newest]) {
  await test(`Fastify ${fastify}`, async t => {
    const { cwd, said } = await install(packed, fastify)
    consumers.set(fastify, cwd)
    await t.test('is what is installed', () => { assert.equal(versionIn(cwd, 'fastify'), fastify) })
    await t.test('npm warns of nothing of ours', () => { assert.doesNotMatch(said, /fastify-scai-errors|install-scripts|deprecated|peer/) })
    await t.test('answers nothing but envelopes', () => check(cwd, process.execPath))
  })
}

await test(`Fastify ${next}`, async t => {
  // Not supported yet, so that npm has to be told.
  const { cwd } = await install(packed, next, '--legacy-peer-deps')
  try {
    await check(cwd, process.execPath)
  } catch ({ message }) {
    t.skip(`does not work yet: ${/^\w*Error.*$/m.exec(message)?.[0] ?? message}`)
  }
})

for (const name of namesOf(optionalDependencies, 'node-')) {
  const node = `${here}node_modules/${name}/bin/node`
  // Binaries are there for one kind of machine.
  if (!existsSync(node)) {
    test(`Node.js ${name.slice('node-'.length)}`, { skip: `no binary of it for ${process.platform} ${process.arch}` }, () => {})
    continue
  }
  await test(`Node.js ${versionIn(here, name)}`, async t => {
    for (const [fastify, cwd] of consumers) await t.test(`Fastify ${fastify}`, () => check(cwd, node))
  })
}

for (const name of namesOf(devDependencies, 'typescript-')) {
  await test(`TypeScript ${versionIn(here, name)}`, async t => {
    for (const [fastify, cwd] of consumers) {
      await t.test(`Fastify ${fastify}`, () => runIn(cwd, process.execPath, `${here}node_modules/${name}/bin/tsc`, '-p', '.'))
    }
  })
}

/** Runs the consumer's program under this Node.js. */
async function check (cwd, node) {
  assert.match(await runIn(cwd, node, 'run.js'), /^1\d\n$/)
}
