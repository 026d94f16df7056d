import type { FastifyInstance } from 'fastify'
import { ErrorEnvelopeSchema } from '../error/envelope-schema.js'

/** The envelope as one component of the OpenAPI document, to which every response refers. */
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
 * Has a document that was registered before us see the component. Called where the plugin is registered.
 *
 * @fastify/swagger takes in the schemas of every scope, in an onReady hook. There, ours isn't needed any
 * more for compiling anything: so it lies in a scope of its own, where no compiler of a user's meets it.
 */
export function shareComponent (app: FastifyInstance): void {
  if (app.hasPlugin(SWAGGER)) app.register(async scope => { addComponent(scope) })
}

/**
 * Whether the document of a route sees the component. Called in an onReady hook: schemas are compiled by
 * then, and documents that were registered after us, or within the route's scope, look for theirs later.
 */
export function seesComponent (scope: FastifyInstance): boolean {
  return scope.hasPlugin(SWAGGER) && addComponent(scope)
}

/** Returns `false` where the name is taken by a schema of the user's. */
function addComponent (scope: FastifyInstance): boolean {
  if (scope.getSchema(COMPONENT.$id) === undefined) {
    try {
      scope.addSchema(COMPONENT)
    } catch {
      // Fastify hands it on to the scopes below, one of which has it already. This one has got it.
    }
  }
  return (scope.getSchema(COMPONENT.$id) as { title?: unknown }).title === COMPONENT.title
}
