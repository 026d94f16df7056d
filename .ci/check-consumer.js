// Packs the package and uses it as somebody who installed it would: ESM and CommonJS, typed and run.
// The consumer lies in this folder, so that everything but the packed package resolves to what
// `npm ci` has installed.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The examples of the README that are whole programs. */
const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([^]*?)```/g)].map(([, text]) => text)
const recipe = name => examples.find(text => text.includes(` from '${name}'`))

const files = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, skipLibCheck: false, types: ['node'], noEmit: true },
    files: ['readme.ts', 'metrics.ts', 'tracing.ts', 'testing.ts', 'esm.ts', 'cjs.cts']
  }),
  'readme.ts': examples[0],
  'metrics.ts': recipe('prom-client'),
  'tracing.ts': recipe('@opentelemetry/api'),
  'testing.ts': recipe('fastify-scai-errors/testing'),
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
  run('node', join(installed, 'dist/cli.js'), 'catalog', '--check', join(root, 'README.md'))
  console.log('A consumer type-checks and runs, as ESM and as CommonJS.')
} finally {
  rmSync(consumer, { recursive: true, force: true })
}

function run (command, ...args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
