import t from 'tap'
import { UNKNOWN_SHAPE, follow, shapeOf } from '../../src/validation/schema-shape.js'
import { chooseIssues } from '../../src/validation/union-choice.js'
import { parseUnions } from '../../src/validation/union-tree.js'
import { toIssue } from '../../src/validation/foreign-issue.js'

t.test('an invalid path leads nowhere', async t => {
  t.equal(follow({ a: 1 }, '#/a'), 1)
  t.equal(follow({ a: 1 }, '#/%zz'), undefined)
})

t.test('a reference to itself has no shape', async t => {
  t.strictSame(shapeOf({ $ref: '#/a' }, { a: { $ref: '#/a' } }, undefined), UNKNOWN_SHAPE)
})

t.test('a type that may be null is two types', async t => {
  t.strictSame(shapeOf({ type: 'string', nullable: true }, {}, {}).types, new Set(['string', 'null']))
  t.strictSame(shapeOf({ type: 'string' }, {}, {}).types, new Set(['string']))
})

t.test('a union that does not tell its alternatives is one fault', async t => {
  const issue = toIssue({ code: 'invalid_union', path: ['a'], message: 'Invalid input' })
  t.strictSame(chooseIssues(parseUnions([issue]), undefined), [issue])
})

t.test('the shape of a schema ends at a reference to itself or to the input', async t => {
  const circular = { $ref: '#' }
  t.equal(shapeOf(circular, circular, {}).names.size, 0)
  t.equal(shapeOf({ properties: { kind: { const: { $data: '1/other' } } } }, {}, {}).tags.size, 0)
})
