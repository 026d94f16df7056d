import { inspect } from 'node:util'
import t from 'tap'
import { defineErrors, errorCatalog } from '../../src/error/catalog.js'
import type { CatalogEntry, ErrorDefinition } from '../../src/error/definition.js'
import { ScaiError } from '../../src/error/scai-error.js'
import { HTTP_CODES, MODULE_CODES, REFERENCE_CODES, RETRY_CLASSES } from '../fixtures/reference-codes.js'
import { NO_STATUSES } from '../fixtures/statuses.js'

const catalog: Readonly<Record<string, CatalogEntry>> = errorCatalog
/** As it is before any test has added to it. */
const entries = Object.entries(catalog)

function define (definitions: unknown): unknown {
  return defineErrors(definitions as Record<string, ErrorDefinition>)
}

function make (code: string): ScaiError {
  return new ScaiError(code as 'NOT_FOUND')
}

/** What an error with this code gets from the catalog. */
function made (code: string): [number, string, string] {
  const { statusCode, message, retry } = make(code)
  return [statusCode, message, retry]
}

t.test('the catalog has the codes of the reference, of modules and of HTTP, in this order', async t => {
  t.equal(Object.keys(REFERENCE_CODES).length, 63)
  t.equal(Object.keys(MODULE_CODES).length, 29)
  t.strictSame(entries.map(([code]) => code), Object.keys({ ...REFERENCE_CODES, ...MODULE_CODES, ...HTTP_CODES }))
})

for (const [source, codes] of [['reference', REFERENCE_CODES], ['module', MODULE_CODES], ['http', HTTP_CODES]] as const) {
  t.test(`codes with source "${source}" have the documented status and retry class`, async t => {
    for (const [code, status] of Object.entries(codes)) {
      t.hasStrict(catalog[code], { source, status, retry: RETRY_CLASSES[code] ?? 'no' }, code)
    }
  })
}

t.test('every code has a message, and no other code has the same', async t => {
  for (const [code, { message }] of entries) t.match(message, /^[A-Z][^\n]{8,}[^.\s]$/, code)
  t.equal(new Set(entries.map(([, { message }]) => message)).size, entries.length)
})

t.test('what a code carries besides its message', async t => {
  const having = (matches: (entry: CatalogEntry) => boolean) => entries.filter(([, entry]) => matches(entry)).map(([code]) => code).sort()

  t.strictSame(having(({ retryAfter }) => retryAfter === 'required'), ['BACKEND_RATE_LIMITED', 'RATE_LIMITED'])
  t.strictSame(having(({ retryAfter }) => retryAfter === 'optional'), [
    'BACKEND_ERROR', 'BACKEND_TIMEOUT', 'BUDGET_EXCEEDED', 'BUNKER_QUOTA_EXCEEDED', 'MODEL_UNAVAILABLE', 'NODE_UNAVAILABLE',
    'NO_SUITABLE_WORKER', 'PROVIDER_DISCOVERY_ERROR', 'QUOTA_EXCEEDED', 'SERVICE_DRAINING', 'SERVICE_UNAVAILABLE', 'SYNC_ERROR',
    'UPSTREAM_SHAPE_MISMATCH', 'WORKER_UNAVAILABLE'
  ])
  t.strictSame(having(({ details }) => details !== 'never'), ['VALIDATION_ERROR'])
  t.equal(catalog['VALIDATION_ERROR']?.details, 'required')
  t.strictSame(having(({ challenge }) => challenge === 'Bearer'), ['AUTH_FLOW_INVALID', 'AUTH_TOKEN_MISSING'])
  t.strictSame(having(({ challenge }) => challenge === 'Bearer error="invalid_token"'), [
    'AUTH_TOKEN_INVALID', 'SERVICE_TOKEN_INVALID', 'SESSION_EXPIRED'
  ])
  t.strictSame(having(({ challenge }) => challenge === 'Bearer error="insufficient_scope"'), ['AUTH_INSUFFICIENT_SCOPE'])
  t.equal(having(({ challenge }) => challenge !== false).length, 6)
})

