import { inspect, isDeepStrictEqual } from 'node:util'
import { errorCatalog, findEntry } from '../error/catalog.js'
import type { CatalogEntry, RetryClass } from '../error/definition.js'
import { REQUEST_ID_PATTERN } from '../error/envelope-schema.js'

/** An error response, whoever received it. */
export interface Received {
  readonly status: number
  /** A header by its name in lower case. */
  readonly header: (name: string) => string | undefined
  readonly text: string
}

/** What a test expects of an error besides its code. */
export interface ExpectedError {
  /** The fields of the details, in order, or the details as a whole. */
  readonly details?: readonly string[] | ReadonlyArray<{ readonly field: string, readonly message: string }>
  readonly retryAfter?: number
  readonly message?: string | RegExp
  /** `false` for a service that is registered with `{ shouldRetryHeader: false }`. */
  readonly shouldRetryHeader?: boolean
}

/** A parsed body: every part may be missing, or anything else. */
type Loose = { readonly [key: string]: Loose | undefined } | undefined

/**
 * All differences between a response and the envelope of its code, each as a sentence; empty if it is exactly
 * that envelope.
 *
 * @param code the code that it must have; without one, any of the catalog
 */
export function differencesOf (received: Received, code?: string, expected: ExpectedError = {}): string[] {
  const body = parse(received.text)
  const sent = body?.['error']?.['code']
  const entry = findEntry(code ?? sent)
  if (entry === undefined) {
    return [
      `error.code must be a code of the catalog, got ${inspect(sent)}`, ...headDifferences(received),
      ...bodyDifferences(received, body)
    ]
  }
  return [
    ...differ('the status', received.status, entry.status, ` for ${entry.code}`),
    ...headDifferences(received),
    ...retryDifferences(received, entry, body?.['error']?.['retry_after'], expected),
    ...challengeDifferences(received, entry),
    ...bodyDifferences(received, body),
    ...body === undefined ? [] : errorDifferences(body['error'], entry, expected)
  ]
}

/** All differences between an answer to HEAD, which has no body with a code, and an error response. */
export function bodilessDifferences (received: Received): string[] {
  const { status } = received
  const isOfCode = Object.values(errorCatalog).some(entry => entry.status === status)
  return [...isOfCode ? [] : [`no code of the catalog has the status ${status}`], ...headDifferences(received)]
}

/** What is the same under every code. */
function headDifferences ({ header }: Received): string[] {
  const id = header('x-request-id')
  return [
    ...differ('the header content-type', header('content-type'), 'application/json; charset=utf-8'),
    ...differ('the header cache-control', header('cache-control'), 'no-store'),
    ...id !== undefined && REQUEST_ID_PATTERN.test(id) ? [] : [`the header x-request-id must be an id like req_…, got ${inspect(id)}`]
  ]
}

/** The body's form: its keys, in their order, and no others. */
function bodyDifferences ({ text, header }: Received, body: Loose): string[] {
  if (body === undefined) return [`the body must be the envelope, got ${excerpt(text)}`]
  const forms: Array<[name: string, found: Loose, keys: readonly string[]]> = [
    ['the body', body, ['status', 'error', 'meta']],
    ['error', body['error'], ERROR_KEYS.filter(key => REQUIRED_KEYS.includes(key) || body['error']?.[key] !== undefined)],
    ['meta', body['meta'], ['request_id']]
  ]
  const problems = forms.flatMap(([name, found, keys]) => keysDiffer(name, found, keys))
  if (problems.length > 0) return problems
  return [
    ...differ('status', body['status'], 'error'),
    ...differ('meta.request_id', body['meta']?.['request_id'], header('x-request-id'), ', the header x-request-id'),
    ...text === JSON.stringify(body) ? [] : [`the body must be written as JSON.stringify does, each key once, got ${excerpt(text)}`]
  ]
}

const REQUIRED_KEYS = ['code', 'message']
const ERROR_KEYS = [...REQUIRED_KEYS, 'retry_after', 'details']

function errorDifferences (error: Loose, { code, details: need }: CatalogEntry, expected: ExpectedError): string[] {
  const message: unknown = error?.['message']
  const details: unknown = error?.['details']
  return [
    ...differ('error.code', error?.['code'], code),
    ...typeof message === 'string' && message !== ''
      ? matches(message, expected.message)
      : [`error.message must be a non-empty string, got ${inspect(message)}`],
    ...details === undefined
      ? need === 'required' || expected.details !== undefined
        ? [`error.details must be there${need === 'required' ? ` for ${code}` : ''}`]
        : []
      : need === 'never' ? [`error.details must not be there for ${code}`] : detailsDiffer(details, expected.details)
  ]
}

