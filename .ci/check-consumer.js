// Packs the package and uses it like a user: as ESM and as CommonJS, type-checked and run. The consumer is in
// this folder, so that all other packages resolve to what `npm ci` has installed. Then it follows the README
// from an empty folder, with npm alone.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const consumer = join(root, '.consumer')
const installed = join(consumer, 'node_modules', 'fastify-scai-errors')

const augmentation = `
declare module 'fastify-scai-errors' {
  interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
}
`
const definition = `defineErrors({
  SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' },
  SCAIQUEUE_QUEUE_PAUSED: { status: 503, message: 'The queue is paused', retryAfter: 'required' },
  BUNKER_NOT_RUNNING: { status: 425, message: 'Not yet' }
})
`
const use = `
const status: 409 = new ScaiError('SCAIQUEUE_QUEUE_FULL').statusCode
new ScaiError('SCAIQUEUE_QUEUE_PAUSED', { retryAfter: 1 })
// @ts-expect-error required
new ScaiError('SCAIQUEUE_QUEUE_PAUSED')
// @ts-expect-error misspelt
new ScaiError('SCAIQUEUE_QUEUE_FUL')
if (status !== 409) throw new Error('wrong status')
`

const readme = readFileSync(join(root, 'README.md'), 'utf8')
/** The first example of the README, as it stands. */
const [, first] = /```js\n([^]*?)```/.exec(readme)
/** The commands before it. */
const [, commands] = /```sh\n([^]*?)```/.exec(readme)
/** A program of a page: its first line names its file. */
const program = (page, file) => new RegExp(`\`\`\`ts\\n(// ${file}\\n[^]*?)\`\`\``).exec(readFileSync(join(root, 'docs', page), 'utf8'))[1]

const files = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: false, types: ['node'], noEmit: true },
    files: ['readme.ts', 'metrics.ts', 'tracing.ts', 'app.test.ts', 'esm.ts', 'cjs.cts']
  }),
  'readme.ts': first,
  'metrics.ts': program('operating.md', 'metrics.ts'),
  'tracing.ts': program('operating.md', 'tracing.ts'),
  'app.test.ts': program('testing.md', 'app.test.ts'),
  'app.ts': `import Fastify from 'fastify'
import { scaiServerOptions } from 'fastify-scai-errors'
export const build = () => Fastify(scaiServerOptions({ http2: true }))
`,
  'esm.ts': `import { ScaiError, defineErrors } from 'fastify-scai-errors'
import type { DefinedErrors } from 'fastify-scai-errors'
import { fromModule, fromProvider, fromStore } from 'fastify-scai-errors/upstream'
export const errors: ScaiError[] = [fromStore(null), fromProvider(null), await fromModule(await fetch('data:,'))]
export const queueErrors = ${definition}${augmentation}${use}`,
  'cjs.cts': `import { ScaiError, defineErrors } from 'fastify-scai-errors'
import type { DefinedErrors } from 'fastify-scai-errors'
export const moduleErrors = defineErrors({ SCAISKILLS_VERSION_CONFLICT: { status: 409, message: 'Conflict' } })
declare module 'fastify-scai-errors' {
  interface ScaiErrorCatalog extends DefinedErrors<typeof moduleErrors> {}
}
const code: 'SCAISKILLS_VERSION_CONFLICT' = new ScaiError('SCAISKILLS_VERSION_CONFLICT').code
if (code === undefined) throw new Error('no code')
`,
  'run.cjs': `const { default: scaiErrors, ScaiError, scaiServerOptions } = require('fastify-scai-errors')
const app = require('fastify')(scaiServerOptions())
app.register(scaiErrors)
app.get('/', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
app.inject('/').then(({ statusCode }) => { if (statusCode !== 404) throw new Error('got ' + statusCode) })
const { fromProvider } = require('fastify-scai-errors/upstream')
if (!(fromProvider(null) instanceof ScaiError)) throw new Error('not the same class')
const { assertError } = require('fastify-scai-errors/testing')
app.inject('/').then(response => assertError(response, 'MODEL_NOT_FOUND'))
if (require('fastify-scai-errors/catalog.json').MODEL_NOT_FOUND.status !== 404) throw new Error('not the catalog')
`
}

rmSync(consumer, { recursive: true, force: true })
mkdirSync(installed, { recursive: true })
try {
  const [{ filename }] = JSON.parse(run('npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', consumer))
  run('tar', '-xzf', join(consumer, filename), '-C', installed, '--strip-components=1')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(consumer, name), text)
  run('npx', 'tsc', '-p', consumer)
  run('node', join(consumer, 'run.cjs'))
  run('node', join(installed, 'dist/cli.js'), 'catalog', '--check', join(root, 'docs/catalog.md'))
  console.log('A consumer type-checks and runs, as ESM and as CommonJS.')
  await followReadme(join(consumer, filename))
  console.log('The README\'s first example runs from an empty folder, in JavaScript and in TypeScript.')
} finally {
  rmSync(consumer, { recursive: true, force: true })
}

/** Does what the README says, in an empty folder outside of this one, with the packed package in place of the published one. */
async function followReadme (tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  try {
    const script = commands.replace(/(npm install .*)fastify-scai-errors/, `$1${tarball} --no-audit --no-fund --loglevel=error`)
    execFileSync('sh', ['-ec', script], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    const service = join(folder, /cd (\S+)/.exec(commands)[1])
    execFileSync('npm', ['install', '-D', 'tsx', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: service, stdio: ['ignore', 'ignore', 'inherit'] })
    for (const [file, ...command] of [['server.mjs', 'node'], ['server.mts', 'npx', 'tsx']]) {
      if (!readme.includes(`\`${[...command, file].join(' ')}\``)) throw new Error(`The README doesn't say how to start ${file}`)
      // Any free port: 3000 may be taken.
      writeFileSync(join(service, file), first.replace('port: 3000', 'port: 0'))
      await tryRequests([...command, file], service)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Starts the service, and compares what it answers with what the README prints, but for the ids. */
async function tryRequests ([command, ...args], cwd) {
  const service = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  try {
    const url = await new Promise((resolve, reject) => {
      service.once('exit', code => reject(new Error(`${args.at(-1)} ended with ${code}`)))
      createInterface(service.stdout).on('line', line => {
        const found = /Server listening at ([^"]+)/.exec(line)
        if (found !== null) resolve(found[1])
      })
    })
    const json = { 'content-type': 'application/json' }
    for (const [path, init] of [['/v1/models/gpt-9'], ['/v1/busy'], ['/v1/chat', { method: 'POST', headers: json, body: '{}' }]]) {
      const answer = await (await fetch(url + path, init)).text()
      if (!withoutIds(readme).includes(withoutIds(answer))) throw new Error(`The README doesn't print what ${path} answers: ${answer}`)
    }
  } finally {
    // Its children, too: npx starts one.
    process.kill(-service.pid)
  }
}

function withoutIds (text) {
  return text.replace(/req_[\w-]{20}/g, 'req_')
}

function run (command, ...args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
