/** The three forms of an HTTP date (RFC 9110, section 5.6.7). All are in UTC, although the last doesn't say so. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d (?:GMT|\d{4})$/
const DELAY_SECONDS = /^\d+(?:\.\d+)?$/

/**
 * Parses the value of `Retry-After` (RFC 9110, section 10.2.3): seconds, as a number or a string, or an
 * HTTP date, as a string or a `Date`.
 *
 * @returns whole seconds ≥ 0, rounded up; 0 for a date in the past; `undefined` for anything else
 */
export function parseRetryAfter (value: unknown): number | undefined {
  const seconds = toSeconds(value)
  const whole = Math.ceil(seconds)
  return seconds >= 0 && Number.isSafeInteger(whole) ? whole : undefined
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
