import t from 'tap'
import { ScaiError, errSerializer } from '../../src/index.js'
import { withoutQueries } from '../../src/error/without-queries.js'
import { causeSerializer } from '../../src/respond/err-serializer.js'

class DriverError extends Error {}

/** As an HTTP client throws it: what it carries must not be in any log. */
function foreign (message = 'boom', more: object = {}): Error {
  return Object.assign(new DriverError(message), {
    code: 'E_BOOM',
    config: { headers: { authorization: 'Bearer hunter2' } },
    body: 'hunter2'
  }, more)
}

t.test('an error has its type, message, stack and code, and so have its causes', async t => {
  const error = new ScaiError('BACKEND_ERROR', {
    cause: foreign('outer', { cause: foreign('inner', { code: 7 }) }),
    context: { prompt: 'hunter2' }
  })
  const logged = errSerializer(error) as Record<string, unknown>
  t.strictSame(Object.keys(logged), ['type', 'code', 'message', 'stack', 'cause'])
  t.match(logged, {
    type: 'ScaiError',
    code: 'BACKEND_ERROR',
    message: 'The upstream provider returned an error: outer: inner',
    stack: /^ScaiError: [^]+caused by: Error: outer[^]+caused by: Error: inner/,
    cause: { type: 'DriverError', code: 'E_BOOM', message: 'outer', cause: { type: 'DriverError', code: 7, message: 'inner' } }
  })
  t.notMatch(JSON.stringify(logged), /hunter2/)
})

t.test('of several errors the last counts, but a cause before them', async t => {
  const several = new AggregateError([foreign('first'), foreign('last')], '')
  t.match(causeSerializer(several), { type: 'AggregateError', cause: { message: 'last' } })
  t.match(causeSerializer(Object.assign(several, { cause: foreign('cause') })), { cause: { message: 'cause' } })
})

const circular = new Error('circular')
circular.cause = circular
const deep = Array.from({ length: 20 }).reduce<Error>(cause => new Error('deep', { cause }), new Error('deepest'))
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const throwing = Object.defineProperties({}, Object.fromEntries(
  ['message', 'stack', 'code', 'cause', 'errors', 'constructor'].map(name => [name, { get () { throw new Error('no') } }])))

for (const [title, thrown, expected] of [
  ['an error whose cause is itself', circular, { type: 'Error', message: 'circular', cause: undefined }],
  ['a revoked proxy', revoked.proxy, { type: 'Object', message: undefined }],
  ['an object whose every property throws', throwing, { type: 'Object', message: undefined }],
  ['an object', { message: 5, secret: 'hunter2' }, { type: 'Object', message: undefined, secret: undefined }],
  ['an object without a prototype', Object.create(null), { type: 'Object' }],
  ['a text', 'boom', { type: 'string', message: 'boom' }],
  ['null', null, { type: 'object', message: 'null' }],
  ['a symbol', Symbol('boom'), { type: 'symbol', message: 'Symbol(boom)' }]
] as Array<[string, unknown, object]>) {
  t.test(`as a cause, ${title} is logged without its contents`, async t => {
    t.match(causeSerializer(thrown), expected)
  })
}

t.test('causes are followed eight deep', async t => {
  t.equal(JSON.stringify(causeSerializer(deep)).split('"message"').length - 1, 8)
})

t.test('each text of a cause is cut at 256 characters', async t => {
  const logged = causeSerializer(foreign('m'.repeat(300), { code: 'c'.repeat(300) }))
  t.strictSame([logged.message?.length, String(logged.code).length], [256, 256])
})

t.test('a primitive is logged as it is', async t => {
  for (const value of ['text', 5, null, undefined]) t.equal(errSerializer(value), value)
})

t.test('an error without a stack has its type and message instead', async t => {
  t.match(errSerializer({ message: 'boom' }), { type: 'Object', message: 'boom', stack: 'Object: boom' })
})

for (const [text, expected] of [
  ['GET https://api.example/v1?key=sk-1&x=2 failed', 'GET https://api.example/v1?… failed'],
  ['Route GET:/models?token=abc not found', 'Route GET:/models?… not found'],
  ['"redis://h/0?password=x"', '"redis://h/0?…"'],
  ['(https://a/b?c=d)', '(https://a/b?…'],
  ["GET /users('7')?token=x&filter=(a) failed", "GET /users('7')?… failed"],
  ['two https://a/?b=c https://d/?e=f', 'two https://a/?… https://d/?…'],
  ['is it down? maybe', 'is it down? maybe'],
  ['what?!', 'what?!'],
  ['no question', 'no question']
] as const) {
  t.test(`${JSON.stringify(text)} is logged as ${JSON.stringify(expected)}`, async t => {
    t.equal(withoutQueries(text), expected)
  })
}

t.test('a text of a megabyte without spaces takes no time', async t => {
  const text = '/?'.repeat(500_000)
  t.equal(withoutQueries(text), '/?…')
})
