/** What a validator says of a fault beside its kind: `{ limit: 3 }`, `{ missingProperty: 'name' }`, … */
export type Params = Readonly<Record<string, unknown>>

/** A fault as a validator reports it: in Ajv's form; of another validator, as much as there is. */
export interface Issue {
  /** The kind of fault: Ajv's keyword, Zod's code; empty where the validator doesn't say. */
  readonly keyword: string
  /** The place in the input: a JSON pointer (RFC 6901). */
  readonly instancePath: string
  /** The place in the schema. */
  readonly schemaPath: string
  readonly params: Params
  readonly message?: unknown
  /** The name that is at fault, where it is one, rather than a value. */
  readonly propertyName?: unknown
}

/** How `fastify-type-provider-zod` marks its issues. */
const ZOD = Symbol.for('ZodFastifySchemaValidationError')

export function toIssue (reported: unknown): Issue {
  return isAjvIssue(reported) ? reported : fromForeign(reported)
}

function isAjvIssue (reported: unknown): reported is Issue {
  if (!isRecord(reported) || ZOD in reported) return false
  const { keyword, instancePath, schemaPath, params } = reported
  return typeof keyword === 'string' && typeof instancePath === 'string' && typeof schemaPath === 'string' && isRecord(params)
}

function fromForeign (reported: unknown): Issue {
  const { keyword, code, instancePath, schemaPath, params, message, path, [ZOD]: isZod } = (reported ?? {}) as Record<PropertyKey, unknown>
  // Joi and Zod, used without an adapter, give a path of names and indexes; Zod's code is its keyword.
  const pointer = Array.isArray(path) ? path.map(name => '/' + escapePointer(String(name))).join('') : text(instancePath)
  const issue = {
    keyword: text(keyword ?? code),
    // Zod's adapter writes the root as "/", which in a JSON pointer is a property without a name.
    instancePath: isZod === true && pointer === '/' ? '' : pointer,
    schemaPath: text(schemaPath),
    params: isRecord(params) ? params : keyword === undefined && isRecord(reported) ? reported : {},
    message
  }
  // Zod names the constant that points at no alternative, Ajv the union.
  return issue.params['discriminator'] === undefined ? issue : { ...issue, instancePath: parentOf(issue.instancePath) }
}

/** The pointer without its last step. */
export function parentOf (pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

function escapePointer (name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

export function isRecord (value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}

function text (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The names and indexes of a JSON pointer. */
export function pointerNames (pointer: string): string[] {
  if (pointer === '') return []
  const names = pointer.slice(1).split('/')
  return pointer.includes('~') ? names.map(name => name.replaceAll('~1', '/').replaceAll('~0', '~')) : names
}
