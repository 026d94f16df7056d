export { defineErrors, errorCatalog } from './error/definition.js'
export { toScaiError } from './classify/classify.js'
export { scaiErrors, scaiErrors as default } from './plugin.js'
export { ScaiError, isScaiError } from './error/scai-error.js'
export { scaiServerOptions } from './server-options.js'
export { toErrorFrame } from './stream/frames.js'
export { ErrorEnvelopeSchema, errorResponses } from './openapi/schemas.js'

export type {
  CatalogEntry, DefinedErrors, ErrorCatalog, ErrorDefinition, ErrorSource, RetryClass, ScaiErrorCatalog, ScaiErrorCode
} from './error/definition.js'
export type { ScaiErrorsOptions } from './plugin.js'
export type { ErrorDetail, ScaiErrorArguments, ScaiErrorOptions } from './error/scai-error.js'
export type { ScaiStreamItem, ScaiStreamSource } from './stream/source.js'
export type { ScaiStreamOptions } from './stream/scai-stream.js'
export type { PublishedError } from './respond/channel.js'
export type { ErrorFrameOptions, ServerSentEvent } from './stream/frames.js'
export type { ErrorEnvelope, ErrorResponses } from './openapi/schemas.js'
