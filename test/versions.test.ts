import { readFileSync } from 'node:fs'
import t from 'tap'

interface Manifest {
  readonly engines?: { readonly node: string }
  readonly peerDependencies?: { readonly fastify: string }
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../${folder}/package.json`, import.meta.url), 'utf8')) as Manifest

const { engines, peerDependencies } = manifestOf('.')
const { devDependencies, optionalDependencies } = manifestOf('ecosystem/versions')
const aliases: Readonly<Record<string, string>> = { ...devDependencies, ...optionalDependencies }

/** The versions behind these aliases: `npm:fastify@5.11.1`. */
function versionsOf (prefix: string): string {
  return Object.entries(aliases).filter(([name]) => name.startsWith(prefix)).map(([, alias]) => alias.slice(alias.lastIndexOf('@') + 1)).join(', ')
}

/** What a tool is tested with, but for what only the tests need. */
function toolsOf (folder: string, helpers: readonly string[]): string[][] {
  return Object.entries(manifestOf(folder).devDependencies).filter(([name]) => !helpers.includes(name))
}

const rows = [
  ['', 'tested with'],
  ['---', '---'],
  ['Node.js', versionsOf('node-')],
  ['Fastify', `${versionsOf('fastify-lowest')} (the lowest), ${versionsOf('fastify-newest')}`],
  ['Fastify, the next', `${versionsOf('fastify-next')}, which may fail, and needs \`npm install --legacy-peer-deps\``],
  ['TypeScript', `${versionsOf('typescript-')}, with \`skipLibCheck: false\``],
  ...toolsOf('ecosystem/tools', [
    '@fastify/sensible', '@opentelemetry/api', '@opentelemetry/context-async-hooks', '@opentelemetry/sdk-trace-base', 'fastify', 'fastify-plugin'
  ]),
  ...toolsOf('ecosystem/runners', ['fastify'])
]

t.test('the page on tools has the table of what they are tested with', async t => {
  const page = readFileSync(new URL('../docs/tools-and-versions.md', import.meta.url), 'utf8')
  const table = rows.map(([name, versions]) => `| ${name} | ${versions} |\n`).join('')
  t.equal(/<!-- versions -->\n([^]*)<!-- \/versions -->/.exec(page)?.[1], table, 'what stands between the two marks must be this')
})

t.test('the lowest versions that are promised are tested', async t => {
  t.equal(peerDependencies?.fastify, `^${versionsOf('fastify-lowest')}`)
  t.match(engines?.node, `>=${versionsOf('node-').slice(0, 2)}.`)
})
