import type { FastifyRequest } from 'fastify'
import type { Formatter, Input } from '../validation/collect.js'
import type { Validator } from '../validation/collecting-validator.js'
import type { Schemas } from '../validation/schema-shape.js'
import { internalReader } from './internals.js'

/**
 * The input of a request, for the validation.
 *
 * @param limit the largest input, in bytes, for which more than the first error is looked for
 */
export function inputOf (request: FastifyRequest, limit: number): Input {
  return {
    small: isSmall(request, limit),
    limit,
    schemas: () => request.server.getSchemas() as Schemas,
    validatorOf ({ context }) {
      const validator: unknown = request.getValidationFunction(context)
      // A body may have a schema for each media type.
      return typeof validator === 'object'
        ? (validator as Record<string, Validator>)[String(request.mediaType)]
        : validator as Validator | undefined
    },
    dataOf: ({ property }) => request[property],
    formatter: () => formatterOf(request)
  }
}

/**
 * Whether the input is known to have at most this many bytes. A chunked or compressed body may have any
 * number, and so may a body without a length, which HTTP/2 allows, and hooks that decompress produce.
 */
function isSmall ({ raw: { headers, url = '' }, body }: FastifyRequest, limit: number): boolean {
  const isLengthKnown = headers['content-length'] !== undefined || body === undefined || body === null
  return isLengthKnown && headers['transfer-encoding'] === undefined && headers['content-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) + url.length <= limit
}

/** A route's context has its formatter. */
const contextOf = internalReader<{ schemaErrorFormatter?: Formatter }>('fastify.context')

function formatterOf (request: FastifyRequest): Formatter | undefined {
  const { schemaErrorFormatter } = contextOf(request)
  return schemaErrorFormatter?.name === 'defaultSchemaErrorFormatter' ? undefined : schemaErrorFormatter
}
