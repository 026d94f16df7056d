import type { FastifyInstance } from 'fastify'
import { ErrorEnvelopeSchema } from '../error/envelope-schema.js'

/** The envelope, as the one component of the OpenAPI document that every response refers to. */
const COMPONENT = {
  $id: 'ScaiErrorEnvelope',
  title: 'ScaiErrorEnvelope',
  ...ErrorEnvelopeSchema,
  // Swagger 2 has no `const`.
  properties: { ...ErrorEnvelopeSchema.properties, status: { type: 'string', enum: ['error'] } }
}

export const COMPONENT_REF = { $ref: `${COMPONENT.$id}#` }

const SWAGGER = '@fastify/swagger'

/**
 * Makes the component visible to a document that was registered before the plugin. Called when the plugin is
 * registered.
 *
 * @fastify/swagger reads the schemas of every scope in an onReady hook. By then ours isn't needed for
 * compiling, so it is in a scope of its own, where no compiler of the user's sees it.
 */
export function shareComponent (app: FastifyInstance): void {
  if (app.hasPlugin(SWAGGER)) app.register(async scope => { addComponent(scope) })
}

/**
 * Whether the document of a route sees the component. Called in an onReady hook: schemas are compiled by then,
 * and documents that were registered later, or within the route's scope, read theirs later.
 */
export function seesComponent (scope: FastifyInstance): boolean {
  return scope.hasPlugin(SWAGGER) && addComponent(scope)
}

/** Returns `false` if a schema of the user's has the name. */
function addComponent (scope: FastifyInstance): boolean {
  if (scope.getSchema(COMPONENT.$id) === undefined) {
    try {
      scope.addSchema(COMPONENT)
    } catch {
      // Fastify also adds it to the scopes below, one of which has it already. This one has it now.
    }
  }
  return (scope.getSchema(COMPONENT.$id) as { title?: unknown }).title === COMPONENT.title
}