function matches (message: string, expected: string | RegExp | undefined): string[] {
  if (expected === undefined) return []
  if (typeof expected === 'string') return differ('error.message', message, expected)
  return expected.test(message) ? [] : [`error.message must match ${expected}, got ${inspect(message)}`]
}

function detailsDiffer (details: unknown, expected: ExpectedError['details']): string[] {
  if (!Array.isArray(details) || details.length === 0) return [`error.details must be a list that is not empty, got ${inspect(details)}`]
  const problems = details.flatMap((detail: Loose, i) => {
    const name = `error.details[${i}]`
    return [...keysDiffer(name, detail, ['field', 'message']), ...['field', 'message'].flatMap(key => isShortText(detail?.[key])
      ? []
      : [`${name}.${key} must be a string of 1 to ${MAX_TEXT} characters, got ${excerpt(String(detail?.[key]))}`])]
  })
  if (problems.length > 0 || expected === undefined) return problems
  const found = (details as Array<{ field: string }>).map((detail, i) => typeof expected[i] === 'object' ? detail : detail.field)
  return isDeepStrictEqual(found, expected) ? [] : [`error.details must be ${inspect(expected)}, got ${inspect(found)}`]
}

/** The longest string from outside that is sent. */
const MAX_TEXT = 256

function isShortText (value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT
}

/** What `x-should-retry` may say; an error may narrow its code's class to `no`. */
const SHOULD_RETRY: Readonly<Record<RetryClass, ReadonlyArray<string | undefined>>> = {
  yes: ['true'],
  once: [undefined, 'false'],
  sometimes: [undefined, 'false'],
  no: ['false']
}

function retryDifferences (
  { header }: Received,
  { code, retry, retryAfter: need }: CatalogEntry,
  seconds: unknown,
  expected: ExpectedError
): string[] {
  const shouldRetry = expected.shouldRetryHeader === false ? [undefined] : SHOULD_RETRY[retry]
  const found = header('x-should-retry')
  return [
    ...shouldRetry.includes(found)
      ? []
      : [`the header x-should-retry must be ${shouldRetry.map(show).join(' or ')} for ${code}, got ${inspect(found)}`],
    ...differ(
      'the header retry-after',
      header('retry-after'),
      seconds === undefined ? undefined : String(seconds),
      ', as error.retry_after'
    ),
    ...expected.retryAfter === undefined ? [] : differ('error.retry_after', seconds, expected.retryAfter),
    ...seconds === undefined
      ? need === 'required' ? [`error.retry_after must be there for ${code}`] : []
      : need === 'never'
        ? [`error.retry_after must not be there for ${code}`]
        : Number.isSafeInteger(seconds) && (seconds as number) >= 0
          ? []
          : [`error.retry_after must be whole seconds ≥ 0, got ${inspect(seconds)}`]
  ]
}

/** A foreign challenge (`Basic realm=…`) is kept; only ours is compared. */
function challengeDifferences ({ header }: Received, { code, challenge }: CatalogEntry): string[] {
  const found = header('www-authenticate')
  const isOurs = found === undefined || Object.values(errorCatalog).some(entry => entry.challenge === found)
  return isOurs ? differ('the header www-authenticate', found, challenge === false ? undefined : challenge, ` for ${code}`) : []
}

function keysDiffer (name: string, found: Loose, expected: readonly string[]): string[] {
  if (!isObject(found)) return [`${name} must be an object, got ${inspect(found)}`]
  const keys = Object.keys(found)
  return isDeepStrictEqual(keys, expected)
    ? []
    : [`${name} must have the keys ${expected.join(', ')}, in this order, got ${keys.join(', ')}`]
}

/** Says that a value isn't the expected one; nothing if it is. */
export function differ (name: string, found: unknown, expected: unknown, why = ''): string[] {
  return found === expected ? [] : [`${name} must be ${show(expected)}${why}, got ${inspect(found)}`]
}

const show = (expected: unknown): string => expected === undefined ? 'absent' : inspect(expected)

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse (text: string): Loose {
  try {
    const body: unknown = JSON.parse(text)
    return isObject(body) ? body as Loose : undefined
  } catch {
    return undefined
  }
}

/** Cuts a text for a message. */
export function excerpt (text: string): string {
  return text.length <= MAX_EXCERPT ? inspect(text) : `${inspect(text.slice(0, MAX_EXCERPT))}… (${text.length} characters)`
}

const MAX_EXCERPT = 300
