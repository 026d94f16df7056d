import t from 'tap'
import { ScaiError } from '../../src/index.js'
import { checkEnvelope } from '../fixtures/envelope.js'
import { serve } from '../fixtures/service.js'

for (const [title, spoil] of [
  ['taken off', error => { Reflect.deleteProperty(error, 'retryAfter') }],
  ['undefined', error => Object.assign(error, { retryAfter: undefined })],
  ['no number', error => Object.assign(error, { retryAfter: 'hunter2' })]
] as Array<[string, (error: ScaiError) => void]>) {
  t.test(`a code that always carries retry_after does so, even if it is ${title} after the error was made`, async t => {
    const { request } = await serve(t, app => app.get('/', async () => {
      const error = new ScaiError('RATE_LIMITED', { retryAfter: 5 })
      spoil(error)
      throw error
    }))
    t.equal(checkEnvelope(await request('/')).error.retry_after, 1)
  })
}
