// What upstreams answer where they fail, each in its own words, and what must be told of it.

import { PLANTED } from '../service.js'

const { text } = PLANTED
/** How long to wait, in seconds, each in its own way. */
const WAIT = 17

const refusedKey = { kind: 'refusedKey' }
const rateLimited = { kind: 'rateLimited', retryAfter: WAIT }
const contextLength = { kind: 'contextLength' }
const modelNotFound = { kind: 'modelNotFound' }
const failed = { kind: 'failed' }
const overloaded = { kind: 'overloaded' }

const openaiError = (code, type, message, param = null) => ({ error: { message: `${message} ${text}`, type, param, code } })

export const openai = {
  'a refused key': { status: 401, body: openaiError('invalid_api_key', 'invalid_request_error', 'Incorrect API key provided:'), told: refusedKey },
  'a limit that is reset before another': {
    status: 429,
    headers: {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '17s',
      'x-ratelimit-remaining-tokens': '9000',
      'x-ratelimit-reset-tokens': '12h0m0s'
    },
    body: openaiError('rate_limit_exceeded', 'requests', 'Rate limit reached for gpt-5 on requests per min:'),
    told: rateLimited
  },
  'a limit, with a delay in milliseconds': {
    status: 429,
    headers: { 'retry-after-ms': '16200', 'retry-after': '90' },
    body: openaiError('rate_limit_exceeded', 'tokens', 'Rate limit reached for gpt-5 on tokens per min:'),
    told: rateLimited
  },
  'a quota': { status: 429, body: openaiError('insufficient_quota', 'insufficient_quota', 'You exceeded your current quota'), told: { kind: 'unpaid' } },
  'a prompt that is too long': {
    status: 400,
    body: openaiError('context_length_exceeded', 'invalid_request_error', 'This model\'s maximum context length is 8192 tokens.', 'messages'),
    told: contextLength
  },
  'a prompt that is filtered': {
    status: 400,
    body: openaiError('content_filter', null, 'The response was filtered', 'prompt'),
    told: { kind: 'contentFilter' }
  },
  'a model that is not there': {
    status: 404,
    body: openaiError('model_not_found', 'invalid_request_error', 'The model does not exist or you do not have access to it:'),
    told: modelNotFound
  },
  'a failure': { status: 500, body: openaiError(null, 'server_error', 'The server had an error'), told: failed },
  'too much to do': { status: 503, body: openaiError(null, 'server_error', 'The engine is currently overloaded'), told: overloaded }
}

