/** What an issue says besides its kind: `{ limit: 3 }`, `{ missingProperty: 'name' }`, … */
export type Params = Readonly<Record<string, unknown>>

/** What any validator reports, in Ajv's form. */
export interface Issue {
  /** The kind: Ajv's keyword; empty if the validator doesn't say. */
  readonly keyword: string
  /** The place in the input: a JSON pointer (RFC 6901). */
  readonly instancePath: string
  /** The place in the schema. */
  readonly schemaPath: string
  readonly params: Params
  readonly message?: unknown
  /** The invalid name, if the name is invalid and not a value. */
  readonly propertyName?: unknown
}

export function isRecord (value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null
}

/** The names and indexes of a JSON pointer. */
export function pointerNames (pointer: string): string[] {
  if (pointer === '') return []
  const names = pointer.slice(1).split('/')
  return pointer.includes('~') ? names.map(name => name.replaceAll('~1', '/').replaceAll('~0', '~')) : names
}

export function escapePointer (name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The pointer without its last step. */
export function parentOf (pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

/** Whether a pointer leads to the same place as another one, or below it. */
export function isWithin (pointer: string, around: string): boolean {
  return pointer === around || pointer.startsWith(around + '/')
}
