import type { ErrorDefinition } from '../definition.js'

/**
 * HTTP's own statuses (RFC 9110 and the IANA registry, 400–511) for which the reference has no
 * natural code: the registered phrase in capitals, so that an error from elsewhere keeps the status
 * that its author chose. 418 and 510 count as unregistered.
 */
export const httpErrors = {
  BAD_REQUEST: { status: 400, message: 'The request could not be understood' },
  PAYMENT_REQUIRED: { status: 402, message: 'Payment is required' },
  /** No route has this URL. A resource that a route looked for in vain has a code of its own. */
  NOT_FOUND: { status: 404, message: 'This URL does not exist on this server' },
  /** The URL has a route, but not for this method; the Allow header names those it has. */
  METHOD_NOT_ALLOWED: { status: 405, message: 'This URL does not support this method' },
  NOT_ACCEPTABLE: { status: 406, message: 'None of the accepted response formats is available' },
  PROXY_AUTHENTICATION_REQUIRED: { status: 407, message: 'Proxy authentication is required' },
  /** The client was too slow to send its request; a slow provider is BACKEND_TIMEOUT. */
  REQUEST_TIMEOUT: { status: 408, message: 'The request was not received in time', retry: 'yes' },
  CONFLICT: { status: 409, message: 'The request conflicts with the current state of the resource' },
  GONE: { status: 410, message: 'This resource is no longer available' },
  LENGTH_REQUIRED: { status: 411, message: 'The Content-Length header is required' },
  PRECONDITION_FAILED: { status: 412, message: 'A precondition of the request failed' },
  CONTENT_TOO_LARGE: { status: 413, message: 'The request body is too large' },
  URI_TOO_LONG: { status: 414, message: 'The URL is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'This media type is not supported' },
  RANGE_NOT_SATISFIABLE: { status: 416, message: 'The requested range is not available' },
  EXPECTATION_FAILED: { status: 417, message: 'The Expect header cannot be satisfied' },
  MISDIRECTED_REQUEST: { status: 421, message: 'The request was sent to the wrong server' },
  LOCKED: { status: 423, message: 'The resource is locked' },
  TOO_EARLY: { status: 425, message: 'The request was sent in TLS early data, send it again', retry: 'yes' },
  UPGRADE_REQUIRED: { status: 426, message: 'The client must switch to a different protocol' },
  PRECONDITION_REQUIRED: { status: 428, message: 'A conditional header such as If-Match is required' },
  REQUEST_HEADER_FIELDS_TOO_LARGE: { status: 431, message: 'The request headers are too large' },
  UNAVAILABLE_FOR_LEGAL_REASONS: { status: 451, message: 'This resource is unavailable for legal reasons' },
  NOT_IMPLEMENTED: { status: 501, message: 'This functionality is not implemented' },
  HTTP_VERSION_NOT_SUPPORTED: { status: 505, message: 'This HTTP version is not supported' },
  VARIANT_ALSO_NEGOTIATES: { status: 506, message: 'Content negotiation failed' },
  INSUFFICIENT_STORAGE: { status: 507, message: 'Not enough storage is available' },
  LOOP_DETECTED: { status: 508, message: 'The server detected an infinite loop' },
  NETWORK_AUTHENTICATION_REQUIRED: { status: 511, message: 'Network authentication is required' }
} as const satisfies Record<string, ErrorDefinition>
