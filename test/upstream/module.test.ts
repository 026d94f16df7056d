import { OpenAI } from 'openai'
import t from 'tap'
import { ScaiError, entryOf } from '../../src/error/scai-error.js'
import { fromModule, fromProvider } from '../../src/upstream.js'
import { serve } from '../fixtures/service.js'
import { answerWith, clients, gateway, leaks } from '../fixtures/upstreams.js'
import type { Client } from '../fixtures/upstreams.js'

const ID = 'req_0123456789'

/** An envelope as another service sends it. */
function envelope (error: object, meta: object = { request_id: ID }): object {
  return { status: 'error', error: { message: 'No', ...error }, meta }
}

const details = [{ field: 'body.text', message: 'must not be empty' }]
const headers = { 'x-request-id': ID }

const relayed: Array<[title: string, status: number, error: object, expected: object]> = [
  [
    'a known code has the status of the catalog', 400, { code: 'MODEL_ACCESS_DENIED' },
    { code: 'MODEL_ACCESS_DENIED', statusCode: 403, retry: 'no', message: 'No' }
  ],
  ['its details come along', 422, { code: 'VALIDATION_ERROR', details }, { code: 'VALIDATION_ERROR', statusCode: 422, details }],
  [
    'its delay comes along', 429, { code: 'RATE_LIMITED', retry_after: 30 },
    { code: 'RATE_LIMITED', statusCode: 429, retry: 'yes', retryAfter: 30 }
  ],
  ['a delay that is missing is a second', 429, { code: 'RATE_LIMITED' }, { code: 'RATE_LIMITED', retryAfter: 1 }],
  [
    'a delay that is no sensible number is a second', 429, { code: 'RATE_LIMITED', retry_after: 1e300 },
    { code: 'RATE_LIMITED', retryAfter: 1 }
  ],
  [
    'what a known code never carries is dropped', 404, { code: 'MODEL_NOT_FOUND', retry_after: 30, details },
    { code: 'MODEL_NOT_FOUND', retryAfter: undefined, details: undefined }
  ],
  [
    'an unknown code keeps the status of its answer', 409, { code: 'SCAIRELAY_BUSY', details },
    { code: 'SCAIRELAY_BUSY', statusCode: 409, retry: 'no', message: 'No', details }
  ],
  [
    'an unknown code keeps its delay', 503, { code: 'SCAIRELAY_PAUSED', retry_after: 30 },
    { code: 'SCAIRELAY_PAUSED', statusCode: 503, retry: 'no', retryAfter: 30 }
  ],
  [
    'an unknown code keeps a status that is not registered', 418, { code: 'SCAIRELAY_TEAPOT' },
    { code: 'SCAIRELAY_TEAPOT', statusCode: 418 }
  ],
  [
    'a refused service token is our own fault', 401, { code: 'SERVICE_TOKEN_INVALID' },
    { code: 'BACKEND_ERROR', message: 'The upstream provider returned an error' }
  ],
  ['long texts are cut', 409, {
    code: 'SCAIRELAY_LONG',
    message: 'm'.repeat(300),
    details: [{ field: 'f'.repeat(300), message: 'm'.repeat(300) }]
  }, {
    message: `${'m'.repeat(255)}…`, details: [{ field: `${'f'.repeat(255)}…`, message: `${'m'.repeat(255)}…` }]
  }],
  ['a message that is empty is left to the catalog', 404, { code: 'MODEL_NOT_FOUND', message: '' }, { message: 'The model does not exist' }]
]

for (const [title, status, error, expected] of relayed) {
  t.test(`${title}, for every client`, async t => {
    const url = await answerWith(t, status, envelope(error), headers)
    for (const [client, call] of Object.entries<Client>(clients)) {
      const error = await fromModule(await call(url).catch((error: unknown) => error))
      t.match(error, expected, client)
      const kind = error.code === 'BACKEND_ERROR' ? { kind: 'refusedKey' } : {}
      t.strictSame(error.context, { upstream: { ...kind, status, request_id: ID } }, 'with the id of its service for the log')
    }
  })
}

const refused: Array<[title: string, status: number, body: object]> = [
  ['no status', 409, { error: { code: 'CONFLICT', message: 'hunter2' }, meta: { request_id: ID } }],
  ['another status', 409, { ...envelope({ code: 'CONFLICT', message: 'hunter2' }), status: 'ok' }],
  ['one key too many', 409, { ...envelope({ code: 'CONFLICT', message: 'hunter2' }), extra: 'hunter2' }],
  ['no request id', 409, envelope({ code: 'CONFLICT', message: 'hunter2' }, {})],
  ['a request id of another form', 409, envelope({ code: 'CONFLICT', message: 'hunter2' }, { request_id: 'hunter2' })]
]

/** These are wrong whatever is around them. */
const wrong: Array<[title: string, error: object]> = [
  ['a code of another form', { code: 'model_not_found', message: 'hunter2' }],
  ['no code', { message: 'hunter2' }],
  ['a message that is no text', { code: 'CONFLICT', message: { text: 'hunter2' } }],
  ['a detail that is none', { code: 'VALIDATION_ERROR', message: 'hunter2', details: ['hunter2'] }],
  ['a detail with more to say', { code: 'VALIDATION_ERROR', message: 'hunter2', details: [{ ...details[0], stack: 'hunter2' }] }],
  ['a delay that is no integer', { code: 'RATE_LIMITED', message: 'hunter2', retry_after: 1.5 }],
  ['an error with more to say', { code: 'CONFLICT', message: 'hunter2', stack: 'hunter2' }]
]

