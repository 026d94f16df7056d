import t from 'tap'
import { isScaiError } from '../../src/index.js'
import { fromProvider, fromStore } from '../../src/upstream.js'
import createHttpError from 'http-errors'

// Shapes of answers that no client installed here gives.

class ApiError extends Error {
  override name = 'ApiError'
}

const grpc = (code: number): Error => Object.assign(new Error('x'), { code, details: 'x', metadata: {} })
const kindOf = (seen: unknown): unknown => {
  const error = fromProvider(seen)
  return isScaiError(error) ? (error.context?.['upstream'] as { kind?: string } | undefined)?.kind : undefined
}

for (const [title, seen, kind] of [
  [
    'OpenRouter names the reasons of a moderation',
    Object.assign(new ApiError('x'), { status: 403, error: { code: 403, message: 'x', metadata: { reasons: ['a'] } } }),
    'contentFilter'
  ],
  [
    'Google\'s SDK keeps a body as the message',
    Object.assign(new ApiError(JSON.stringify({ error: { code: 429, message: 'x' } })), { status: 429 }), 'rateLimited'
  ],
  ['a message that is no body tells nothing more than the status', Object.assign(new ApiError('{}'), { status: 401 }), 'refusedKey'],
  ['Gemini stops a candidate', { candidates: [{ finishReason: 'SAFETY' }] }, 'contentFilter'],
  ['Gemini blocks a prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'contentFilter'],
  ['a gRPC code without a row', grpc(13), 'failed'],
  ['a gRPC code with a row', grpc(4), 'timeout']
] as Array<[string, unknown, string]>) {
  t.test(title, async t => {
    t.equal(kindOf(seen), kind)
  })
}

t.test('what was made to be answered with is no failure of a store', async t => {
  t.equal(fromStore(createHttpError(404, 'x')).code, 'NOT_FOUND')
})
