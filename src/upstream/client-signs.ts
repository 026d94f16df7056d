import { read } from '../error/read.js'
import type { UpstreamKind } from './kinds.js'
import { signsOf, tableOf } from './signs.js'
import type { Signs } from './signs.js'

// Three tables, by the origin of such errors: only HTTP clients; any socket; anything.

/** What only an HTTP client, or an SDK around one, throws. */
export const clientSign = tableOf<UpstreamKind>({
  rows: {
    timeout: [
      'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ESOCKETTIMEDOUT',
      // We aborted the request. Since our client is still there, it was a deadline; the SDKs throw this for any signal.
      'UND_ERR_ABORTED', 'APIUserAbortError', 'ERR_CANCELED',
      // The SDKs' own timeouts: of OpenAI, Anthropic and Groq; of Mistral; of Cohere, which has no other sign.
      'APIConnectionTimeoutError', 'RequestTimeoutError', 'RequestAbortedError', 'CohereTimeoutError', '"timeout"',
      // Of axios.
      'ECONNABORTED'
    ],
    unreachable: [
      'UND_ERR_SOCKET', 'UND_ERR_INFO', 'UND_ERR_PRX_TLS',
      // Of fetch and the SDKs; their cause mostly tells more.
      'terminated', 'fetch failed', 'APIConnectionError', 'StripeConnectionError', 'ERR_NETWORK', 'AI_APICallError'
    ],
    modelNotFound: ['AI_NoSuchModelError'],
    contentFilter: ['ContentFilterFinishReasonError'],
    badShape: [
      'HTTPParserError', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_RES_EXCEEDED_MAX_SIZE', 'UND_ERR_HEADERS_OVERFLOW',
      'ERR_BODY_PARSE_FAILURE', 'ERR_BAD_RESPONSE', 'ERR_FR_TOO_MANY_REDIRECTS', 'ResponseValidationError', 'StripeAPIError',
      'AI_JSONParseError', 'AI_TypeValidationError', 'AI_InvalidResponseDataError', 'AI_EmptyResponseBodyError',
      'AI_NoObjectGeneratedError', 'AI_NoOutputGeneratedError', 'AI_NoContentGeneratedError', 'AI_InvalidStreamPartError', 'AI_UIMessageStreamError',
      // A model that calls a tool as it may not be called.
      'AI_NoSuchToolError', 'AI_InvalidToolInputError', 'AI_ToolCallRepairError',
      // OpenAI's helpers; Ollama, where a stream is cut.
      'LengthFinishReasonError', 'Did not receive done or success response in stream.'
    ],
    // Listed, so that their wrappers aren't taken for a failure of the provider.
    ourMistake: [
      'UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      'ERR_BAD_OPTION', 'ERR_BAD_OPTION_VALUE', 'AI_InvalidArgumentError', 'AI_InvalidPromptError', 'AI_LoadAPIKeyError',
      // Of fetch, for an address that it doesn't ask.
      'unknown scheme', 'not implemented... yet...'
    ]
  },
  patterns: [
    [/^HPE_/, 'badShape'],
    // The SDKs of OpenAI and compatible ones, if a response or a stream ends too early.
    [/^Attempted to iterate over a response with no body$|^(?:request|stream) ended without (?:sending any|producing a) /, 'badShape'],
    [/^missing finish_reason for choice \d+$|^Unexpected event order, got /, 'badShape'],
    // Of @fastify/reply-from, whose own codes aren't more specific.
    [/^FST_REPLY_FROM_\w*TIMEOUT$/, 'timeout'],
    [/^FST_REPLY_FROM_/, 'unreachable']
  ]
})

