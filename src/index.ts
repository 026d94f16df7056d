export { defineErrors, errorCatalog } from './catalog/definition.js'
export { toScaiError } from './classify/classify.js'
export { scaiErrors, scaiErrors as default } from './plugin.js'
export { ScaiError, isScaiError } from './scai-error.js'
export { scaiServerOptions } from './server-options.js'
export { toErrorFrame } from './wire/event-stream.js'
export { ErrorEnvelopeSchema, errorResponses } from './wire/schemas.js'

export type {
  CatalogEntry, DefinedErrors, ErrorCatalog, ErrorDefinition, ErrorSource, RetryClass, ScaiErrorCatalog, ScaiErrorCode
} from './catalog/definition.js'
export type { ScaiErrorsOptions } from './plugin.js'
export type { ErrorDetail, ScaiErrorArguments, ScaiErrorOptions } from './scai-error.js'
export type { ScaiStreamItem, ScaiStreamSource } from './stream-source.js'
export type { ScaiStreamOptions } from './stream.js'
export type { PublishedError } from './wire/channel.js'
export type { ErrorFrameOptions, ServerSentEvent } from './wire/event-stream.js'
export type { ErrorEnvelope, ErrorResponses } from './wire/schemas.js'