for (const [title, status, body, who] of [
  // The OpenAI SDK hands on no more than the `error`.
  ...refused.map(row => [...row, Object.values<Client>(clients).filter(client => client !== clients['the OpenAI SDK'])] as const),
  ...wrong.map(([title, error]) => [title, 409, envelope(error), Object.values<Client>(clients)] as const)
]) {
  t.test(`an envelope with ${title} is invalid`, async t => {
    const ask = await gateway(t)
    const url = await answerWith(t, status, body, headers)
    for (const call of who) {
      const { answer } = await ask(() => call(url), fromModule)
      t.strictSame([answer.body.error.code, leaks(answer)], ['MODULE_DEPENDENCY_UNAVAILABLE', []])
    }
  })
}

t.test('an envelope is passed on only by fromModule', async t => {
  const url = await answerWith(t, 404, envelope({ code: 'USER_NOT_FOUND', message: 'hunter2' }), headers)
  for (const call of Object.values<Client>(clients)) {
    const error = await fromProvider(await call(url).catch((error: unknown) => error))
    t.strictSame([error.code, error.message], ['BACKEND_ERROR', 'The upstream provider returned an error'])
  }
})

t.test('an answer that is no envelope comes from something in front of the module', async t => {
  for (const body of ['', 'null', '[]', '"error"', '<h1>Unavailable</h1>', { error: { code: 'x' } }]) {
    const url = await answerWith(t, 503, body)
    t.equal((await fromModule(await fetch(url))).code, 'MODULE_DEPENDENCY_UNAVAILABLE')
  }
})

t.test('in the middle of a stream a known code is passed on, an unknown one has no status', async t => {
  for (const [code, expected] of [
    ['MODEL_ACCESS_DENIED', 'MODEL_ACCESS_DENIED'], ['SCAIRELAY_BUSY', 'MODULE_DEPENDENCY_UNAVAILABLE']
  ] as const) {
    const url = await answerWith(t, 200, `data: ${JSON.stringify({ error: { code, message: 'No' } })}\n\n`, {
      'content-type': 'text/event-stream',
      ...headers
    })
    const stream = await new OpenAI({ apiKey: 'a', baseURL: url }).chat.completions.create({ model: 'm', messages: [], stream: true })
    const thrown = await stream[Symbol.asyncIterator]().next().catch((error: unknown) => error)
    t.equal(fromModule(thrown).code, expected)
  }
})

t.test('an error passes through two services unchanged', async t => {
  const errors = [
    new ScaiError('VALIDATION_ERROR', { message: 'Not so', details }),
    new ScaiError('SERVICE_UNAVAILABLE', { message: 'Soon', retryAfter: 30 }),
    new ScaiError('AUTH_TOKEN_INVALID'),
    new ScaiError('INTERNAL_ERROR', { cause: new Error('hunter2') })
  ]
  const module = await serve(t, app =>
    app.get('/:index', async request => { throw errors[Number((request.params as { index: string }).index)] }))
  const ask = await gateway(t)
  for (const index of errors.keys()) {
    const { text, headers } = await module.request(`/${index}`)
    const { answer } = await ask(() => fetch(`${module.url}/${index}`), fromModule)
    t.equal(withoutId(answer.text), withoutId(text))
    for (const name of [
      'retry-after', 'x-should-retry', 'www-authenticate', 'content-type', 'cache-control'
    ]) t.equal(answer.headers.get(name), headers.get(name), name)
  }
})

function withoutId (text: string): string {
  return text.replace(/req_[\w-]+/, '')
}

t.test('an unknown code is sent and logged as if it were ours', async t => {
  const ask = await gateway(t)
  for (const code of ['SCAIRELAY_DOWN', 'SCAIRELAY_AWAY']) {
    const url = await answerWith(t, 503, envelope({ code, message: 'Down', retry_after: 3, details }), headers)
    const { answer, line } = await ask(() => fetch(url), fromModule)
    t.equal(answer.status, 503)
    t.strictSame(answer.body, { status: 'error', error: { code, message: 'Down', retry_after: 3, details }, meta: answer.body.meta })
    t.match([answer.headers.get('retry-after'), answer.headers.get('x-should-retry')], ['3', 'false'])
    t.match(line, { level: 50, code, status: 503, context: { upstream: { status: 503, request_id: ID } } })
  }
})

t.test('an unknown code with status 401 has a challenge', async t => {
  const ask = await gateway(t)
  const url = await answerWith(t, 401, envelope({ code: 'SCAIRELAY_STRANGER' }), headers)
  const { answer } = await ask(() => fetch(url), fromModule)
  t.equal(answer.headers.get('www-authenticate'), 'Bearer')
})

t.test('the row of a relayed error is private to this package', async t => {
  const error = await fromModule(await fetch(await answerWith(t, 409, envelope({ code: 'SCAIRELAY_BUSY' }), headers)))
  t.match(entryOf(error), { status: 409, message: 'No', retry: 'no' })
  t.strictSame({ ...error, cause: undefined, context: undefined }, {
    code: 'SCAIRELAY_BUSY', statusCode: 409, retry: 'no', retryAfter: undefined, details: undefined, headers: undefined, cause: undefined, context: undefined
  })
})

t.test('an envelope that is not plain data is not passed on', async t => {
  const error = fromModule({ status: 409, error: { code: 'CONFLICT', message: 'No', toString () {} } })
  t.equal(error.code, 'INTERNAL_ERROR')
})
