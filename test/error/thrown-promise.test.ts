import t from 'tap'
import { ScaiError } from '../../src/error/scai-error.js'
import { fromPromise } from '../../src/error/thrown-promise.js'
import { serve } from '../fixtures/service.js'

class Lazy {
  started = 0
  then (): void {
    this.started++
  }
}

const failed = (): Promise<never> => Promise.reject(new Error('SECRET'))

t.test('anything but a promise is left to the rules', async t => {
  const thenable = Object.assign(new Error('thenable'), { then () {} })
  for (const thrown of [
    undefined, null, 'then', { then: true }, new Error('m'), thenable, new ScaiError('GONE')
  ]) t.equal(fromPromise(thrown), undefined)
})

t.test('the then of a thenable that is no promise is never called', async t => {
  const lazy = new Lazy()
  t.equal(fromPromise(lazy)?.code, 'INTERNAL_ERROR')
  t.equal(lazy.started, 0)
})

t.test('a promise that was thrown is a 500 whose log line has the fix, and its rejection is handled', async t => {
  const unhandled: unknown[] = []
  const listener = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listener)
  t.teardown(() => process.off('unhandledRejection', listener))

  const service = await serve(t, app => {
    app.get('/sync', () => { throw failed() })
    app.get('/async', async () => { throw failed() })
    app.get('/resolved', async () => { throw Promise.resolve(new ScaiError('MODEL_NOT_FOUND')) })
    app.get('/pending', async () => { throw new Promise(() => {}) })
    app.get('/lazy', async () => { throw new Lazy() })
    app.get('/hook', { preHandler: async () => { throw failed() } }, async () => 'ok')
    app.get('/done', { preHandler: (_request, _reply, done) => done(failed() as unknown as Error) }, async () => 'ok')
  }, { errors: { mapError: () => { throw new Error('mapError is not asked') } } })
  const paths = ['/sync', '/async', '/resolved', '/pending', '/lazy', '/hook', '/done']
  for (const path of paths) {
    const { status, body, text } = await service.request(path)
    t.equal(status, 500, path)
    t.equal(body.error.code, 'INTERNAL_ERROR')
    t.notMatch(text, 'SECRET')
  }
  t.equal(service.errorLines().length, paths.length)
  for (const { err } of service.errorLines()) t.match(err?.message, /A promise was thrown.* an await is missing/)
  t.notMatch(JSON.stringify(service.log), 'SECRET')
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(unhandled, [])
})
