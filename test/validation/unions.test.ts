import t from 'tap'
import { follow } from '../../src/validation/schema-shape.js'
import { chooseIssues } from '../../src/validation/union-choice.js'
import { parseUnions } from '../../src/validation/union-tree.js'
import { toIssue } from '../../src/validation/issue.js'

t.test('a path that is none leads nowhere', async t => {
  t.equal(follow({ a: 1 }, '#/a'), 1)
  t.equal(follow({ a: 1 }, '#/%zz'), undefined)
})

t.test('a union that does not tell its alternatives is one fault', async t => {
  const issue = toIssue({ code: 'invalid_union', path: ['a'], message: 'Invalid input' })
  t.strictSame(chooseIssues(parseUnions([issue]), undefined), [issue])
})