const anthropicError = (type, message) => ({ type: 'error', error: { type, message: `${message} ${text}` }, request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy' })

export const anthropic = {
  'a refused key': { status: 401, body: anthropicError('authentication_error', 'invalid x-api-key'), told: refusedKey },
  'a limit': {
    status: 429,
    headers: {
      'retry-after': '17',
      'anthropic-ratelimit-requests-remaining': '40',
      'anthropic-ratelimit-requests-reset': new Date(Date.now() + 3_600_000).toISOString()
    },
    body: anthropicError('rate_limit_error', 'This request would exceed your organization\'s rate limit'),
    told: rateLimited
  },
  'a credit that is used up': {
    status: 400, body: anthropicError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'), told: { kind: 'unpaid' }
  },
  'a prompt that is too long': {
    status: 400, body: anthropicError('invalid_request_error', 'prompt is too long: 208310 tokens > 200000 maximum'), told: contextLength
  },
  'a request that is too large': { status: 413, body: anthropicError('request_too_large', 'Request exceeds the maximum size'), told: contextLength },
  'a model that is not there': { status: 404, body: anthropicError('not_found_error', 'model: claude-9'), told: modelNotFound },
  'a failure': { status: 500, body: anthropicError('api_error', 'Internal server error'), told: failed },
  'too much to do': { status: 529, body: anthropicError('overloaded_error', 'Overloaded'), told: overloaded }
}

export const groq = {
  'a refused key': { status: 401, body: openaiError('invalid_api_key', 'invalid_request_error', 'Invalid API Key'), told: refusedKey },
  'a limit': {
    status: 429,
    headers: { 'retry-after': '17', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '16.32s', 'x-ratelimit-reset-requests': '2h24m0s' },
    body: openaiError('rate_limit_exceeded', 'tokens', 'Rate limit reached for model `llama` on tokens per minute (TPM): Limit 12000, Used 11000.'),
    told: rateLimited
  },
  'a prompt that is too long': {
    status: 400,
    body: openaiError('context_length_exceeded', 'invalid_request_error', 'Please reduce the length of the messages or completion.', 'messages'),
    told: contextLength
  },
  'a model that is not there': {
    status: 404,
    body: openaiError('model_not_found', 'invalid_request_error', 'The model `llama-9` does not exist or you do not have access to it.'),
    told: modelNotFound
  },
  'a model that was withdrawn': {
    status: 400,
    body: openaiError('model_decommissioned', 'invalid_request_error', 'The model `llama-1` has been decommissioned and is no longer supported.'),
    told: modelNotFound
  },
  'a failure': { status: 500, body: openaiError(undefined, 'internal_server_error', 'Internal Server Error'), told: failed },
  'too much to do': { status: 503, body: openaiError(undefined, 'internal_server_error', 'Service Unavailable'), told: overloaded },
  'a tier that is full': { status: 498, body: openaiError('capacity_exceeded', 'capacity_exceeded', 'Flex tier capacity exceeded'), told: overloaded }
}

const mistralError = (code, type, message) => ({ object: 'error', message: `${message} ${text}`, type, param: null, code })

export const mistral = {
  'a refused key': { status: 401, body: { detail: `Unauthorized ${text}` }, told: refusedKey },
  'a limit': {
    status: 429, headers: { 'retry-after': '17' }, body: mistralError('1300', 'rate_limited', 'Rate limit exceeded'), told: rateLimited
  },
  'a tier that is full': {
    status: 429,
    body: mistralError('3505', 'service_tier_capacity_exceeded', 'Service tier capacity exceeded for this model.'),
    told: overloaded
  },
  'a prompt that is too long': {
    status: 400,
    body: mistralError('3051', 'invalid_request_prompt', 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length'),
    told: contextLength
  },
  'a request that is wrong': {
    status: 422,
    body: { detail: [{ type: 'missing', loc: ['body', 'messages'], msg: 'Field required', input: { secret: text } }] },
    told: { kind: 'invalidRequest' }
  },
  'a model that is not there': { status: 400, body: mistralError('1500', 'invalid_model', 'Invalid model: mistral-9'), told: modelNotFound },
  'a failure': { status: 500, body: mistralError('1000', 'internal_server_error', 'Internal server error'), told: failed },
  'too much to do': { status: 503, body: mistralError('1001', 'service_unavailable', 'Service unavailable.'), told: overloaded }
}

const googleError = (code, status, message, details) => ({ error: { code, message: `${message} ${text}`, status, details } })

export const google = {
  // Google refuses a key with a 400.
  'a refused key': {
    status: 400,
    body: googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com', metadata: { service: text } }
    ]),
    told: refusedKey
  },
  'a key without a permission': { status: 403, body: googleError(403, 'PERMISSION_DENIED', 'Permission denied'), told: refusedKey },
  'a limit': {
    status: 429,
    body: googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', [
      { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: text, url: 'https://ai.google.dev/gemini-api/docs/rate-limits' }] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17s' }
    ]),
    told: rateLimited
  },
  'a prompt that is too long': {
    status: 400,
    body: googleError(400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'),
    told: contextLength
  },
  'a model that is not there': {
    status: 404,
    body: googleError(404, 'NOT_FOUND', 'models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.'),
    told: modelNotFound
  },
  'a failure': { status: 500, body: googleError(500, 'INTERNAL', 'An internal error has occurred.'), told: failed },
  'too much to do': { status: 503, body: googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), told: overloaded },
  'too slow': { status: 504, body: googleError(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'), told: { kind: 'timeout' } }
}

export const cohere = {
  'a refused key': { status: 401, body: { id: '6b1c', message: `invalid api token ${text}` }, told: refusedKey },
  'a limit': {
    status: 429,
    headers: { 'retry-after': '17' },
    body: { message: `You are using a Trial key, which is limited to 20 API calls / minute. ${text}` },
    told: rateLimited
  },
  'a prompt that is too long': {
    status: 400,
    body: { message: `too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4085. ${text}` },
    told: contextLength
  },
  'a model that is not there': {
    status: 404,
    body: { message: `model 'command-9' not found, make sure the correct model ID was used and that you have access to the model. ${text}` },
    told: modelNotFound
  },
  'a failure': { status: 500, body: { message: `internal server error, this has been reported to our developers ${text}` }, told: failed },
  'too much to do': { status: 503, body: { message: `service unavailable ${text}` }, told: overloaded }
}

export const together = {
  'a refused key': { status: 401, body: openaiError('invalid_api_key', 'invalid_request_error', 'Invalid API key provided.'), told: refusedKey },
  'a limit': {
    status: 429,
    headers: { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '17' },
    body: openaiError(null, 'rate_limit', 'Request was rejected due to rate limiting.'),
    told: rateLimited
  },
  'a credit that is used up': {
    status: 402, body: openaiError(null, 'credit_limit', 'Credit limit exceeded, please add credits.'), told: { kind: 'unpaid' }
  },
  'a prompt that is too long': {
    status: 422,
    body: openaiError(null, 'invalid_request_error', 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens'),
    told: contextLength
  },
  'a model that is not there': {
    status: 404,
    body: openaiError('model_not_available', 'invalid_request_error', 'Unable to access model llama-9. Please visit the list of supported models.'),
    told: modelNotFound
  },
  'a failure': { status: 500, body: openaiError(null, 'server_error', 'Internal server error'), told: failed },
  'too much to do': {
    status: 503, body: openaiError('service_unavailable', 'service_unavailable', 'The server is overloaded or not ready yet'), told: overloaded
  }
}

export const huggingFace = {
  'a refused key': { status: 401, body: { error: `Invalid username or password. ${text}` }, told: refusedKey },
  'a limit': {
    status: 429, headers: { 'retry-after': '17' }, body: { error: `Too many requests. ${text}` }, told: rateLimited
  },
  'a credit that is used up': {
    status: 402,
    body: { error: `You have exceeded your monthly included credits for Inference Providers. ${text}` },
    told: { kind: 'unpaid' }
  },
  'a prompt that is too long': {
    status: 422,
    body: { error: `Input validation error: \`inputs\` must have less than 4095 tokens. Given: 5000 ${text}`, error_type: 'validation' },
    told: contextLength
  },
  'a model that is not there': {
    status: 400,
    body: { error: { message: `The requested model 'm' does not exist ${text}`, type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
    told: modelNotFound
  },
  'a failure': { status: 500, body: { error: `CUDA out of memory ${text}` }, told: failed },
  'a model that is loading': {
    status: 503, body: { error: `Model m is currently loading ${text}`, estimated_time: 16.2 }, told: { ...overloaded, retryAfter: WAIT }
  }
}

export const replicate = {
  'a refused key': {
    status: 401,
    body: { title: 'Unauthenticated', detail: `You did not pass a valid authentication token ${text}`, status: 401 },
    told: refusedKey
  },
  'a limit': {
    status: 429,
    headers: { 'retry-after': '17' },
    body: { detail: `Request was throttled. Expected available in 17 seconds. ${text}`, status: 429 },
    told: rateLimited
  },
  'a credit that is used up': {
    status: 402, body: { title: 'Insufficient credit', detail: `You have insufficient credit to run this model. ${text}`, status: 402 }, told: { kind: 'unpaid' }
  },
  'a version that is not there': {
    status: 422,
    body: { title: 'Invalid version or not permitted', detail: `The specified version does not exist ${text}`, status: 422 },
    told: { kind: 'invalidRequest' }
  },
  'a failure': { status: 500, body: { detail: `Internal server error ${text}`, status: 500 }, told: failed },
  'too much to do': { status: 503, body: { detail: `Service unavailable ${text}`, status: 503 }, told: overloaded }
}

export const ollama = {
  'a refused key': { status: 401, body: { error: `unauthorized ${text}` }, told: refusedKey },
  'a limit': { status: 429, headers: { 'retry-after': '17' }, body: { error: `you've reached your hourly usage limit ${text}` }, told: { kind: 'rateLimited', retryAfter: 1 } },
  'a prompt that is too long': { status: 400, body: { error: `the input length exceeds the context length ${text}` }, told: contextLength },
  'a model that is not there': { status: 404, body: { error: `model 'llama-9' not found ${text}` }, told: modelNotFound },
  'a failure': { status: 500, body: { error: `llama runner process has terminated: signal: killed ${text}` }, told: failed },
  'too much to do': { status: 503, body: { error: `server busy, please try again. maximum pending requests exceeded ${text}` }, told: overloaded }
}

const awsError = (name, message) => ({ headers: { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` }, body: { message: `${message} ${text}` } })

export const bedrock = {
  'a refused key': { status: 403, ...awsError('UnrecognizedClientException', 'The security token included in the request is invalid.'), told: refusedKey },
  'a limit': {
    status: 429, ...awsError('ThrottlingException', 'Too many requests, please wait before trying again.'), told: { kind: 'rateLimited', retryAfter: 1 }
  },
  'a prompt that is too long': { status: 400, ...awsError('ValidationException', 'Input is too long for requested model.'), told: contextLength },
  'a model that is not there': { status: 400, ...awsError('ValidationException', 'The provided model identifier is invalid.'), told: modelNotFound },
  'a model that was not found': {
    status: 404,
    ...awsError('ResourceNotFoundException', 'Could not resolve the foundation model from the provided model identifier.'),
    told: modelNotFound
  },
  'a failure': { status: 500, ...awsError('InternalServerException', 'The system encountered an unexpected error'), told: failed },
  'a failure of the model': { status: 424, ...awsError('ModelErrorException', 'The request failed due to an error while processing the model.'), told: failed },
  'too much to do': { status: 503, ...awsError('ServiceUnavailableException', 'The service isn\'t currently available.'), told: overloaded },
  'a model that is not ready': { status: 429, ...awsError('ModelNotReadyException', 'The model is not ready'), told: overloaded },
  'too slow': { status: 408, ...awsError('ModelTimeoutException', 'The request took too long to process.'), told: { kind: 'timeout' } }
}

/** Of any API that isn't a model's. */
export const plain = {
  'a refused key': { status: 401, body: { message: `Bad credentials ${text}` }, told: refusedKey },
  'a limit': { status: 429, headers: { 'retry-after': '17' }, body: { message: text }, told: rateLimited },
  'a limit, until a date': {
    status: 429, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, body: { message: text }, told: { kind: 'rateLimited', retryAfter: 0 }
  },
  'nothing there': { status: 404, body: { message: `Not Found ${text}` }, told: { kind: 'invalidRequest' } },
  'a failure': { status: 500, body: { message: text }, told: failed },
  'out of service': { status: 503, headers: { 'retry-after': '17' }, body: { message: text }, told: { ...overloaded, retryAfter: WAIT } }
}

const graphqlErrors = code => [{ message: text, path: ['answer'], extensions: { code } }]

/** GraphQL tells of a failure under a good status. */
export const graphql = {
  ...plain,
  'a refused key, under a good status': { status: 200, body: { data: null, errors: graphqlErrors('UNAUTHENTICATED') }, told: refusedKey },
  'a limit, under a good status': {
    status: 200, headers: { 'retry-after': '17' }, body: { errors: graphqlErrors('THROTTLED') }, told: rateLimited
  },
  'a wrong query, under a good status': { status: 200, body: { errors: graphqlErrors('GRAPHQL_VALIDATION_FAILED') }, told: { kind: 'invalidRequest' } },
  'a failure beside data': { status: 200, body: { data: { answer: null, other: 1 }, errors: graphqlErrors('INTERNAL_SERVER_ERROR') }, told: failed }
}

export const github = {
  'a refused key': { status: 401, body: { message: `Bad credentials ${text}`, documentation_url: 'https://docs.github.com/rest' }, told: refusedKey },
  // GitHub refuses with a 403 whoever asks too much.
  'a limit': {
    status: 403,
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000000' },
    body: { message: `API rate limit exceeded for user ID 1. ${text}` },
    told: { kind: 'rateLimited', retryAfter: 0 }
  },
  'a second limit': {
    status: 403,
    headers: { 'retry-after': '17' },
    body: { message: `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ${text}` },
    told: rateLimited
  },
  'nothing there': { status: 404, body: { message: `Not Found ${text}` }, told: { kind: 'invalidRequest' } },
  'a failure': { status: 500, body: { message: text }, told: failed },
  'out of service': { status: 503, body: { message: text }, told: overloaded }
}

const stripeError = (type, code, message, param) => ({ error: { type, code, message: `${message} ${text}`, param } })

export const stripe = {
  'a refused key': { status: 401, body: stripeError('invalid_request_error', undefined, 'Invalid API Key provided: sk_test_***'), told: refusedKey },
  'a limit': {
    status: 429,
    headers: { 'retry-after': '17' },
    body: stripeError('invalid_request_error', 'rate_limit', 'Request rate limit exceeded.'),
    told: rateLimited
  },
  'nothing there': { status: 404, body: stripeError('invalid_request_error', 'resource_missing', 'No such customer:', 'id'), told: { kind: 'invalidRequest' } },
  'a card that was declined': { status: 402, body: stripeError('card_error', 'card_declined', 'Your card was declined.'), told: { kind: 'unpaid' } },
  'a failure': { status: 500, body: stripeError('api_error', undefined, 'An error occurred.'), told: failed },
  'out of service': { status: 503, body: stripeError('api_error', undefined, 'Unavailable.'), told: overloaded }
}

const elasticError = (status, type, reason) => ({ error: { root_cause: [{ type, reason: text }], type, reason: `${reason} ${text}` }, status })

export const elasticsearch = {
  'a refused key': { status: 401, body: elasticError(401, 'security_exception', 'unable to authenticate'), told: refusedKey },
  'a limit': { status: 429, body: elasticError(429, 'es_rejected_execution_exception', 'rejected execution'), told: { kind: 'rateLimited', retryAfter: 1 } },
  'nothing there': { status: 404, body: elasticError(404, 'index_not_found_exception', 'no such index'), told: { kind: 'invalidRequest' } },
  'a failure': { status: 500, body: elasticError(500, 'null_pointer_exception', ''), told: failed },
  'out of service': { status: 503, body: elasticError(503, 'cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered]'), told: overloaded }
}
