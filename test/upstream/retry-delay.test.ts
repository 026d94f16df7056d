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
  ['Together', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12],
  ['seconds since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(soon(100) / 1000)) }, 100],
  ['milliseconds since 1970', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(soon(99.5)) }, 100]
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
