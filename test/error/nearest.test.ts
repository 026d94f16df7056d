import t from 'tap'
import { nearestName } from '../../src/error/nearest.js'

const CODES = ['MODEL_NOT_FOUND', 'MODEL_ACCESS_DENIED', 'NOT_FOUND', 'GONE']

for (const [name, candidates, meant] of [
  ['MODEL_NOT_FUND', CODES, 'MODEL_NOT_FOUND'],
  ['MODEL_NOT_FOUNDS', CODES, 'MODEL_NOT_FOUND'],
  ['modelNotFound', CODES, 'MODEL_NOT_FOUND'],
  ['model-not-found', CODES, 'MODEL_NOT_FOUND'],
  ['NOTFOUND', CODES, 'NOT_FOUND'],
  ['GON', CODES, 'GONE'],
  ['DONE', CODES, 'GONE'],
  ['DOES', CODES, undefined],
  ['MODEL_GONE', CODES, undefined],
  ['', CODES, undefined],
  ['codes', [], undefined],
  ['retry_after', ['retryAfter', 'details'], 'retryAfter'],
  ['mesage', ['message', 'headers'], 'message'],
  ['cuase', ['cause', 'context'], 'cause'],
  ['ucsae', ['cause', 'context'], undefined],
  ['prefix', ['maxDetails', 'mapError'], undefined]
] as Array<[string, string[], string | undefined]>) {
  t.test(`${JSON.stringify(name)} ${meant === undefined ? 'comes close to none' : `was meant to be ${meant}`}`, async t => {
    t.equal(nearestName(name, candidates), meant)
  })
}
