import type { ScaiErrorCode } from '../error/catalog.js'
import { canonicalCode, hasCredentials } from '../error/status.js'
import type { RequestHeaders } from '../error/status.js'

interface Row {
  /** Our code; `undefined` if the error's status decides after all. */
  readonly code: ScaiErrorCode | ((headers: RequestHeaders | undefined) => ScaiErrorCode | undefined)
  /** What is wrong with the request's body. */
  readonly detail?: string
}

/** Like any other error with status 401. */
const unauthorized = (headers: RequestHeaders | undefined): ScaiErrorCode => canonicalCode(401, headers)

/**
 * Errors of Fastify and its plugins whose status is misleading or missing, by their code, or by their message
 * if they have no code. All others (a too large body, a rate limit, too much pressure, …) become the
 * canonical code of their status.
 */
const rows = new Map<unknown, Row>(Object.entries({
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'VALIDATION_ERROR', detail: 'must not be empty' },
  // Also for a JSON body that carries `__proto__` or `constructor.prototype`.
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'VALIDATION_ERROR', detail: 'must be valid JSON' },
  // Mistakes of the service, although their status is 400.
  FST_ERR_CTP_INSTANCE_ALREADY_STARTED: { code: 'INTERNAL_ERROR' },
  FST_ERR_INVALID_URL: { code: 'INTERNAL_ERROR' },

  // @fastify/jwt. A token may also come in a cookie: its status, without an Authorization header, would
  // say that there is none.
  FST_JWT_AUTHORIZATION_TOKEN_EXPIRED: { code: 'SESSION_EXPIRED' },
  FST_JWT_AUTHORIZATION_TOKEN_INVALID: { code: 'AUTH_TOKEN_INVALID' },
  FST_JWT_AUTHORIZATION_TOKEN_UNTRUSTED: { code: 'AUTH_TOKEN_INVALID' },
  // No token, or more than a token.
  FST_JWT_BAD_REQUEST: { code: unauthorized },
  FST_JWT_BAD_COOKIE_REQUEST: { code: unauthorized },

  // fast-jwt, whose errors have no status. Errors about its options and keys are mistakes of the service.
  FAST_JWT_EXPIRED: { code: 'SESSION_EXPIRED' },
  FAST_JWT_INACTIVE: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_ALGORITHM: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_CLAIM_TYPE: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_CLAIM_VALUE: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_CRIT_HEADER: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_PAYLOAD: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_INVALID_SIGNATURE: { code: 'AUTH_TOKEN_INVALID' },
  // Also for a payload that can't be signed, which isn't the fault of a client without a token.
  FAST_JWT_INVALID_TYPE: { code: headers => hasCredentials(headers) ? 'AUTH_TOKEN_INVALID' : undefined },
  FAST_JWT_MALFORMED: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_MISSING_REQUIRED_CLAIM: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_MISSING_SIGNATURE: { code: 'AUTH_TOKEN_INVALID' },
  FAST_JWT_VERIFY_ERROR: { code: 'AUTH_TOKEN_INVALID' },

  // @fastify/multipart: 406 is for what a client accepts, not for what it sends.
  FST_INVALID_MULTIPART_CONTENT_TYPE: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  FST_INVALID_JSON_FIELD_ERROR: { code: 'VALIDATION_ERROR', detail: 'must have valid JSON in the fields that say so' },
  // As a JSON body that carries `__proto__`.
  FST_PROTO_VIOLATION: { code: 'VALIDATION_ERROR', detail: 'must not have fields with such names' },
  // Its parser, whose errors have only a message.
  'Multipart: Boundary not found': { code: 'VALIDATION_ERROR', detail: 'must have a boundary' },
  'The needle cannot have a length bigger than 256.': { code: 'VALIDATION_ERROR', detail: 'must have a shorter boundary' },
  'Unexpected end of multipart data': { code: 'VALIDATION_ERROR', detail: 'must be complete' },
  'Part terminated early due to unexpected end of multipart data': { code: 'VALIDATION_ERROR', detail: 'must be complete' }
} satisfies Record<string, Row>))

/** The row of an error of Fastify or one of its plugins, by its code or its message. */
export function findRow (sign: unknown): Row | undefined {
  return rows.get(sign)
}
