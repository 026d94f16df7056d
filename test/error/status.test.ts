import t from 'tap'
import { canonicalCode } from '../../src/error/status.js'
import { ScaiError } from '../../src/error/scai-error.js'
import { CANONICAL_REFERENCE_CODES, HTTP_CODES } from '../fixtures/reference-codes.js'

const CANONICAL = Object.entries({ ...HTTP_CODES, ...CANONICAL_REFERENCE_CODES })

t.test('every registered status has a code of its own', async t => {
  t.equal(CANONICAL.length, 38)
  for (const [code, status] of CANONICAL) t.equal(canonicalCode(status), code, `${status}`)
})

const unregistered = [
  [[418, 419, 420, 427, 430, 432, 444, 450, 452, 499], 'BAD_REQUEST'],
  [[509, 510, 512, 520, 530, 598, 599], 'INTERNAL_ERROR']
] as const

for (const [statuses, code] of unregistered) {
  t.test(`an unregistered ${statuses[0] < 500 ? '4xx' : '5xx'} is ${code}`, async t => {
    for (const status of statuses) t.equal(canonicalCode(status), code, `${status}`)
  })
}

t.test('the code of a status has that status, or 400 or 500', async t => {
  const registered: ReadonlySet<number> = new Set(CANONICAL.map(([, status]) => status))
  for (let status = 400; status <= 599; status++) {
    const { statusCode } = new ScaiError(canonicalCode(status) as 'NOT_FOUND')
    t.equal(statusCode, registered.has(status) ? status : status < 500 ? 400 : 500, `${status}`)
  }
})