/** Errors of any socket: within an HTTP client's error the provider's, within a driver's the store's. */
export const networkSign = tableOf<UpstreamKind>({
  rows: {
    // That of a resolver; that of each address that was tried.
    timeout: ['ETIMEDOUT', 'ETIMEOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT'],
    unreachable: [
      'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN',
      'ECONNRESET', 'EPIPE', 'EPROTO', 'ENETRESET', 'ENOTCONN', 'ESHUTDOWN', 'EADDRNOTAVAIL', 'ERR_SOCKET_CLOSED',
      // A resolver's; nodemailer's; an open circuit of opossum.
      'ESERVFAIL', 'EREFUSED', 'ENODATA', 'ECONNECTION', 'EDNS', 'ESOCKET', 'EOPENBREAKER',
      'ERR_HTTP2_ERROR', 'ERR_HTTP2_PING_CANCEL', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_STREAM_CANCEL', 'ERR_HTTP2_GOAWAY_SESSION',
      // Certificates (X509 errors, documented in Node's tls).
      'CERT_CHAIN_TOO_LONG', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REJECTED', 'CERT_REVOKED', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED',
      'DEPTH_ZERO_SELF_SIGNED_CERT', 'HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED', 'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_GET_CRL', 'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
    ]
  },
  patterns: [
    [/^ERR_(?:SSL|TLS)_/, 'unreachable']
  ]
})

/** Errors that could be anybody's: a failure of the upstream only if the caller says that it comes from there. */
export const anybodysSign = tableOf<UpstreamKind>({
  rows: {
    // AbortSignal.timeout(), and many clients.
    timeout: ['TimeoutError', 'AbortError', 'ABORTED'],
    unreachable: ['ERR_STREAM_PREMATURE_CLOSE', 'ConnectionError', 'FetchError'],
    // Of JSON.parse; of Zod, Valibot, TypeBox (its 0.34, and 1.x), ArkType, and Effect; of the SDKs of Cohere and Elasticsearch.
    badShape: [
      'SyntaxError', 'ZodError', '$ZodError', 'ValiError', 'AssertError', 'TransformDecodeCheckError', 'TransformDecodeError', 'ParseError',
      'TraversalError', 'ArkErrors', 'SchemaError', 'JsonError', 'DeserializationError'
    ],
    ourMistake: ['ERR_INVALID_URL']
  },
  patterns: [
    // Of zlib, if an answer isn't compressed as its header says.
    [/^(?:Z_|ERR__ERROR_|ERR_BROTLI_)/, 'badShape']
  ]
})

/** Classes of the HTTP clients and SDKs; `common` are names that a class of the service may have, too. */
const clientClass = tableOf<'client' | 'common'>({
  rows: {
    common: ['HTTPError', 'RequestError', 'FetchError', 'ServiceException'],
    client: [
      'AxiosError', 'OpenAIError', 'AnthropicError', 'GroqError', 'TogetherError', 'MistralError', 'HTTPClientError', 'CohereError', 'InferenceClientError',
      'StripeError', 'ElasticsearchClientError',
      // Of Twilio, Discord and Supabase, which keep nothing of an answer but its status.
      'RestException', 'DiscordAPIError', 'AuthApiError', 'StorageApiError'
    ]
  },
  patterns: [[/^AI_[A-Z]/, 'client']]
})

/** Whether an error is of a class of the HTTP clients and SDKs, or of a class with the same name. */
export function isOfClientClass (signs: Signs): boolean {
  return clientClass(signs) !== undefined
}

/** Whether an error is of a class that only an HTTP client or an SDK has. */
export function isOfClientAlone (signs: Signs): boolean {
  return clientClass(signs) === 'client'
}

/** Whether this is a failure of a socket: a child process that isn't started in time has the same codes. */
export function isOfSocket (error: unknown, signs = signsOf(error)): boolean {
  const syscall = read(error, 'syscall')
  // A Unix domain socket has the codes of files.
  return syscall === 'connect' || (networkSign(signs) !== undefined && !(typeof syscall === 'string' && syscall.startsWith('spawn')))
}

/** The kind of failure that an error's own signs show, whoever made it. */
export function signIn (error: unknown, signs = signsOf(error)): UpstreamKind | undefined {
  return clientSign(signs) ?? networkSign(signs) ?? anybodysSign(signs) ?? (isOfSocket(error, signs) ? 'unreachable' : undefined)
}
