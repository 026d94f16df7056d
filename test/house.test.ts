import { readFileSync, readdirSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

/** What a room may import from: itself, and the rooms on the steps before its own. */
const STEPS = [['error'], ['validation', 'upstream'], ['classify'], ['respond'], ['stream', 'openapi', 'seal'], ['testing', 'cli']]
/** These know nothing of Fastify at run time. */
const WITHOUT_FASTIFY = new Set(['error', 'validation', 'upstream', 'classify'])
const MAX_LINES = 210
const MAX_SHARE = 0.3

const src = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts')).map(name => name.replaceAll('\\', '/'))
const textOf = (file: string): string => readFileSync(src + file, 'utf8')
const roomOf = (file: string): string => file.includes('/') ? file.slice(0, file.indexOf('/')) : ''
const stepOf = (room: string): number => room === '' ? STEPS.length : STEPS.findIndex(step => step.includes(room))

/** `import … from`, `export … from` and a bare `import`, each at the beginning of a statement; `import()` anywhere. */
const IMPORTS = /^ *(?:import|export) (type )?(?:[^'=;]*? from )?'([^']+)'|\bimport\(\s*'([^']+)'/gm

interface Import {
  from: string
  isType: boolean
}

/** What is imported or re-exported by this text. */
function readImports (text: string): Import[] {
  return Array.from(text.matchAll(IMPORTS), ([, type, from, dynamic]) => ({ from: from ?? dynamic ?? '', isType: type !== undefined }))
}

/** What a file imports or re-exports: files of the house by their path, packages by their name. */
function importsOf (file: string): Import[] {
  return readImports(textOf(file)).map(({ from, isType }) => ({
    from: from.startsWith('.') ? posix.join(dirname(file), from).replace(/\.js$/, '.ts') : from,
    isType
  }))
}

t.test('every way to import is seen', async t => {
  for (const [text, from, isType = false] of [
    ["import a from './a.js'", './a.js'],
    ["import a, { b as c } from './a.js'", './a.js'],
    ["import * as a from './a.js'", './a.js'],
    ["import {\n  a,\n  type B\n} from './a.js'", './a.js'],
    ["import type { A } from './a.js'", './a.js', true],
    ["import './a.js'", './a.js'],
    ["export { a } from './a.js'", './a.js'],
    ["export * from './a.js'", './a.js'],
    ["export * as a from './a.js'", './a.js'],
    ["export type { A } from './a.js'", './a.js', true],
    ["export type * from './a.js'", './a.js', true],
    ["export const a = await import('./a.js')", './a.js'],
    ["  const { a } = await import(\n    './a.js')", './a.js'],
    ["let a: import('./a.js').A", './a.js'],
    ["import a from 'fastify/lib/errors.js'", 'fastify/lib/errors.js'],
    ["export const a = 1\nimport './a.js'", './a.js'],
    ["export function a (): void {}\nimport b from './a.js'", './a.js']
  ] as const) t.strictSame(readImports(text), [{ from, isType }], text)
})

t.test('every room has its step', async t => {
  t.strictSame(files.filter(file => stepOf(roomOf(file)) < 0), [])
})

t.test('an import points back along the line, never forward, and never to a neighbour', async t => {
  for (const file of files) {
    const room = roomOf(file)
    for (const { from } of importsOf(file)) {
      if (!files.includes(from) || roomOf(from) === room) continue
      t.ok(stepOf(roomOf(from)) < stepOf(room), `${file} imports ${from}`)
    }
  }
})

t.test('the rooms before the reply know nothing of Fastify', async t => {
  for (const file of files.filter(file => WITHOUT_FASTIFY.has(roomOf(file)))) {
    t.strictSame(importsOf(file).filter(({ from, isType }) => /^fastify(?:\/|$)/.test(from) && !isType), [], file)
  }
})

t.test('no file imports itself, by whatever way, but for types', async t => {
  const reached = new Map<string, Set<string>>()
  const reach = (file: string): Set<string> => {
    const known = reached.get(file)
    if (known !== undefined) return known
    const all = new Set<string>()
    reached.set(file, all)
    for (const { from, isType } of importsOf(file)) {
      if (isType || !files.includes(from)) continue
      for (const further of [from, ...reach(from)]) all.add(further)
    }
    return all
  }
  for (const file of files) t.notOk(reach(file).has(file), file)
})

t.test('no file and no room is too large', async t => {
  const lines = new Map<string, number>()
  for (const file of files) {
    const count = textOf(file).split('\n').length - 1
    t.ok(count <= MAX_LINES, `${file}: ${count} lines`)
    lines.set(roomOf(file), (lines.get(roomOf(file)) ?? 0) + count)
  }
  const all = Array.from(lines.values()).reduce((sum, count) => sum + count, 0)
  for (const [room, count] of lines) t.ok(count <= all * MAX_SHARE, `${room}: ${count} of ${all} lines`)
})
