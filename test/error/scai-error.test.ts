import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { defineErrors, findEntry, showUnknown } from '../../src/error/catalog.js'
import type { ScaiErrorCode } from '../../src/error/catalog.js'
import type { CatalogEntry } from '../../src/error/definition.js'
import { ScaiError, entryOf, isScaiError, truncate } from '../../src/error/scai-error.js'
import type { ErrorDetail } from '../../src/error/options.js'
import { hostileValues } from '../fixtures/hostile-values.js'
import { HTTP_CODES, MODULE_CODES, REFERENCE_CODES, RETRY_CLASSES } from '../fixtures/reference-codes.js'

const STATUSES: Readonly<Record<string, number>> = { ...REFERENCE_CODES, ...MODULE_CODES, ...HTTP_CODES }

defineErrors({ OPTIONAL_DETAILS: { status: 409, message: 'Details are optional', details: 'optional' } })

/** As it is called without a type checker. */
function make (code: unknown, options?: unknown): ScaiError {
  return new ScaiError(code as 'NOT_FOUND', options as {})
}

t.test('every code makes an error with its own status, retry class and message', async t => {
  for (const [code, status] of Object.entries(STATUSES)) {
    const error = make(code)
    t.ok(error instanceof ScaiError && error instanceof Error, code)
    t.strictSame([error.code, error.statusCode, error.retry], [code, status, RETRY_CLASSES[code] ?? 'no'])
    t.equal(error.message, entryOf(error).message)
    t.not(error.message, '')
  }
})

t.test('below 500 an error has no stack, from 500 up it has one', async t => {
  for (const [code, status] of Object.entries(STATUSES)) {
    const { message, stack } = make(code)
    if (status < 500) t.equal(stack, `ScaiError: ${message}`, code)
    else t.match(stack, /^ScaiError: .+\n {4}at /, code)
  }
})

t.test('Error.stackTraceLimit stays what it was', async t => {
  const limit = Error.stackTraceLimit
  t.teardown(() => { Error.stackTraceLimit = limit })
  for (const code of ['MODEL_NOT_FOUND', 'INTERNAL_ERROR']) {
    Error.stackTraceLimit = 7
    make(code)
    t.equal(Error.stackTraceLimit, 7, code)
    // What the caller passes is looked at with the stack switched off.
    t.throws(() => make(code, 'no object'))
    t.equal(Error.stackTraceLimit, 7, code)
  }
})

t.test('if Error.stackTraceLimit cannot be written, an error has a stack', async t => {
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!
  Object.defineProperty(Error, 'stackTraceLimit', { ...before, value: 7, writable: false })
  let error
  try {
    error = make('MODEL_NOT_FOUND')
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', before)
  }
  t.match(error.stack, /^ScaiError: The model does not exist\n {4}at /)
})

t.test('it is a real Error with the name ScaiError', async t => {
  const error = new ScaiError('MODEL_NOT_FOUND')
  t.equal(Object.prototype.toString.call(error), '[object Error]')
  t.equal(error.name, 'ScaiError')
  t.equal(String(error), 'ScaiError: The model does not exist')
  t.notOk(Object.hasOwn(error, 'name'))
  t.notMatch(inspect(error), 'entry')
})

t.test('what it is given', async t => {
  const cause = new Error('cause')
  const headers = { allow: 'GET' }
  const context = { tenant: 't1' }
  const error = new ScaiError('MODEL_NOT_FOUND', { message: 'No such model', cause, headers, context })

  t.equal(error.message, 'No such model')
  t.equal(error.cause, cause)
  t.equal(error.headers, headers)
  t.equal(error.context, context)
})

t.test('what it is not given is absent', async t => {
  const error = new ScaiError('MODEL_NOT_FOUND')
  t.notOk('cause' in error)
  for (const name of ['headers', 'context', 'retryAfter', 'details'] as const) t.equal(error[name], undefined, name)
  t.ok('cause' in new ScaiError('MODEL_NOT_FOUND', { cause: undefined }))
  t.equal(make('MODEL_NOT_FOUND', null).message, 'The model does not exist')
})

