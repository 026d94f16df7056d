import type { RouteOptions } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { COMPONENT_REF } from './component.js'
import { codesByStatus, codesOfSchema, describe, headersFor, responseSchemas } from './schemas.js'
import type { ResponseSchema } from './schemas.js'

/** What @fastify/swagger writes for a route without responses. */
const SUCCESS = [['200', likeZod({ type: 'null', description: 'Default Response' })]] as const

/**
 * Adds all codes of a route to its options. A status that the route describes itself stays as it is.
 *
 * @param refers whether the envelope is a component of the document, to which responses can refer
 */
export function completeRoute (route: RouteOptions, codes: Iterable<ScaiErrorCode>, refers: boolean): void {
  const { response = {}, ...schema } = (route.schema ?? {}) as Record<string, unknown>
  const own = Object.entries(response as Record<string, object>).filter(([, schema]) => codesOfSchema(schema) === undefined)
  const errors = refers ? Array.from(codesByStatus(codes), toReference) : Object.entries(responseSchemas(codes)).map(toInline)
  route.schema = { ...schema, response: Object.fromEntries([...errors, ...own.length === 0 ? SUCCESS : own]) }
}

/** The component, narrowed to these codes. */
function toReference ([status, codes]: readonly [number, readonly ScaiErrorCode[]]): [string, object] {
  const schema = {
    'x-response-description': describe(codes),
    allOf: [COMPONENT_REF, { properties: { error: { properties: { code: { enum: codes } } } } }]
  }
  // The header x-request-id is described in the component, once.
  const { 'x-request-id': _, ...headers } = headersFor(codes)
  return [String(status), likeZod(Object.keys(headers).length === 0 ? schema : { ...schema, headers })]
}

/** Names the examples by their codes, and makes the headers visible. */
function toInline ([status, schema]: [string, ResponseSchema]): [string, object] {
  const { examples, ...rest } = schema
  const named = Object.fromEntries(examples.map(value => [value.error.code, { value }]))
  return [status, likeZod({ ...rest, headers: schema.headers, 'x-examples': named })]
}

/**
 * The document of fastify-type-provider-zod takes only Zod's schemas. For it, this is one that has its own JSON
 * Schema.
 */
function likeZod (schema: object): object {
  return Object.defineProperty(schema, '_zod', {
    value: {
      def: { type: 'custom' },
      traits: new Set(['$ZodType']),
      toJSONSchema: () => ({ ...schema })
    }
  })
}
