import type { ScaiErrorCode } from './definition.js'
import { protocolErrors } from './codes/http.js'

/** The statuses for which the reference has the natural code. */
const REFERENCE_CODES = {
  401: 'AUTH_TOKEN_INVALID',
  403: 'AUTHZ_PERMISSION_DENIED',
  422: 'VALIDATION_ERROR',
  424: 'MODULE_DEPENDENCY_UNAVAILABLE',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_ERROR',
  502: 'BACKEND_ERROR',
  503: 'SERVICE_UNAVAILABLE',
  504: 'BACKEND_TIMEOUT'
} as const satisfies Record<number, ScaiErrorCode>

const canonicalCodes = new Map<number, ScaiErrorCode>([
  ...Object.entries(protocolErrors).map(([code, { status }]) => [status, code] as [number, ScaiErrorCode]),
  ...Object.entries(REFERENCE_CODES).map(([status, code]) => [Number(status), code] as [number, ScaiErrorCode])
])

/**
 * The one code that stands for an error status which nobody gave a more telling code. A status that
 * isn't registered becomes `BAD_REQUEST` or `INTERNAL_ERROR`.
 *
 * @param hasCredentials whether the request has an Authorization header; without one, a 401 is
 *   `AUTH_TOKEN_MISSING`
 */
export function canonicalCode (status: number, hasCredentials = true): ScaiErrorCode {
  if (status === 401 && !hasCredentials) return 'AUTH_TOKEN_MISSING'
  return canonicalCodes.get(status) ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR')
}
