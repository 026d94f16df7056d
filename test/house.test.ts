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

/** What a file imports or re-exports: files of the house by their path, packages by their name. */
function importsOf (file: string): Array<{ from: string, isType: boolean }> {
  const found = textOf(file).matchAll(/^(?:import|export) (type )?[^'=]*?from '([^']+)'/gm)
  return Array.from(found, ([, type, from = '']) => ({
    isType: type !== undefined,
    from: from.startsWith('.') ? posix.join(dirname(file), from).replace(/\.js$/, '.ts') : from
  }))
}

t.test('every room has its step', async t => {
  t.strictSame(files.filter(file => stepOf(roomOf(file)) < 0), [])
})

t.test('an import points back along the line, never up, and never next door', async t => {
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
    t.strictSame(importsOf(file).filter(({ from, isType }) => from === 'fastify' && !isType), [], file)
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