t.test('the log level: 5xx error but for a service that is unavailable, 429 warn, other 4xx info', async t => {
  for (const [code, { status, logLevel }] of entries) {
    const unavailable = code === 'SERVICE_DRAINING' || code === 'SERVICE_UNAVAILABLE'
    t.equal(logLevel, unavailable || status === 429 ? 'warn' : status >= 500 ? 'error' : 'info', code)
  }
})

t.test('every row is frozen', async t => {
  for (const [code, entry] of entries) t.ok(Object.isFrozen(entry), code)
})

const row = { status: 418, message: 'tampered', retry: 'yes' }
const tampering: Array<[string, () => unknown]> = [
  ['assigning a row', () => Object.assign(errorCatalog, { MODEL_NOT_FOUND: row })],
  ['deleting a row', () => delete (errorCatalog as { MODEL_NOT_FOUND?: unknown }).MODEL_NOT_FOUND],
  ['redefining a row', () => Object.defineProperty(errorCatalog, 'MODEL_NOT_FOUND', { value: row })],
  ['redefining its getter', () => Object.defineProperty(errorCatalog, 'MODEL_NOT_FOUND', { get: () => row })],
  ['assigning to a row', () => Object.assign(errorCatalog.MODEL_NOT_FOUND, row)],
  ['deleting from a row', () => delete (errorCatalog.MODEL_NOT_FOUND as { status?: number }).status]
]

for (const [title, tamper] of tampering) {
  t.test(`${title} throws, and changes nothing`, async t => {
    const before = { ...errorCatalog.MODEL_NOT_FOUND }
    t.throws(tamper, TypeError)
    t.strictSame(errorCatalog.MODEL_NOT_FOUND, before)
    t.strictSame(made('MODEL_NOT_FOUND'), [404, 'The model does not exist', 'no'])
  })
}

t.test('a row put into the catalog by hand makes no code', async t => {
  Object.assign(errorCatalog, { TAMPER_ADDED: row })
  t.teardown(() => delete (errorCatalog as { TAMPER_ADDED?: unknown }).TAMPER_ADDED)
  t.throws(() => make('TAMPER_ADDED'), /TAMPER_ADDED/)
})

t.test('defineErrors adds its codes, and returns its argument', async t => {
  const definitions = {
    ADDED_FULL: { status: 409, message: 'The queue is full' },
    ADDED_BUSY: { status: 503, message: 'The queue is busy', retry: 'yes' }
  }

  t.equal(define(definitions), definitions)
  t.strictSame(made('ADDED_FULL'), [409, 'The queue is full', 'no'])
  t.strictSame(made('ADDED_BUSY'), [503, 'The queue is busy', 'yes'])
  t.strictSame(Object.keys(errorCatalog).slice(-2), ['ADDED_FULL', 'ADDED_BUSY'])
  t.ok(Object.isFrozen(catalog['ADDED_FULL']))
  t.throws(() => delete (errorCatalog as { ADDED_FULL?: unknown }).ADDED_FULL, TypeError)
})

t.test('definitions that are changed afterwards change nothing', async t => {
  const definitions = { CHANGED_LATER: { status: 409, message: 'As it was' } }
  define(definitions)
  definitions.CHANGED_LATER.status = 500
  t.strictSame(made('CHANGED_LATER'), [409, 'As it was', 'no'])
})

