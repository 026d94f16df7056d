import type { ScaiErrorCode } from '../catalog/definition.js'

/**
 * Errors of Fastify whose status tells the wrong story. All others (too large a body, an unknown
 * media type, a handler's timeout, …) become the canonical code of the status that Fastify gave them.
 */
export const fastifyCodes: Readonly<Record<string, { code: ScaiErrorCode, detail?: string }>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'VALIDATION_ERROR', detail: 'must not be empty' },
  // Also for a JSON body that carries `__proto__` or `constructor.prototype`.
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'VALIDATION_ERROR', detail: 'must be valid JSON' },
  // The service's own mistakes, for all that they come with status 400.
  FST_ERR_CTP_INSTANCE_ALREADY_STARTED: { code: 'INTERNAL_ERROR' },
  FST_ERR_INVALID_URL: { code: 'INTERNAL_ERROR' }
}
