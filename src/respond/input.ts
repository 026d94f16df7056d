import type { FastifyRequest } from 'fastify'
import type { Input } from '../validation/collect.js'
import type { Validator } from '../validation/collecting-validator.js'
import type { Schemas } from '../validation/schema-shape.js'

/**
 * The input of a request, as the validation wants it.
 *
 * @param limit up to how many bytes more than the first fault is looked for
 */
export function inputOf (request: FastifyRequest, limit: number): Input {
  return {
    small: isSmall(request.raw, limit),
    schemas: () => request.server.getSchemas() as Schemas,
    validatorOf ({ context }) {
      const validator: unknown = request.getValidationFunction(context)
      // A body may have a schema for each media type.
      return typeof validator === 'object' ? (validator as Record<string, Validator>)[String(request.mediaType)] : validator as Validator | undefined
    },
    dataOf: ({ property }) => request[property]
  }
}

/** Whether the input is known to have no more bytes than this: what is chunked or compressed may have any number. */
function isSmall ({ headers, url = '' }: FastifyRequest['raw'], limit: number): boolean {
  return headers['transfer-encoding'] === undefined && headers['content-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) + url.length <= limit
}