const defaults: Array<[string, ErrorDefinition, Partial<CatalogEntry>]> = [
  ['400', { status: 400, message: 'm' }, { retry: 'no', retryAfter: 'never', details: 'never', challenge: false, logLevel: 'info' }],
  ['401', { status: 401, message: 'm' }, { challenge: 'Bearer', retryAfter: 'never', logLevel: 'info' }],
  ['401 without a challenge', { status: 401, message: 'm', challenge: false }, { challenge: false }],
  ['401 with a challenge', { status: 401, message: 'm', challenge: 'Basic realm="x"' }, { challenge: 'Basic realm="x"' }],
  ['403', { status: 403, message: 'm' }, { challenge: false }],
  ['429', { status: 429, message: 'm' }, { retryAfter: 'optional', logLevel: 'warn' }],
  ['429 with a delay', { status: 429, message: 'm', retryAfter: 'required' }, { retryAfter: 'required' }],
  ['499', { status: 499, message: 'm' }, { retryAfter: 'never', logLevel: 'info' }],
  ['500', { status: 500, message: 'm' }, { retryAfter: 'never', logLevel: 'error' }],
  ['501', { status: 501, message: 'm' }, { retryAfter: 'never' }],
  ['502', { status: 502, message: 'm' }, { retryAfter: 'optional', logLevel: 'error' }],
  ['503', { status: 503, message: 'm' }, { retryAfter: 'optional' }],
  ['503 with a delay', { status: 503, message: 'm', retryAfter: 'required' }, { retryAfter: 'required' }],
  ['504', { status: 504, message: 'm' }, { retryAfter: 'optional' }],
  ['599', { status: 599, message: 'm' }, { retryAfter: 'never', logLevel: 'error' }],
  ['every column', {
    status: 503,
    message: 'm',
    retry: 'sometimes',
    retryAfter: 'required',
    details: 'optional',
    challenge: 'X',
    logLevel: 'info'
  },
  { status: 503, message: 'm', retry: 'sometimes', retryAfter: 'required', details: 'optional', challenge: 'X', logLevel: 'info' }],
  ['required details', { status: 422, message: 'm', details: 'required' }, { details: 'required' }]
]

t.test('the defaults of a definition are filled in', async t => {
  for (const [index, [title, definition, expected]] of defaults.entries()) {
    const code = `DEFAULTS_${index}`
    define({ [code]: definition })
    t.hasStrict(catalog[code], { source: 'defined', ...expected }, title)
  }
})

t.test('the same definition again is fine', async t => {
  const once = { status: 409, message: 'Twice', retry: 'no' }
  define({ DEFINED_TWICE: once })
  define({ DEFINED_TWICE: { message: 'Twice', status: 409 } })
  t.strictSame(made('DEFINED_TWICE'), [409, 'Twice', 'no'])
})

t.test('a module code of the reference may be corrected, once', async t => {
  t.hasStrict(catalog['SKILL_VERSION_YANKED'], { status: 410, source: 'module' })

  define({ SKILL_VERSION_YANKED: { status: 409, message: 'Withdrawn' } })
  t.hasStrict(catalog['SKILL_VERSION_YANKED'], { status: 409, message: 'Withdrawn', source: 'defined' })
  t.strictSame(made('SKILL_VERSION_YANKED'), [409, 'Withdrawn', 'no'])

  define({ SKILL_VERSION_YANKED: { status: 409, message: 'Withdrawn' } })
  t.throws(() => define({ SKILL_VERSION_YANKED: { status: 404, message: 'Withdrawn' } }), /SKILL_VERSION_YANKED: already defined/)
  t.equal(make('SKILL_VERSION_YANKED').statusCode, 409)
})

const misnamed = ['lower_case', 'Mixed_Case', 'A__B', '_A', 'A_', '1A', 'A-B', 'A B', '', 'Ä', 'A\n', '__proto__']

