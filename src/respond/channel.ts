import { channel } from 'node:diagnostics_channel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ScaiError } from '../error/scai-error.js'
import type { Settings } from './settings.js'

/** What is published on the diagnostics channel `fastify-scai-errors:error`. */
export interface PublishedError {
  /** The error as it is sent; what was thrown is its `cause`. */
  readonly error: ScaiError
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export const ERROR_CHANNEL = 'fastify-scai-errors:error'

const errors = channel(ERROR_CHANNEL)

/** Publishes an error that is about to be sent. Without subscribers it costs one check of the channel. */
export function publishError (error: ScaiError, request: FastifyRequest, reply: FastifyReply, { checkDrift }: Settings): void {
  checkDrift(error, request)
  if (errors.hasSubscribers) errors.publish({ error, request, reply } satisfies PublishedError)
}
