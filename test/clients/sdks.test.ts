import { Anthropic } from '@anthropic-ai/sdk'
import { OpenAI } from 'openai'
import t from 'tap'
import type { Test } from 'tap'
import { ScaiError, errorCatalog } from '../../src/index.js'
import type { ScaiErrorCode, ScaiErrorsOptions } from '../../src/index.js'
import { serve } from '../fixtures/service.js'
import type { Service } from '../fixtures/service.js'

/** What an SDK makes of an error of ours. */
interface Seen {
  status: number
  code: string
  retryAfter: unknown
  details: unknown
  requestId: string | null | undefined
  message: string
}

/** The same for both: two retries are their default. */
const settings = { apiKey: 'key', maxRetries: 2 }

const sdks: Record<string, (url: string, maxRetries?: number) => Promise<Seen>> = {
  async OpenAI (url, maxRetries = settings.maxRetries) {
    const error = await new OpenAI({ ...settings, baseURL: url, maxRetries }).chat.completions.create({ model: 'm', messages: [] }).then(() => null, error => error)
    if (!(error instanceof OpenAI.APIError)) throw error
    const { retry_after: retryAfter, details } = error.error as Record<string, unknown>
    return { status: error.status, code: error.code!, retryAfter, details, requestId: error.requestID, message: error.message }
  },
  async Anthropic (url, maxRetries = settings.maxRetries) {
    const error = await new Anthropic({ ...settings, baseURL: url, maxRetries }).messages.create({ model: 'm', max_tokens: 1, messages: [] }).then(() => null, error => error)
    if (!(error instanceof Anthropic.APIError)) throw error
    const { code, retry_after: retryAfter, details } = (error.error as { error: Record<string, unknown> }).error
    // Its own `requestID` is that of another header.
    return {
      status: error.status,
      code: String(code),
      retryAfter,
      details,
      requestId: error.headers?.get('x-request-id'),
      message: error.message
    }
  }
}

/** A service that answers the next calls with this error, and counts them. */
async function provide (t: Test, errors: ScaiErrorsOptions = {}): Promise<Service & { next (error: ScaiError): void, arrivals: number[] }> {
  let error: ScaiError
  const arrivals: number[] = []
  const service = await serve(t, app => {
    for (const path of ['/chat/completions', '/v1/messages']) {
      app.post(path, async () => {
        arrivals.push(performance.now())
        throw error
      })
    }
  }, { errors })
  return {
    ...service,
    arrivals,
    next (next) {
      error = next
      arrivals.length = 0
    }
  }
}

/** How often both SDKs ask where nobody tells them whether to: they retry a timeout, a conflict, a limit and what the server is to blame for. */
function ownAttempts (status: number): number {
  return status >= 500 || [408, 409, 429].includes(status) ? 3 : 1
}

const ATTEMPTS = { yes: () => 3, no: () => 1, once: ownAttempts, sometimes: ownAttempts }

for (const [name, call] of Object.entries(sdks)) {
  t.test(`the ${name} SDK sees status, code and id of every code, and retries as the retry class says`, async t => {
    const { url, next, arrivals, errorLines } = await provide(t)
    for (const [code, { status, retry, message }] of Object.entries(errorCatalog)) {
      // To fetch a 407 is a connection that failed, and a 421 one to be tried again.
      if (status === 407 || status === 421) continue
      // It waits that long between two attempts.
      next(new ScaiError(code as ScaiErrorCode, { headers: { 'retry-after-ms': '1' } }))
      const seen = await call(url)
      t.strictSame([seen.status, seen.code, arrivals.length], [status, code, ATTEMPTS[retry](status)], `${code}: ${retry}`)
      t.equal(seen.requestId, errorLines().at(-1)!.request_id)
      t.match(seen.message, message)
    }
  })

  t.test(`the ${name} SDK decides by itself without x-should-retry`, async t => {
    const { url, next, arrivals } = await provide(t, { shouldRetryHeader: false })
    for (const code of ['QUOTA_EXCEEDED', 'INTERNAL_ERROR', 'MODEL_NOT_FOUND', 'TOO_EARLY'] as const) {
      next(new ScaiError(code, { headers: { 'retry-after-ms': '1' } }))
      await call(url)
      t.equal(arrivals.length, ownAttempts(errorCatalog[code].status), code)
    }
  })

  t.test(`the ${name} SDK waits as long as Retry-After says`, async t => {
    const { url, next, arrivals } = await provide(t)
    next(new ScaiError('RATE_LIMITED', { retryAfter: 1 }))
    const { retryAfter } = await call(url, 1)
    t.equal(retryAfter, 1)
    t.equal(arrivals.length, 2)
    // Its own first delay is less than this.
    t.ok(arrivals[1]! - arrivals[0]! > 900)
  })

  t.test(`the ${name} SDK has the details`, async t => {
    const { url, next } = await provide(t)
    const details = [{ field: 'messages', message: 'must not be empty' }]
    next(new ScaiError('VALIDATION_ERROR', { details }))
    t.strictSame((await call(url)).details, details)
  })
}
