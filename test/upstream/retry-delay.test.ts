import t from 'tap'
import { faultIn } from '../../src/upstream/fault.js'
import { limitReset, retryDelay } from '../../src/upstream/retry-delay.js'

const soon = (seconds: number): number => Date.now() + seconds * 1000

const resets: Array<[title: string, headers: Record<string, string>, seconds: number | undefined]> = [
  ...[
    ['1s', 1], ['59s', 59], ['2m59.56s', 60], ['20ms', 1], ['1s20.5ms', 2], ['0s', 0], ['7', 7],
    ['', undefined], ['s', undefined], ['-1s', undefined], ['1s2m', undefined], [`${'9'.repeat(400)}s`, undefined], ['soon', undefined]
  ].map(([text, seconds]) =>
    [
      `${String(text).slice(0, 10)} and nobody says what was reached`, { 'x-ratelimit-reset-tokens': String(text) }, seconds
    ] as [string, Record<string, string>, number | undefined]),
  [
    'OpenAI, the requests of a day',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1h2m3s',
      'x-ratelimit-remaining-tokens': '1',
      'x-ratelimit-reset-tokens': '1s'
    },
    3723
  ],
  [
    'OpenAI, both',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '3s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '9s'
    },
    9
  ],
  ['neither was reached', { 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '3s' }, undefined],
  [
    'Anthropic',
    {
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': new Date(soon(29.5)).toISOString(),
      'anthropic-ratelimit-requests-remaining': '9',
      'anthropic-ratelimit-requests-reset': new Date(soon(900)).toISOString()
    },
    30
  ],
  ['IETF, before draft 8', { ratelimit: 'limit=100, remaining=0, reset=25', 'ratelimit-policy': '100;w=60' }, 25],
  ['IETF', { ratelimit: '"default";r=0;t=25', 'ratelimit-policy': '"default";q=100;w=60' }, 25],
  ['IETF, of several limits', { ratelimit: '"minute"; r=10; t=3, "day"; r=0; t=44' }, 44],
  ['IETF, in a name', { ratelimit: '"a;r=0;t=9, \\"";r=5;t=7' }, undefined],
  ['IETF, neither was reached', { ratelimit: '"default";r=50;t=30' }, undefined],
  ['IETF, and nobody says what is left', { ratelimit: '"default";t=99' }, 60],
  ['Together', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12]
]

for (const [title, headers, seconds] of resets) {
  t.test(`a limit's reset, ${title}: ${seconds}`, async t => {
    t.equal(limitReset(name => headers[name], faultIn(undefined)), seconds)
  })
}

t.test('milliseconds come before seconds, if they are a number', async t => {
  for (const [milliseconds, seconds] of [
    ['0', 0], ['1', 1], ['1000', 1], ['1000.5', 2], ['', 7], ['-1', 7], ['soon', 7], ['9'.repeat(400), 7]
  ] as const) {
    t.equal(
      retryDelay(name => ({ 'retry-after-ms': milliseconds, 'retry-after': '7' })[name], faultIn(undefined)),
      seconds,
      milliseconds.slice(0, 10)
    )
  }
})

for (const [title, text, seconds] of [
  ['a number', '1.5', 2], ['a date that is over', 'Sun, 06 Nov 1994 08:49:37 GMT', 0], ['a duration', '1m2s', 62],
  ['nothing', '', undefined], ['less than nothing', '-5', undefined], ['a list', '5, 10', undefined], ['a word', 'soon', undefined]
] as const) {
  t.test(`a Retry-After, ${title}: ${seconds}`, async t => {
    t.equal(retryDelay(name => ({ 'retry-after': text })[name], faultIn(undefined)), seconds)
  })
}

for (const [title, write] of Object.entries({
  'seconds since 1970': (time: number) => String(Math.floor(time / 1000)),
  'milliseconds since 1970': String,
  'ISO 8601': (time: number) => new Date(time).toISOString(),
  'a date of HTTP': (time: number) => new Date(time).toUTCString()
})) {
  t.test(`a time is one, wherever it stands: ${title}`, async t => {
    // Whole seconds begin anywhere in one of ours.
    const isSoon = (delay: number | undefined): boolean => delay === 99 || delay === 100
    const fault = faultIn(undefined)
    t.ok(isSoon(retryDelay(name => ({ 'retry-after': write(soon(100)) })[name], fault)))
    for (const name of ['x-ratelimit', 'x-rate-limit']) {
      const headers: Record<string, string> = { [`${name}-remaining`]: '0', [`${name}-reset`]: write(soon(100)) }
      t.ok(isSoon(limitReset(name => headers[name], fault)))
    }
  })
}

t.test('Azure has a header of its own for milliseconds', async t => {
  t.equal(retryDelay(name => ({ 'x-ms-retry-after-ms': '4100' })[name], faultIn(undefined)), 5)
})

const bodies: Array<[title: string, body: object, seconds: number | undefined]> = [
  [
    'Gemini',
    {
      error: {
        code: 429,
        details: [
          { '@type': 'type.googleapis.com/google.rpc.Help' },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }
        ]
      }
    },
    34
  ],
  ['OpenRouter', { error: { code: 429, metadata: { headers: { 'Retry-After': '5' } } } }, 5],
  ['Azure', { error: { code: '429', message: 'Please retry after 37 seconds.' } }, 37],
  ['Django', { detail: 'Request was throttled. Expected available in 17 seconds.' }, 17],
  ['Hugging Face', { error: 'Model x is currently loading', estimated_time: 16.2 }, 17],
  ['Hugging Face, of something that is no number', { error: 'Model x is currently loading', estimated_time: 'soon' }, undefined],
  ['nobody', { error: { code: 429, message: 'No' } }, undefined]
]

for (const [title, body, seconds] of bodies) {
  t.test(`a delay in a body, ${title}: ${seconds}`, async t => {
    t.equal(retryDelay(() => undefined, faultIn(body)), seconds)
  })
}

t.test('OpenRouter quotes a limit in the body', async t => {
  const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(soon(19.5)) }
  t.equal(limitReset(() => undefined, faultIn({ error: { code: 429, metadata: { headers } } })), 20)
})
