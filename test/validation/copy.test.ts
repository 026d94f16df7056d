import t from 'tap'
import { copyOf, restore } from '../../src/validation/copy.js'
import type { Copies } from '../../src/validation/copy.js'
import { quotesOf } from '../../src/validation/quotes.js'

/** A list that refers to another one twice, and that one to the next: 2 ** depth values, of few. */
function doubled (depth: number): unknown {
  return depth === 0 ? { x: 'a value' } : Array.from({ length: 2 }).fill(doubled(depth - 1))
}

t.test('a copy is as deep as JSON goes', async t => {
  const file = new (class File { name = 'x' })()
  const input = { a: [1, { b: 'x' }], c: null, file, bare: Object.assign(Object.create(null) as object, { d: [2] }) }
  const copy = copyOf(input, 100) as typeof input
  t.same(copy, input)
  t.not(copy.a, input.a)
  t.not(copy.a[1], input.a[1])
  t.not(copy.bare, input.bare)
  t.equal(copy.file, file, 'what no validator changes')
  t.equal(copyOf('text', 1), 'text')
})

t.test('an object that is referred to twice is copied once', async t => {
  const copy = copyOf(doubled(99), 1000) as unknown[]
  t.equal(copy[0], copy[1])
})

t.test('so is an object that refers to itself', async t => {
  const input: unknown[] = []
  input.push(input)
  const copy = copyOf(input, 10) as unknown[]
  t.equal(copy[0], copy)
  t.not(copy, input)
})

t.test('what was removed from a copy is put back, and what was changed stays', async t => {
  const input = { a: [{ b: 1, c: '2' }], d: { e: [3] }, f: null }
  const copies: Copies = new Map()
  const copy = copyOf(input, 100, copies) as { a: [{ b?: number, c: string | number }], d?: object }
  delete copy.d
  delete copy.a[0].b
  copy.a[0].c = 2
  restore(copies)
  t.strictSame(copy, { a: [{ c: 2, b: 1 }], f: null, d: { e: [3] } })
})

t.test('no more values are copied than the limit says', async t => {
  const list = (length: number): unknown[] => Array.from({ length }).fill(0)
  for (const input of [list(11), [list(3), list(3), list(3)], { a: { b: list(9) } }, { ...list(11) }]) {
    t.throws(() => copyOf(input, 10), RangeError)
    t.same(copyOf(input, 20), input)
  }
})

t.test('a text is compared with no more values than 64 KiB of JSON could have', async t => {
  t.equal(quotesOf(doubled(30))('any text at all'), true, 'taken for a quotation')
})
