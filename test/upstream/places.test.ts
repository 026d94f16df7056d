import t from 'tap'
import { isScaiError } from '../../src/index.js'
import { fromProvider, fromStore } from '../../src/upstream.js'
import createHttpError from 'http-errors'

// Shapes of answers that no client installed here gives.

class ApiError extends Error {
  override name = 'ApiError'
}

class OwnError extends Error {}

const api = (status: number, error: object): Error => Object.assign(new ApiError('x'), { status, headers: {}, error })
const aws = (status: number, name: string, message = 'x'): Error =>
  Object.assign(new OwnError(message), { name, $fault: 'client', $metadata: { httpStatusCode: status }, $response: { statusCode: status, headers: {} } })
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
  [
    'Google\'s SDK keeps a body as the end of a message',
    Object.assign(new ApiError(`got status: UNAVAILABLE. ${JSON.stringify({ error: { code: 503, message: 'x' } })}`), { status: 503 }), 'overloaded'
  ],
  [
    'the SDKs of Groq and Together throw what a stream brings without a status',
    Object.assign(new OwnError('x'), { status: undefined, headers: undefined, error: { code: 'rate_limit_exceeded' } }), 'rateLimited'
  ],
  ['a message that is no body tells nothing more than the status', Object.assign(new ApiError('{}'), { status: 401 }), 'refusedKey'],
  ['Google refuses a key with a 400', api(400, { message: 'API key not valid. Please pass a valid API key.' }), 'refusedKey'],
  ['xAI refuses a key with a 400', api(400, { error: 'Incorrect API key provided: xa***ey.' }), 'refusedKey'],
  ['a word of ours for a key is no refusal of it', api(400, { message: 'key: must be an API key' }), 'invalidRequest'],
  ['GitHub refuses with a 403 whoever asks too much', api(403, { message: 'API rate limit exceeded for user ID 1.' }), 'rateLimited'],
  ['GitHub refuses with a 403 whoever asks too fast', api(403, { message: 'You have exceeded a secondary rate limit.' }), 'rateLimited'],
  ['Mistral has no capacity left', api(429, { type: 'service_tier_capacity_exceeded', code: '3505' }), 'overloaded'],
  ['Hugging Face counts the tokens', api(422, { error: '`inputs` must have less than 4095 tokens. Given: 5000' }), 'contextLength'],
  ['Ollama\'s SDK keeps a text', Object.assign(new OwnError('x'), { status_code: 404, error: 'model \'x\' not found' }), 'modelNotFound'],
  ['AWS\'s SDK keeps a word as the name', aws(400, 'ThrottlingException'), 'rateLimited'],
  ['AWS refuses a key with a 400', aws(400, 'ExpiredTokenException'), 'refusedKey'],
  ['AWS tells of a model with a 424', aws(424, 'ModelErrorException'), 'failed'],
  ['AWS tells of a model that is not ready with a 429', aws(429, 'ModelNotReadyException'), 'overloaded'],
  [
    'AWS\'s SDK keeps a sentence as the message', aws(400, 'ValidationException', 'Input is too long for requested model.'),
    'contextLength'
  ],
  [
    'AWS has no such model', aws(404, 'ResourceNotFoundException', 'Could not resolve it from the provided model identifier.'),
    'modelNotFound'
  ],
  [
    'AWS\'s SDK can not read an answer with a good status',
    Object.assign(new SyntaxError('x'), { $metadata: { httpStatusCode: 200 } }), 'badShape'
  ],
  [
    'a connection that breaks after a good head',
    Object.assign(new OwnError('x'), { code: 'ECONNRESET', response: { status: 200, headers: {} } }), 'unreachable'
  ],
  [
    'a connection that breaks after a bad head',
    Object.assign(new OwnError('x'), { code: 'ECONNRESET', response: { status: 429, headers: {} } }), 'rateLimited'
  ],
  ...([
    [
      'UNAUTHENTICATED', 'refusedKey'], ['THROTTLED', 'rateLimited'], ['BAD_USER_INPUT', 'invalidRequest'], ['INTERNAL_SERVER_ERROR',
      'failed'
    ],
    [undefined, 'failed']
  ] as const).map(([code, kind]) => [
    `GraphQL says ${code} under a good status`,
    Object.assign(new OwnError('x'), { response: { status: 200, headers: {}, body: { data: {}, errors: [{ message: 'x', extensions: { code } }] } } }), kind
  ] as [string, unknown, string]),
  [
    'a message counts more than its details', api(400, { message: 'prompt is too long', errors: [{ code: 'content_filter' }] }),
    'contextLength'
  ],
  ['octokit is aborted', Object.assign(new DOMException('x', 'AbortError'), { status: 500 }), 'timeout'],
  ['superagent is aborted', Object.assign(new Error('Aborted'), { code: 'ABORTED' }), 'timeout'],
  [
    'Stripe\'s SDK can not read an answer', Object.assign(new OwnError('x'), { type: 'StripeAPIError', name: 'StripeAPIError' }),
    'badShape'
  ],
  ['a session of HTTP/2 that is cancelled', Object.assign(new Error('x'), { code: 'ERR_HTTP2_STREAM_CANCEL' }), 'unreachable'],
  [
    'a stream of HTTP/2 that breaks after a good head',
    Object.assign(new Error('x'), { code: 'ERR_HTTP2_STREAM_ERROR', $metadata: { httpStatusCode: 200 } }), 'unreachable'
  ],
  ['Gemini stops a candidate', { candidates: [{ finishReason: 'SAFETY' }] }, 'contentFilter'],
  ['Gemini blocks a prompt', { promptFeedback: { blockReason: 'SAFETY' } }, 'contentFilter'],
  ['a gRPC code without a row', grpc(13), 'failed'],
  ['a gRPC code with a row', grpc(4), 'timeout']
] as Array<[string, unknown, string]>) {
  t.test(title, async t => {
    t.equal(kindOf(seen), kind)
  })
}

t.test('an error that was made for clients is no failure of a store', async t => {
  t.equal(fromStore(createHttpError(404, 'x')).code, 'NOT_FOUND')
})
