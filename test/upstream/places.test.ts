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
  [
    'a body that breaks off after a bad head',
    Object.assign(new OwnError('x'), { name: 'AI_APICallError', statusCode: 429, responseHeaders: {}, cause: new TypeError('terminated') }), 'rateLimited'
  ],
  [
    'a body that breaks off after a good head',
    Object.assign(new OwnError('x'), { name: 'AI_APICallError', statusCode: 200, responseHeaders: {}, cause: new TypeError('terminated') }), 'unreachable'
  ],
  [
    'the last of several attempts counts, whatever the first one met',
    Object.assign(new OwnError('x'), { name: 'AI_RetryError', errors: [api(429, {}), Object.assign(new Error('x'), { code: 'ECONNRESET' })] }), 'unreachable'
  ],
  ['a status beyond those of HTTP', api(999, {}), 'failed'],
  ['Google calls a call off', api(499, { status: 'CANCELLED' }), 'timeout'],
  ['what failed is behind the provider', api(424, {}), 'failed'],
  ['the AI SDK has a status of its own for a failure under a good one', api(400, { code: 'rate_limit_exceeded' }), 'rateLimited'],
  ['a key is refused with a 400, by a word', api(400, { type: 'authentication_error' }), 'refusedKey'],
  ['a body begins with a mark', Object.assign(new ApiError('x'), { status: 404, body: '\uFEFF{"error":{"code":"model_not_found"}}' }), 'modelNotFound'],
  ['wretch keeps a text', Object.assign(new ApiError('x'), { response: { status: 404 }, text: '{"error":{"code":"model_not_found"}}' }), 'modelNotFound'],
  ...([
    ['Attempted to iterate over a response with no body', 'badShape'], ['request ended without sending any chunks', 'badShape'],
    ['stream ended without producing a Message with role=assistant', 'badShape'], ['missing finish_reason for choice 0', 'badShape'],
    ['Unexpected event order, got message_start before receiving "message_stop"', 'badShape'],
    ['Did not receive done or success response in stream.', 'badShape'],
    ['The OPENAI_API_KEY environment variable is missing or empty', 'ourMistake']
  ] as const).map(([message, kind]) => [`an SDK says "${message}"`, new OwnError(message), kind] as [string, unknown, string]),
  ...([
    ['ContentFilterFinishReasonError', 'contentFilter'], ['LengthFinishReasonError', 'badShape'], ['AI_NoSuchToolError', 'badShape'],
    ['AI_InvalidToolInputError', 'badShape'], ['ParseError', 'badShape'], ['DeserializationError', 'badShape']
  ] as const).map(([name, kind]) => [`an SDK's ${name}`, Object.assign(new OwnError('x'), { name }), kind] as [string, unknown, string]),
  ...([
    'ETIMEOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT'
  ]).map(code => [code, Object.assign(new Error('x'), { code }), 'timeout'] as [string, unknown, string]),
  ...([
    'ESERVFAIL', 'EREFUSED', 'ENODATA', 'ENETRESET', 'ENOTCONN', 'ESHUTDOWN', 'EADDRNOTAVAIL', 'ECONNECTION', 'EDNS', 'ESOCKET', 'EOPENBREAKER',
    'ERR_SOCKET_CLOSED', 'ERR_HTTP2_PING_CANCEL'
  ]).map(code => [code, Object.assign(new Error('x'), { code }), 'unreachable'] as [string, unknown, string]),
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
