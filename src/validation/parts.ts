/** A part of a request that a schema may describe. */
export interface Part {
  /** Fastify's name for it, in schemas and in `validationContext`. */
  readonly context: 'params' | 'body' | 'querystring' | 'headers'
  /** The property of Fastify's request that has it. */
  readonly property: 'params' | 'body' | 'query' | 'headers'
  /** The field that stands for all of it. */
  readonly whole: string
  /** What a field in it begins with: OpenAPI's `in`. */
  readonly prefix: string
  /** What the message of a field in it begins with. */
  readonly label: string
}

export const BODY: Part = { context: 'body', property: 'body', whole: 'body', prefix: '', label: '' }

/** In the order in which Fastify validates them. */
export const PARTS: readonly Part[] = [
  { context: 'params', property: 'params', whole: 'path', prefix: 'path', label: 'path parameter' },
  BODY,
  { context: 'querystring', property: 'query', whole: 'query', prefix: 'query', label: 'query parameter' },
  { context: 'headers', property: 'headers', whole: 'header', prefix: 'header', label: 'header' }
]

const byContext: ReadonlyMap<unknown, Part> = new Map(PARTS.map(part => [part.context, part]))

/** The part that a failed validation is about, by Fastify's name; the body for any other name. */
export function partOf (context: unknown): Part {
  return byContext.get(context) ?? BODY
}
