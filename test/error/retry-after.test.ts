import t from 'tap'
import { parseRetryAfter } from '../../src/error/retry-after.js'

/** What the clock says: Sun, 06 Nov 1994 08:49:37 GMT. */
const NOW = Date.UTC(1994, 10, 6, 8, 49, 37)

const cases: Array<[string, unknown, number | undefined]> = [
  ['0', 0, 0],
  ['whole seconds', 30, 30],
  ['a fraction is rounded up', 1.2, 2],
  ['the smallest fraction', Number.MIN_VALUE, 1],
  ['a huge integer', Number.MAX_SAFE_INTEGER, 9007199254740991],
  ['text of whole seconds', '30', 30],
  ['text of zero', '0', 0],
  ['text of a fraction', '0.2', 1],
  ['text with leading zeros', '007', 7],

  ['a future IMF-fixdate', 'Sun, 06 Nov 1994 08:50:07 GMT', 30],
  ['a past IMF-fixdate', 'Sun, 06 Nov 1994 08:49:07 GMT', 0],
  ['the present IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['a future RFC 850 date', 'Sunday, 06-Nov-94 08:50:07 GMT', 30],
  ['a past RFC 850 date', 'Sunday, 06-Nov-94 08:49:07 GMT', 0],
  ['a future asctime date', 'Sun Nov  6 08:50:07 1994', 30],
  ['a past asctime date', 'Sun Nov  6 08:49:07 1994', 0],
  ['a future Date', new Date(NOW + 30_000), 30],
  ['a Date a little later', new Date(NOW + 1), 1],
  ['a past Date', new Date(NOW - 1), 0],
  ['an invalid Date', new Date(NaN), undefined],
  ['a Date at the end of time', new Date(8.64e15), 8639215888223],

  ['a negative number', -1, undefined],
  ['a negative fraction', -0.5, undefined],
  ['text of a negative number', '-1', undefined],
  ['NaN', NaN, undefined],
  ['Infinity', Infinity, undefined],
  ['-Infinity', -Infinity, undefined],
  ['a number beyond the safe integers', 2 ** 53, undefined],
  ['1e308', 1e308, undefined],
  ['text beyond the safe integers', '9007199254740993', undefined],
  ['text of 400 digits', '9'.repeat(400), undefined],

  ['undefined', undefined, undefined],
  ['null', null, undefined],
  ['true', true, undefined],
  ['a bigint', 30n, undefined],
  ['a symbol', Symbol('30'), undefined],
  ['a list', ['30'], undefined],
  ['an object', { valueOf: () => 30 }, undefined],
  ['empty text', '', undefined],
  ['spaces', ' ', undefined],
  ['text with spaces', ' 30', undefined],
  ['text with a sign', '+30', undefined],
  ['text with an exponent', '1e3', undefined],
  ['text with a unit', '30s', undefined],
  ['a hexadecimal number', '0x1e', undefined],
  ['text of a list', '30, 60', undefined],
  ['"soon"', 'soon', undefined],
  ['"Infinity"', 'Infinity', undefined],
  ['an ISO date', '2044-11-06T08:49:37Z', undefined],
  ['a date without its weekday', '06 Nov 2044 08:49:37 GMT', undefined],
  ['a weekday alone', 'Sunday', undefined],
  ['a weekday and a number', 'Sunday 5', undefined],
  ['what only begins like a weekday', 'Monkeys, 12', undefined],
  ['a date that does not exist', 'Sun, 99 Nov 2044 08:49:37 GMT', undefined]
]

t.test('a delay is whole seconds, or undefined', async t => {
  t.intercept(Date, 'now', { value: () => NOW })
  for (const [title, value, seconds] of cases) t.equal(parseRetryAfter(value), seconds, title)
})

t.test('an asctime date is in UTC, in any time zone of the server', async t => {
  const { TZ } = process.env
  t.teardown(() => {
    if (TZ === undefined) delete process.env['TZ']
    else process.env['TZ'] = TZ
  })
  process.env['TZ'] = 'America/New_York'
  t.intercept(Date, 'now', { value: () => NOW })

  t.equal(parseRetryAfter('Sun Nov  6 08:50:07 1994'), 30)
})
