import t from 'tap'
import { ScaiError, toErrorFrame } from '../../src/index.js'
import { toFrame } from '../../src/stream/frames.js'

for (const [name, item, frame] of [
  ['a text', 'Hello', 'data: Hello\n\n'],
  ['an empty text', '', 'data: \n\n'],
  ['a text of several lines', 'a\nb\r\nc\rd\n', 'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n'],
  ['a text that looks like a field', 'event: error', 'data: event: error\n\n'],
  ['a text with a line separator of Unicode, which is none here', 'a\u2028b', 'data: a\u2028b\n\n'],
  ['an object', { a: 'b\nc' }, 'data: {"a":"b\\nc"}\n\n'],
  ['an array', [1, 2], 'data: [1,2]\n\n'],
  ['null', null, 'data: null\n\n'],
  ['an event', { event: 'delta', data: { a: 1 } }, 'event: delta\ndata: {"a":1}\n\n'],
  ['an event with all its fields', { data: 'a\nb', retry: 0, id: 7, event: 'x' }, 'event: x\nid: 7\nretry: 0\ndata: a\ndata: b\n\n'],
  ['an event with nothing but data', { data: 'a' }, 'data: a\n\n'],
  ['an event whose other fields are undefined', { event: undefined, id: undefined, retry: undefined, data: '' }, 'data: \n\n'],
  ['an object that has data and more', { object: 'list', data: [] }, 'data: {"object":"list","data":[]}\n\n'],
  ['an object without data', { event: 'x', id: '1' }, 'data: {"event":"x","id":"1"}\n\n']
] as const) {
  t.test(`${name} is a frame`, async t => { t.equal(toFrame(item), frame) })
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

for (const [name, item, message] of [
  ['undefined', undefined, /an item must be a string, or a value that JSON can represent, got undefined/],
  ['a function', () => {}, /an item must be/],
  ['a symbol', Symbol('x'), /an item must be/],
  ['bytes', Buffer.from('abc'), /got \[Buffer \[Uint8Array\]\]: bytes must be decoded first/],
  ['an event without a value', { data: undefined }, /an item must be/],
  ['a bigint', 1n, /BigInt/],
  ['something circular', circular, /circular/],
  [
    'a line feed in event', { event: 'a\ndata: b', data: '' },
    /the property event of an event must be a string without line breaks, got 'a\\ndata: b'/
  ],
  ['a carriage return in event', { event: 'a\r', data: '' }, /line breaks/],
  ['a line feed in id', { id: '1\n', data: '' }, /the property id of an event must be a string without line breaks/],
  ['a null in id', { id: '1\0', data: '' }, /the property id of an event/],
  ['a line break hidden in an object', { id: { toString: () => '1\n2' } as never, data: '' }, /the property id of an event/],
  [
    'a retry that is no number', { retry: '1\ndata: x' as never, data: '' },
    /the property retry of an event must be an integer ≥ 0, got '1\\ndata: x'/
  ],
  ['a negative retry', { retry: -1, data: '' }, /the property retry of an event/]
] as const) {
  t.test(`${name} is refused`, async t => { t.throws(() => toFrame(item), { name: 'TypeError', message }) })
}

t.test('a field is read once: what was checked is what is sent', async t => {
  let calls = 0
  t.equal(toFrame({ event: { toString: () => calls++ === 0 ? 'a' : 'a\ndata: b' } as never, data: '' }), 'event: a\ndata: \n\n')
})

for (const [name, thrown, options, data] of [
  ['a coded error', new ScaiError('BACKEND_ERROR'), {}, '{"code":"BACKEND_ERROR","message":"The upstream provider returned an error"}'],
  [
    'retry_after', new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 1.5 }), {},
    '{"code":"BACKEND_RATE_LIMITED","message":"The upstream provider is rate limiting requests","retry_after":2}'
  ],
  [
    'no details', new ScaiError('VALIDATION_ERROR', { details: [{ field: 'model', message: 'is required' }] }), {},
    '{"code":"VALIDATION_ERROR","message":"The request is not valid"}'
  ],
  [
    'a message of several lines', new ScaiError('BACKEND_ERROR', { message: 'a\n\ndata: b' }), {},
    '{"code":"BACKEND_ERROR","message":"a\\n\\ndata: b"}'
  ],
  [
    'the superset for the OpenAI SDK', new ScaiError('RATE_LIMITED', { retryAfter: 3 }), { compat: 'openai' },
    '{"code":"RATE_LIMITED","message":"Too many requests","retry_after":3,"error":{"code":"RATE_LIMITED","message":"Too many requests"}}'
  ],
  [
    'an unforeseen error, masked', new Error('connect ECONNREFUSED 10.0.0.7'), {},
    '{"code":"INTERNAL_ERROR","message":"An unexpected error occurred, please report it with the request id"}'
  ],
  [
    'an error that was tampered with', Object.assign(new ScaiError('BACKEND_ERROR'), { code: 1n }), {},
    '{"code":"BACKEND_ERROR","message":"The upstream provider returned an error"}'
  ],
  ['nothing', undefined, {}, '{"code":"INTERNAL_ERROR","message":"An unexpected error occurred, please report it with the request id"}']
] as const) {
  t.test(`an error frame: ${name}`, async t => { t.equal(toErrorFrame(thrown, options), `event: error\ndata: ${data}\n\n`) })
}
