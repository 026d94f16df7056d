import type { ScaiErrorCode } from './catalog.js'
import { httpErrors } from './codes/http.js'

/** The statuses whose canonical code is one of the reference. */
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
  ...Object.entries(httpErrors).map(([code, { status }]) => [status, code] as [number, ScaiErrorCode]),
  ...Object.entries(REFERENCE_CODES).map(([status, code]) => [Number(status), code] as [number, ScaiErrorCode])
])

/** The statuses whose errors may carry `retry_after`. */
export const STATUSES_WITH_RETRY_AFTER = [429, 502, 503, 504] as const
export type StatusWithRetryAfter = typeof STATUSES_WITH_RETRY_AFTER[number]

/** Whether errors with this status may carry `retry_after`. */
export function carriesRetryAfter (status: number): status is StatusWithRetryAfter {
  return STATUSES_WITH_RETRY_AFTER.includes(status as StatusWithRetryAfter)
}

/** Whether this is the status of an error: an integer from 400 to 599. */
export function isErrorStatus (status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599
}

/** The request headers that an error depends on. */
export interface RequestHeaders {
  readonly authorization?: string | undefined
}

/** Whether the request has an Authorization header; true if the request is unknown. */
export function hasCredentials (headers: RequestHeaders | undefined): boolean {
  return headers === undefined || headers.authorization !== undefined
}

/**
 * The canonical code for an error status: every registered status has one. An unregistered status
 * becomes `BAD_REQUEST` or `INTERNAL_ERROR`.
 *
 * @param headers the request's; without an Authorization header, a 401 is `AUTH_TOKEN_MISSING`
 */
export function canonicalCode (status: number, headers?: RequestHeaders): ScaiErrorCode {
  if (status === 401 && !hasCredentials(headers)) return 'AUTH_TOKEN_MISSING'
  return canonicalCodes.get(status) ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR')
}