const violations: Array<[string, string, unknown, RegExp]> = [
  ...misnamed.map((code): [string, string, unknown, RegExp] =>
    [`the name ${JSON.stringify(code)}`, code, { status: 400, message: 'm' }, /written like SCAIQUEUE_QUEUE_FULL/]),
  ['null', 'BAD_ROW', null, /expected { status, message }, got null/],
  ['a number', 'BAD_ROW', 404, /expected { status, message }, got 404/],
  [
    'an unknown property', 'BAD_ROW', { status: 400, message: 'm', statusCode: 400 },
    /unknown option 'statusCode', expected one of status, message, retry, retryAfter, details, challenge, logLevel/
  ],
  [
    'a misspelt property', 'BAD_ROW', { status: 400, message: 'm', retry_after: 'required' },
    /unknown option 'retry_after': did you mean 'retryAfter'\?/
  ],
  [
    'a property in capitals', 'BAD_ROW', { status: 400, message: 'm', loglevel: 'info' },
    /unknown option 'loglevel': did you mean 'logLevel'\?/
  ],
  ['an inherited name', 'BAD_ROW', { status: 400, message: 'm', toString: 1 }, /unknown option 'toString'/],
  ['no status', 'BAD_ROW', { message: 'm' }, /status must be an integer from 400 to 599, got undefined/],
  ...NO_STATUSES.map((status): [string, string, object, RegExp] => [
    `status ${inspect(status)}`, 'BAD_ROW', { status, message: 'm' },
    new RegExp(`status must be an integer from 400 to 599, got ${inspect(status).replace(/\W/g, '\\$&')}`)
  ]),
  ['no message', 'BAD_ROW', { status: 404 }, /message must be a non-empty string, got undefined/],
  ['an empty message', 'BAD_ROW', { status: 404, message: '' }, /message must be a non-empty string, got ''/],
  ['a message that is no text', 'BAD_ROW', { status: 404, message: 5 }, /message must be a non-empty string, got 5/],
  [
    'an unknown retry class', 'BAD_ROW', { status: 404, message: 'm', retry: true },
    /retry must be 'yes' or 'once' or 'sometimes' or 'no', got true/
  ],
  ['an unknown retryAfter', 'BAD_ROW', { status: 429, message: 'm', retryAfter: 30 }, /retryAfter must be 'required', got 30/],
  ['unknown details', 'BAD_ROW', { status: 404, message: 'm', details: 'never' }, /details must be 'required' or 'optional', got 'never'/],
  [
    'an empty challenge', 'BAD_ROW', { status: 401, message: 'm', challenge: '' },
    /challenge must be the value of a WWW-Authenticate header, or false, got ''/
  ],
  [
    'challenge true', 'BAD_ROW', { status: 401, message: 'm', challenge: true },
    /challenge must be the value of a WWW-Authenticate header, or false, got true/
  ],
  [
    'an unknown log level', 'BAD_ROW', { status: 404, message: 'm', logLevel: 'debug' },
    /logLevel must be 'error' or 'warn' or 'info', got 'debug'/
  ],
  [
    'a delay with a status that has none', 'BAD_ROW', { status: 404, message: 'm', retryAfter: 'required' },
    /status 404 never carries retry_after: drop retryAfter, or use 429, 502, 503, 504/
  ],
  [
    'a code of the reference', 'MODEL_NOT_FOUND', { status: 404, message: 'The model does not exist' },
    /a code of the ScaiGrid reference and cannot be redefined: choose another name/
  ],
  ['a code of HTTP', 'BAD_REQUEST', { status: 400, message: 'm' }, /a code of HTTP itself and cannot be redefined: choose another name/],
  [
    'a second, different definition', 'CLASH', { status: 404, message: 'm' },
    /already defined differently: define it in one place, or make both definitions the same/
  ]
]

t.test('a bad definition throws, naming the code and the fix, and nothing of the call is added', async t => {
  define({ CLASH: { status: 409, message: 'm' } })
  const before = Object.keys(errorCatalog)
  for (const [title, code, definition, fix] of violations) {
    const definitions = Object.fromEntries([
      ['GOOD_ROW', { status: 404, message: 'm' }], [code, definition], ['ANOTHER_GOOD_ROW', { status: 404, message: 'm' }]
    ])
    t.throws(() => define(definitions), { name: 'TypeError', message: new RegExp(`^defineErrors: ${code}: .*${fix.source}`) }, title)
  }
  t.strictSame(Object.keys(errorCatalog), before)
  t.throws(() => make('GOOD_ROW'), /GOOD_ROW/)
  t.throws(() => make('BAD_ROW'), /BAD_ROW/)
  t.equal(make('CLASH').statusCode, 409)
})

t.test('a challenge that no header can hold is refused', async t => {
  t.throws(() => define({ BAD_CHALLENGE: { status: 401, message: 'm', challenge: 'Bearer\r\nx: y' } }), /BAD_CHALLENGE: challenge must be/)
})

t.test('what is no object defines nothing', async t => {
  for (const junk of [undefined, null, 'SCAIQUEUE_FULL', 5]) {
    t.throws(() => defineErrors(junk as never), { message: /^defineErrors expects an object with one definition for each code, got / })
  }
})