const secret = { cause: new Error('SECRET'), context: { key: 'SECRET' }, headers: { key: 'SECRET' } }
const details = [{ field: 'model', message: 'is required' }]
const bodies: Array<[string, ScaiError, string]> = [
  ['neither', make('MODEL_NOT_FOUND', secret), '{"code":"MODEL_NOT_FOUND","message":"The model does not exist"}'],
  [
    'a delay', make('RATE_LIMITED', { ...secret, retryAfter: 30 }),
    '{"code":"RATE_LIMITED","message":"Too many requests","retry_after":30}'
  ],
  ['a delay of 0', make('RATE_LIMITED', { retryAfter: 0 }), '{"code":"RATE_LIMITED","message":"Too many requests","retry_after":0}'],
  ['details', make('VALIDATION_ERROR', { ...secret, details, message: 'No' }),
    '{"code":"VALIDATION_ERROR","message":"No","details":[{"field":"model","message":"is required"}]}']
]

t.test('as JSON it is code, message, retry_after and details, in this order, and nothing else', async t => {
  for (const [title, error, json] of bodies) t.equal(JSON.stringify(error), json, title)
})

const delays: Array<[string, string, unknown, number | undefined]> = [
  ['required, and missing', 'RATE_LIMITED', undefined, 1],
  ['required, and missing upstream', 'BACKEND_RATE_LIMITED', undefined, 1],
  ['required', 'RATE_LIMITED', 30, 30],
  ['429', 'QUOTA_EXCEEDED', 30, 30],
  ['502', 'BACKEND_ERROR', 30, 30],
  ['503', 'SERVICE_UNAVAILABLE', 30, 30],
  ['504', 'BACKEND_TIMEOUT', 30, 30],
  ['optional, and missing', 'SERVICE_UNAVAILABLE', undefined, undefined],
  ['400', 'BAD_REQUEST', 30, undefined],
  ['404', 'MODEL_NOT_FOUND', 30, undefined],
  ['408', 'REQUEST_TIMEOUT', 30, undefined],
  ['424', 'MODULE_DEPENDENCY_UNAVAILABLE', 30, undefined],
  ['500', 'INTERNAL_ERROR', 30, undefined],
  ['501', 'NOT_IMPLEMENTED', 30, undefined],
  ['505', 'HTTP_VERSION_NOT_SUPPORTED', 30, undefined],
  ['a bad delay of a code that has none', 'MODEL_NOT_FOUND', 'soon', undefined],
  ['a fraction', 'RATE_LIMITED', 0.1, 1],
  ['text', 'RATE_LIMITED', '30', 30],
  ['a date in the past', 'RATE_LIMITED', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['a Date in the past', 'RATE_LIMITED', new Date(0), 0]
]

t.test('a delay is kept if the status may have one', async t => {
  for (const [title, code, retryAfter, expected] of delays) t.equal(make(code, { retryAfter }).retryAfter, expected, title)
})

t.test('a date becomes the seconds until then', async t => {
  t.intercept(Date, 'now', { value: () => Date.UTC(1994, 10, 6, 8, 49, 37) })
  t.equal(new ScaiError('RATE_LIMITED', { retryAfter: 'Sun, 06 Nov 1994 08:50:07 GMT' }).retryAfter, 30)
  t.equal(new ScaiError('RATE_LIMITED', { retryAfter: new Date('1994-11-06T08:50:06.500Z') }).retryAfter, 30)
})

t.test('an invalid delay throws, naming the code', async t => {
  for (const retryAfter of [-1, NaN, Infinity, 'soon', '', null, true, [], new Date(NaN)]) {
    for (const code of ['RATE_LIMITED', 'SERVICE_UNAVAILABLE']) {
      t.throws(() => make(code, { retryAfter }), {
        name: 'TypeError',
        message: new RegExp(`^${code}: retryAfter must be a number of seconds ≥ 0, or an HTTP date, got `)
      }, `${code} ${inspect(retryAfter)}`)
    }
  }
})

const long = 'a'.repeat(300)
const cut = `${'a'.repeat(255)}…`
const kept: Array<[string, string, unknown, readonly ErrorDetail[] | undefined]> = [
  ['required, and missing', 'VALIDATION_ERROR', {}, [{ field: 'body', message: 'The request is not valid' }]],
  ['required, and empty', 'VALIDATION_ERROR', { details: [] }, [{ field: 'body', message: 'The request is not valid' }]],
  ['required, and missing, with a message', 'VALIDATION_ERROR', { message: 'Too odd' }, [{ field: 'body', message: 'Too odd' }]],
  ['required, and missing, with a long message', 'VALIDATION_ERROR', { message: long }, [{ field: 'body', message: cut }]],
  ['required', 'VALIDATION_ERROR', { details }, details],
  ['optional', 'OPTIONAL_DETAILS', { details }, details],
  ['optional, and empty', 'OPTIONAL_DETAILS', { details: [] }, undefined],
  ['optional, and missing', 'OPTIONAL_DETAILS', {}, undefined],
  ['another code', 'MODEL_NOT_FOUND', { details }, undefined],
  ['junk for another code', 'MODEL_NOT_FOUND', { details: 'junk' }, undefined],
  ['keys too many', 'VALIDATION_ERROR', { details: [{ field: 'a', message: 'b', value: 'SECRET' }] }, [{ field: 'a', message: 'b' }]],
  [
    '256 characters', 'VALIDATION_ERROR', { details: [{ field: 'a'.repeat(256), message: 'b'.repeat(256) }] },
    [{ field: 'a'.repeat(256), message: 'b'.repeat(256) }]
  ],
  [
    '257 characters', 'VALIDATION_ERROR', { details: [{ field: 'a'.repeat(257), message: 'a'.repeat(257) }] },
    [{ field: cut, message: cut }]
  ],
  ['a surrogate pair at the cut', 'VALIDATION_ERROR', {
    details: [{
      field: `${'a'.repeat(254)}😀${long}`,
      message: `${'a'.repeat(253)}😀${long}`
    }]
  },
  [{ field: `${'a'.repeat(254)}…`, message: `${'a'.repeat(253)}😀…` }]]
]

t.test('details are kept if the code has them', async t => {
  for (const [title, code, options, expected] of kept) t.strictSame(make(code, options).details, expected, title)
})

t.test('details that are changed afterwards change nothing', async t => {
  const detail = { field: 'a', message: 'b' }
  const error = new ScaiError('VALIDATION_ERROR', { details: [detail] })
  detail.field = 'SECRET'
  t.strictSame(error.details, [{ field: 'a', message: 'b' }])
})

const shapes: Array<[string, unknown]> = [
  ['null', null],
  ['text', 'body'],
  ['an object', { field: 'a', message: 'b' }],
  ['a list of text', ['a']],
  ['a list of null', [null]],
  ['a list with a hole', new Array(1)],
  ['no message', [{ field: 'a' }]],
  ['no field', [{ message: 'b' }]],
  ['a field that is no text', [{ field: ['a'], message: 'b' }]],
  ['a message that is no text', [{ field: 'a', message: 5 }]],
  ['a bad one among good ones', [{ field: 'a', message: 'b' }, { field: 'a' }]]
]

t.test('an invalid list of details throws, naming the code', async t => {
  for (const [title, details] of shapes) {
    for (const code of ['VALIDATION_ERROR', 'OPTIONAL_DETAILS']) {
      t.throws(() => make(code, { details }), {
        name: 'TypeError',
        message: new RegExp(`^${code}: details must be a list of { field, message }, both strings, got `)
      }, `${code} ${title}`)
    }
  }
})

const unknown: Array<[unknown, string]> = [
  ['MODEL_NOT_FUOND', "'MODEL_NOT_FUOND': did you mean 'MODEL_NOT_FOUND'?"],
  ['modelNotFound', "'modelNotFound': did you mean 'MODEL_NOT_FOUND'?"],
  ['OPTIONAL_DETAIL', "'OPTIONAL_DETAIL': did you mean 'OPTIONAL_DETAILS'?"],
  [404, "404: did you mean 'NOT_FOUND'?"],
  [422, "422: did you mean 'VALIDATION_ERROR'?"],
  [200, '200: is it misspelt, or not yet added by defineErrors?'],
  ['toString', "'toString': is it misspelt, or not yet added by defineErrors?"],
  ['__proto__', "'__proto__': is it misspelt, or not yet added by defineErrors?"],
  ['', "'': is it misspelt, or not yet added by defineErrors?"],
  [undefined, 'undefined: is it misspelt, or not yet added by defineErrors?'],
  [['NOT_FOUND'], "[ 'NOT_FOUND' ]: is it misspelt, or not yet added by defineErrors?"],
  [Object.assign(new Error('SECRET'), { key: 'SECRET' }), '[Error]: to send an error, throw it or pass it to reply.send']
]

t.test('an unknown code throws, naming it and the fix', async t => {
  for (const [code, problem] of unknown) t.throws(() => make(code), { name: 'TypeError', message: `Unknown error code ${problem}` })
})

const inPlaceOfOptions: Array<[string, unknown, string]> = [
  ['a text', 'No such model', "{ message: 'No such model' }"],
  ['a delay', 30, '{ retryAfter: 30 }'],
  ['a date', new Date(0), '{ retryAfter: 1970-01-01T00:00:00.000Z }'],
  ['details', [{ field: 'a', message: 'b' }], '{ details: [ [Object] ] }'],
  ['an error', Object.assign(new Error('SECRET'), { key: 'SECRET' }), '{ cause: [Error] }'],
  ['an error of another realm', runInNewContext('new Error("SECRET")'), '{ cause: [Error] }'],
  ['an AbortError', new DOMException('SECRET', 'AbortError'), '{ cause: [Error] }']
]

t.test('a value that is passed instead of the options throws, naming the option that was meant', async t => {
  for (const [title, options, fix] of inPlaceOfOptions) {
    t.throws(() => make('MODEL_NOT_FOUND', options), {
      name: 'TypeError',
      message: `MODEL_NOT_FOUND: the options must be an object: write ${fix}`
    }, title)
  }
})

for (const [name, meant] of [
  ['retry_after', 'retryAfter'], ['retryafter', 'retryAfter'], ['mesage', 'message'], ['messgae', 'message'], ['detail', 'details'],
  ['header', 'headers'], ['cuase', 'cause'], ['contxt', 'context']
] as const) {
  t.test(`the option ${name} is a mistake: ${meant} was meant`, async t => {
    t.throws(() => make('RATE_LIMITED', { retryAfter: 1, [name]: 'x' }), {
      name: 'TypeError',
      message: `RATE_LIMITED: unknown option '${name}': did you mean '${meant}'?`
    })
  })
}

t.test('an unknown option that is close to none is ignored, with one warning for each code', async t => {
  const warnings = t.capture(process, 'emitWarning', () => {}).args
  const [error] = [{ statusCode: 410, data: 'SECRET' }, { statusCode: 410 }, { foo: 1 }].map(options => make('ROOM_NOT_FOUND', options))
  t.equal(JSON.stringify(error), '{"code":"ROOM_NOT_FOUND","message":"The room does not exist"}')
  t.equal(error?.statusCode, 404)
  make('BATCH_NOT_FOUND', { foo: 1 })
  t.strictSame(warnings(), [
    ["ScaiError: ROOM_NOT_FOUND: unknown option 'statusCode' is ignored, there are message, retryAfter, details, headers, cause, context"],
    ["ScaiError: BATCH_NOT_FOUND: unknown option 'foo' is ignored, there are message, retryAfter, details, headers, cause, context"]
  ])
})

t.test('options may be of any class, or of none', async t => {
  class Options {
    message = 'No such model'
  }
  t.equal(make('MODEL_NOT_FOUND', new Options()).message, 'No such model')
  t.equal(make('MODEL_NOT_FOUND', Object.assign(Object.create(null), { message: 'No such model' })).message, 'No such model')
})

const mistakes: Array<[string, () => unknown]> = [
  ['an unknown code', () => make('MODEL_NOT_FUND')],
  ['a text for options', () => make('MODEL_NOT_FOUND', 'No such model')],
  ['a misspelt option', () => make('MODEL_NOT_FOUND', { mesage: 'No such model' })],
  ['a message that is no text', () => make('MODEL_NOT_FOUND', { message: 5 })],
  ['a bad delay', () => make('RATE_LIMITED', { retryAfter: 'soon' })],
  ['bad details', () => make('VALIDATION_ERROR', { details: 'body' })]
]

for (const [title, misuse] of mistakes) {
  t.test(`the stack of a mistake begins where it was made: ${title}`, async t => {
    t.match(stackOf(misuse), /^TypeError: .+\n {4}at make \(.+scai-error\.test\.ts/)
  })
}

function stackOf (misuse: () => unknown): unknown {
  try {
    misuse()
  } catch (error) {
    return (error as Error).stack
  }
  return undefined
}

t.test('a message that is no text throws, naming the code', async t => {
  for (const message of [null, 5, {}, ['a'], Symbol('a')]) {
    t.throws(() => make('MODEL_NOT_FOUND', { message }), {
      name: 'TypeError',
      message: `MODEL_NOT_FOUND: message must be a string, got ${inspect(message)}`
    })
  }
})

t.test('text from outside is never cut within a character', async t => {
  for (const [text, length, expected] of [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a😀😀', 3, 'a…'],
    ['a😀bc', 4, 'a😀…'],
    ['', 3, '']
  ] as const) t.equal(truncate(text, length), expected, text)
  t.equal(truncate('a'.repeat(256)), 'a'.repeat(256))
  t.equal(truncate(long), cut)
})

t.test('isScaiError recognizes our errors, whatever the code', async t => {
  for (const code of Object.keys(STATUSES)) t.ok(isScaiError(make(code)), code)
})

t.test('isScaiError distinguishes codes', async t => {
  const error: unknown = new ScaiError('MODEL_NOT_FOUND')
  t.ok(isScaiError(error, 'MODEL_NOT_FOUND'))
  t.notOk(isScaiError(error, 'USER_NOT_FOUND'))
  t.notOk(isScaiError(error, 'NO_SUCH_CODE' as ScaiErrorCode))
})

t.test('an error of a second copy of this package is a ScaiError, even one whose code only that copy knows', async t => {
  const known: CatalogEntry = {
    code: 'KNOWN_ELSEWHERE',
    status: 409,
    message: 'Known elsewhere',
    retry: 'no',
    source: 'defined',
    retryAfter: 'never',
    details: 'never',
    challenge: false,
    logLevel: 'info'
  }
  const copy = await t.mockImport<typeof import('../../src/error/scai-error.js')>('../../src/error/scai-error.js', {
    '../../src/error/catalog.js': { showUnknown, findEntry: (code: unknown) => code === 'KNOWN_ELSEWHERE' ? known : findEntry(code) }
  })
  const error: unknown = new copy.ScaiError('MODEL_NOT_FOUND')
  const foreign: unknown = new copy.ScaiError('KNOWN_ELSEWHERE' as 'CONFLICT')

  t.notOk(error instanceof ScaiError)
  t.ok(isScaiError(error, 'MODEL_NOT_FOUND'))
  t.notOk(isScaiError(error, 'USER_NOT_FOUND'))
  t.ok(copy.isScaiError(new ScaiError('MODEL_NOT_FOUND')))
  t.throws(() => make('KNOWN_ELSEWHERE'), /Unknown error code/)
  t.ok(isScaiError(foreign))
  t.equal(entryOf(foreign as ScaiError), known)
})

class Throwing {
  get statusCode (): never {
    throw new Error('SECRET')
  }
}

const strangers: Array<[string, unknown]> = [
  ...hostileValues('MODEL_NOT_FOUND'),
  ['a look-alike', { name: 'ScaiError', code: 'MODEL_NOT_FOUND', statusCode: 404, message: 'm' }],
  ['an Error', Object.assign(new Error('m'), { code: 'MODEL_NOT_FOUND', statusCode: 404 })],
  ['the class', ScaiError],
  ['the prototype', ScaiError.prototype],
  ['an object of the prototype', Object.create(ScaiError.prototype)],
  ['its JSON', new ScaiError('MODEL_NOT_FOUND').toJSON()],
  ['its clone', structuredClone(new ScaiError('MODEL_NOT_FOUND'))],
  ['a throwing getter', new Throwing()]
]

t.test('isScaiError is false for anything else, and never throws', async t => {
  for (const [title, value] of strangers) {
    t.equal(isScaiError(value), false, title)
    t.equal(isScaiError(value, 'MODEL_NOT_FOUND'), false, title)
  }
})

for (const [property, value] of [
  ['statusCode', 200], ['statusCode', '404'], ['statusCode', undefined],
  ['code', 'SLUG_CONFLICT'], ['code', 'NO_SUCH_CODE'], ['code', undefined],
  ['message', undefined], ['message', { text: 'm' }]
] as const) {
  t.test(`an error whose ${property} has become ${inspect(value)} is no ScaiError any more`, async t => {
    const error = Object.assign(new ScaiError('MODEL_NOT_FOUND'), { [property]: value })
    t.notOk(isScaiError(error))
    t.notOk(isScaiError(error, 'MODEL_NOT_FOUND'))
  })
}
