import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'
import { findEntry, showUnknown } from '../error/catalog.js'
import type { ScaiErrorCode } from '../error/catalog.js'
import type { ErrorEnvelope } from '../error/envelope-schema.js'
import { findUnknownOption } from '../error/unknown-option.js'
import { differencesOf, excerpt } from './differences.js'
import type { ExpectedError, Received } from './differences.js'

/** A response of `app.inject()`. */
export interface InjectedResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly payload: string
}

/** A response of `fetch`. */
export interface FetchedResponse {
  readonly status: number
  readonly headers: { get (name: string): string | null }
  text (): Promise<string>
}

/**
 * Asserts that a response is exactly the envelope of this code: its status, its keys and no others, its
 * headers, and the request's id in both.
 *
 * @param response of `app.inject()` or of `fetch`
 * @returns the envelope
 * @throws {AssertionError} with all differences
 * @throws {TypeError} on an unknown code or option, and if this isn't a response
 * @example
 * await assertError(await app.inject('/v1/models/gpt-9'), 'MODEL_NOT_FOUND')
 * await assertError(await fetch(url, { method: 'POST', body: '{}', headers }), 'VALIDATION_ERROR', { details: ['model'] })
 */
export async function assertError (
  response: InjectedResponse | FetchedResponse, code: ScaiErrorCode, expected: ExpectedError = {}
): Promise<ErrorEnvelope> {
  if (findEntry(code) === undefined) throw new TypeError(`assertError: unknown error code ${showUnknown(code)}`)
  const unknown = findUnknownOption(expected, Object.keys(EXPECTED))
  if (unknown !== undefined) throw new TypeError(`assertError: ${unknown}`)
  const received = await receive(response)
  const differences = differencesOf(received, code, expected)
  if (differences.length === 0) return JSON.parse(received.text) as ErrorEnvelope
  throw new AssertionError({
    message: `The response is not the envelope of ${code}:\n${differences.map(difference => `- ${difference}\n`).join('')}` +
      `It was ${received.status} ${excerpt(received.text)}`,
    actual: `${received.status} ${received.text}`,
    expected: code,
    operator: 'assertError'
  })
}

const EXPECTED: Readonly<Record<keyof ExpectedError, true>> = { details: true, retryAfter: true, message: true, shouldRetryHeader: true }

async function receive (response: InjectedResponse | FetchedResponse): Promise<Received> {
  if ('statusCode' in response && typeof response.payload === 'string') {
    const { statusCode: status, headers, payload: text } = response
    return { status, header: name => textOf(headers[name]), text }
  }
  if ('text' in response && typeof response.text === 'function') {
    return { status: response.status, header: name => response.headers.get(name) ?? undefined, text: await response.text() }
  }
  throw new TypeError(`assertError: expected a response of app.inject() or of fetch, got ${inspect(response, { depth: 0 })}: is an await missing?`)
}

function textOf (value: unknown): string | undefined {
  return value === undefined ? undefined : [value].flat().join(', ')
}
