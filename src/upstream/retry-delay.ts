import { read } from '../error/read.js'
import { parseRetryAfter } from '../error/retry-after.js'
import { headersOf } from './answer.js'
import type { Answer } from './answer.js'
import { MAX_SENTENCE } from './fault-words.js'
import type { Fault } from './fault.js'

type Header = Answer['header']

/** Of OpenAI and those like it; of Azure. */
const MILLISECOND_HEADERS = ['retry-after-ms', 'x-ms-retry-after-ms']
const MILLISECONDS = /^\d+(?:\.\d+)?$/
/** A duration in Go's format, with at least one part. */
const DURATION = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/
/** Of Azure; of Django REST Framework (Replicate). */
const SENTENCE = /\b(?:retry after|available in) (\d{1,6}) seconds?\b/i

/** What remains of a limit and when it is reset: of OpenAI and compatible ones, Cerebras, Anthropic, Together, OpenRouter and others. */
const LIMITS: ReadonlyArray<readonly [remaining: string, reset: string]> = [
  ...[
    '-requests', '-tokens', '-project-tokens', '-requests-day', '-tokens-minute', ''
  ].map(limit => [`x-ratelimit-remaining${limit}`, `x-ratelimit-reset${limit}`] as const),
  ...[
    'requests', 'tokens', 'input-tokens', 'output-tokens'
  ].map(limit => [`anthropic-ratelimit-${limit}-remaining`, `anthropic-ratelimit-${limit}-reset`] as const),
  ['ratelimit-remaining', 'ratelimit-reset'],
  ['x-rate-limit-remaining', 'x-rate-limit-reset']
]

/** In a limit of the IETF's `RateLimit` header, since its 8th draft, and before. */
const REMAINING = /\b(?:r|remaining)=(\d+)/
const RESET = /\b(?:t|reset)=(\d+)/

/** The longest delay, in seconds, for the reset of a limit that isn't known to be reached. */
const MAX_GUESS = 60

/** The delay that an answer asks for, in whole seconds, from the first source that has one. */
export function retryDelay (header: Header, fault: Fault): number | undefined {
  const quoted = quotedHeaders(fault)
  return headerDelay(header) ?? retryInfo(fault) ?? headerDelay(quoted) ?? sentenceDelay(fault) ?? estimate(fault)
}

/** When the limits of a provider are reset: the reached ones, else the one that is reset first. */
export function limitReset (header: Header, fault: Fault): number | undefined {
  return reset(header) ?? reset(quotedHeaders(fault))
}

/** In milliseconds, or from `Retry-After`, in which some write what others write in a reset. */
function headerDelay (header: Header): number | undefined {
  const milliseconds = MILLISECOND_HEADERS.map(header).find(text => MILLISECONDS.test(text ?? ''))
  return parseRetryAfter(Number(milliseconds) / 1000) ?? parseDelay(header('retry-after'))
}

/** Of Gemini: "34s", in a list of details. */
function retryInfo ({ source }: Fault): number | undefined {
  const details = read(source, 'details')
  if (!Array.isArray(details)) return undefined
  return details.map(detail => parseRetryAfter(parseDuration(read(detail, 'retryDelay')))).find(delay => delay !== undefined)
}

function sentenceDelay ({ message }: Fault): number | undefined {
  return typeof message === 'string' ? parseRetryAfter(SENTENCE.exec(message.slice(0, MAX_SENTENCE))?.[1]) : undefined
}

/** Of Hugging Face, while a model is loading: seconds. */
function estimate ({ source }: Fault): number | undefined {
  return parseRetryAfter(read(source, 'estimated_time'))
}

/** OpenRouter quotes its headers in the body. */
function quotedHeaders ({ source }: Fault): Header {
  const headers = read(read(source, 'metadata'), 'headers')
  if (Object(headers) !== headers) return () => undefined
  return headersOf(Object.fromEntries(Object.entries(headers as object).map(([name, value]) => [name.toLowerCase(), value])))
}

function reset (header: Header): number | undefined {
  const reached: number[] = []
  const others: number[] = []
  for (const [remaining, reset] of limitsIn(header)) {
    const delay = parseDelay(reset)
    if (delay === undefined) continue
    if (remaining === undefined) others.push(delay)
    else if (Number(remaining) <= 0) reached.push(delay)
  }
  if (reached.length > 0) return Math.max(...reached)
  return others.length > 0 ? Math.min(MAX_GUESS, ...others) : undefined
}

function limitsIn (header: Header): ReadonlyArray<readonly [remaining: string | undefined, reset: string | undefined]> {
  // A name in quotes may hold anything.
  const field = header('ratelimit')?.replace(/"(?:[^"\\]|\\.)*"/g, '') ?? ''
  const limits = field.includes('reset=') ? [field] : field.split(',')
  return [
    ...LIMITS.map(([remaining, reset]) => [header(remaining), header(reset)] as const),
    ...limits.map(limit => [REMAINING.exec(limit)?.[1], RESET.exec(limit)?.[1]] as const)
  ]
}

/** Whole seconds, of any way to write them. */
function parseDelay (text: string | undefined): number | undefined {
  return parseRetryAfter(parseReset(text)) ?? parseRetryAfter(text)
}

/** Seconds, a time (in seconds or milliseconds since 1970, or by ISO 8601), or a duration. */
function parseReset (text: string | undefined): number {
  const number = Number(text || NaN)
  if (number > 1e12) return secondsUntil(number)
  if (number > 1e9) return secondsUntil(number * 1000)
  if (!Number.isNaN(number)) return number
  return text !== undefined && /^\d{4}-\d\d-\d\dT/.test(text) ? secondsUntil(Date.parse(text)) : parseDuration(text)
}

/** `1s`, `6m0s`, `20ms`: seconds, or NaN. */
function parseDuration (text: unknown): number {
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = (typeof text === 'string' ? DURATION.exec(text) : null) ?? [NaN, NaN]
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(milliseconds) / 1000
}

function secondsUntil (time: number): number {
  return Math.max(0, (time - Date.now()) / 1000)
}
