import t from 'tap'
import { ScaiError } from '../../src/index.js'
import { envelope } from '../../src/respond/envelope.js'

// A getter may change its mind after the error was found to be intact.
for (const [title, property, value] of [
  ['message is gone', 'message', undefined],
  ['message is none', 'message', 7],
  ['details are gone', 'details', []],
  ['details are none', 'details', [{ field: 'model' }]]
] as const) {
  t.test(`no envelope is made from an error whose ${title}`, async t => {
    const error = Object.defineProperty(new ScaiError('VALIDATION_ERROR', { details: [{ field: 'model', message: 'is required' }] }), property, { value })
    t.throws(() => envelope(error, 'req_a', undefined, 50), TypeError)
  })
}
