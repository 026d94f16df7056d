// The codes of the queue, shared by the module that throws them and the gateway that relays them.

import { defineErrors } from 'fastify-scai-errors'
import type { DefinedErrors } from 'fastify-scai-errors'

export const queueErrors = defineErrors({
  SCAIQUEUE_SCOPE_PAUSED: { status: 503, message: 'This scope of the queue is paused', retry: 'yes', retryAfter: 'required', details: 'optional' },
  SCAIQUEUE_IDEMPOTENCY_CONFLICT: { status: 409, message: 'This idempotency key was used for another message' }
})

// From here on they are typed everywhere.
declare module 'fastify-scai-errors' {
  interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
}
