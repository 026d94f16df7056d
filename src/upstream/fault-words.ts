import type { UpstreamKind } from './kinds.js'

/** The kind of a status, if the fault's own words don't say more. */
export const STATUSES: ReadonlyMap<number, UpstreamKind> = new Map([
  [401, 'refusedKey'], [403, 'refusedKey'], [407, 'refusedKey'],
  [402, 'unpaid'],
  // Google's for a call that was cancelled: with the client still there, it was a deadline.
  [499, 'timeout'],
  [408, 'timeout'], [504, 'timeout'], [522, 'timeout'], [524, 'timeout'],
  // Of Bedrock and Hugging Face: what failed is behind them.
  [424, 'failed'],
  [413, 'contextLength'],
  [429, 'rateLimited'],
  // Groq's, where its "flex" tier is full; Anthropic's.
  [498, 'overloaded'], [503, 'overloaded'], [529, 'overloaded']
])

type Words = { readonly [K in UpstreamKind]?: readonly string[] }

/** Words in a fault's `code` or `type` that are more specific than the status. */
export const TELLING_WORDS: Words = {
  unpaid: [
    'insufficient_quota', 'billing_not_active', 'billing_hard_limit_reached', 'exceeded_current_quota_error', 'billing_error',
    'insufficient_balance', 'insufficient_credits'
  ],
  contextLength: [
    'context_length_exceeded', 'exceed_context_size_error', 'request_too_large', 'string_above_max_length', 'tokens_limit_reached'
  ],
  contentFilter: [
    'content_filter', 'content_policy_violation', 'moderation_blocked', 'invalid_prompt', 'data_inspection_failed', 'ResponsibleAIPolicyViolation',
    // Gemini
    'SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'IMAGE_SAFETY'
  ],
  overloaded: [
    'server_is_overloaded', 'overloaded_error', 'overloaded', 'engine_overloaded_error', 'capacity_exceeded', 'service_tier_capacity_exceeded', 'slow_down',
    'service_unavailable',
    // AWS
    'ModelNotReadyException', 'ServiceUnavailableException'
  ],
  timeout: ['ModelTimeoutException'],
  // AWS sends most of these with status 400 or 424.
  rateLimited: ['ThrottlingException', 'ServiceQuotaExceededException'],
  refusedKey: ['AccessDeniedException', 'ExpiredTokenException', 'UnrecognizedClientException'],
  failed: ['ModelErrorException', 'ModelStreamErrorException'],
  badShape: ['max_output_tokens', 'MAX_TOKENS']
}

/** Words that mean this only with status 400 or 404, or without a status; with others, they are about our key. */
export const MODEL_WORDS: readonly string[] = [
  'model_not_found', 'model_not_supported', 'model_decommissioned', 'invalid_model', 'unknown_model', 'DeploymentNotFound', 'ModelNotFoundException'
]

/** Within a stream, a fault has a word instead of a status. */
export const WORDS: Words = {
  rateLimited: ['rate_limit_error', 'rate_limit_exceeded', 'too_many_requests', 'RESOURCE_EXHAUSTED', 'RATE_LIMITED', 'THROTTLED'],
  overloaded: ['UNAVAILABLE'],
  timeout: ['timeout_error', 'timeout', 'DEADLINE_EXCEEDED'],
  refusedKey: ['authentication_error', 'permission_error', 'invalid_api_key', 'UNAUTHENTICATED', 'PERMISSION_DENIED', 'FORBIDDEN'],
  invalidRequest: [
    'invalid_request_error', 'not_found_error', 'INVALID_ARGUMENT', 'NOT_FOUND', 'FAILED_PRECONDITION', 'ValidationException',
    // Of GraphQL
    'BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED',
    'ResourceNotFoundException'
  ],
  failed: ['api_error', 'server_error', 'internal_server_error', 'INTERNAL', 'InternalServerException']
}

interface Sentence {
  readonly kind: UpstreamKind
  readonly pattern: RegExp
  /** The statuses with which it means this; if omitted, any. A missing status always matches. */
  readonly statuses?: readonly number[]
}

const REFUSALS = [400, 403, 413, 422]

/** Some say it only in a sentence; this many characters of it are looked at. */
export const MAX_SENTENCE = 2000

export const SENTENCES: readonly Sentence[] = [
  // Not "exceeded your current quota", which Gemini also says for a limit per minute.
  { kind: 'unpaid', pattern: /credit balance|insufficient (?:balance|credits|funds)|used all available credits|spend(?:ing)? limit/i },
  // Google and xAI refuse a key with status 400.
  { kind: 'refusedKey', statuses: [400], pattern: /\bAPI key (?:not valid|not found|expired)\b|\b(?:incorrect|invalid) API key\b/i },
  // GitHub sends status 403 for too many requests.
  { kind: 'rateLimited', statuses: [403], pattern: /\brate limit exceeded\b|\bsecondary rate limit\b/i },
  {
    kind: 'contextLength',
    statuses: REFUSALS,
    pattern: /prompt is too long|maximum (?:context|prompt) length|context (?:length|window|limit|size)|input is too long|too many (?:input )?tokens|token count \W?\d+\W? exceeds|max_new_tokens` must be|must have less than \d+ tokens/i
  },
  {
    kind: 'contentFilter',
    statuses: REFUSALS,
    pattern: /content (?:management |filtering )?policy|content filter|flagged as potentially|input was flagged/i
  },
  // Anthropic: "model: claude-9". Mistral, Perplexity, LiteLLM: "Invalid model". Bedrock: "model identifier".
  {
    kind: 'modelNotFound',
    statuses: [400, 404],
    pattern: /^model: |\b(?:invalid|unknown|no such) model\b|\bmodel identifier\b|\bunable to access model\b/i
  },
  {
    kind: 'modelNotFound',
    statuses: [400, 404],
    pattern: /\bmodels?\b(?![-.])[^\n]{0,120}(?:\bnot found\b|\bdoes(?:n't| not) exist\b|\bnot exist\b|\bis not a valid model\b|\bdecommissioned\b|\bnot supported by any provider\b)/i
  },
  { kind: 'overloaded', statuses: [429, 500], pattern: /model (?:is )?(?:too busy|overloaded)|currently (?:loading|overloaded)/i }
]
