/** The three forms of an HTTP-date (RFC 9110, section 5.6.7): all are in UTC, though the last doesn't say so. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d (?:GMT|\d{4})$/
const DELAY_SECONDS = /^\d+(?:\.\d+)?$/
/** As Go writes a duration: there is at least one part. */
const DURATION = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/
const RESET_HEADERS = ['x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens']

/**
 * Reads a delay as `Retry-After` gives it (RFC 9110, section 10.2.3): seconds, as a number or a
 * string, or an HTTP date, as a string or a `Date`.
 *
 * @returns whole seconds ≥ 0, rounded up; 0 for a date in the past; `undefined` for anything else
 */
export function parseRetryAfter (value: unknown): number | undefined {
  const seconds = toSeconds(value)
  const whole = Math.ceil(seconds)
  return seconds >= 0 && Number.isSafeInteger(whole) ? whole : undefined
}

/** How a header is read by its name in lower case. */
type Header = (name: string) => string | undefined

/** The delay that an answer asks for: in milliseconds, as OpenAI and those like it do, or in a `Retry-After`. */
export function readRetryAfter (header: Header): number | undefined {
  const milliseconds = header('retry-after-ms')
  return (DELAY_SECONDS.test(milliseconds ?? '') ? parseRetryAfter(Number(milliseconds) / 1000) : undefined) ?? parseRetryAfter(header('retry-after'))
}

/** When the limits of a provider are reset; the latest counts, since none says which of them was reached. */
export function readReset (header: Header): number | undefined {
  const delays = RESET_HEADERS.map(name => parseRetryAfter(parseDuration(header(name) ?? ''))).filter(delay => delay !== undefined)
  return delays.length === 0 ? undefined : Math.max(...delays)
}

/** `1s`, `6m0s`, `20ms`: seconds, or NaN. */
function parseDuration (text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = DURATION.exec(text) ?? [NaN, NaN]
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(milliseconds) / 1000
}

function toSeconds (value: unknown): number {
  if (typeof value === 'number') return value
  if (value instanceof Date) return secondsUntil(value.getTime())
  if (typeof value !== 'string') return NaN
  if (DELAY_SECONDS.test(value)) return Number(value)
  return HTTP_DATE.test(value) ? secondsUntil(Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)) : NaN
}

function secondsUntil (time: number): number {
  return Math.max(0, (time - Date.now()) / 1000)
}
