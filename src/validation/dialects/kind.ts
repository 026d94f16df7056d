import type { Params } from '../issue.js'

/** What a library reports. */
export type Reported = Readonly<Record<PropertyKey, unknown>>

/** The kind of an issue in Ajv's words. */
export interface Kind {
  readonly keyword: string
  readonly params: Params
  /** The text of the service's own rule, instead of the library's. */
  readonly message?: string
}

/** How a library reports issues. */
export interface Dialect {
  isOf (reported: Reported): boolean
  /** `undefined` where the kind isn't known. */
  kindOf (reported: Reported): Kind | undefined
}

/** The keyword of an issue whose text the service's author wrote. */
export const AUTHORED = 'errorMessage'
/** The keyword of an issue that only says that there are others, of the parts of an intersection. */
export const INTERSECTION = 'allOf'
/** The keyword of an issue about which nothing more can be said. */
export const UNTOLD = 'untold'

type Read = (params: Params, reported: Reported) => Kind

/** A kind without params, or one whose param has another name in Ajv. */
export function is (keyword: string, param?: string, from?: string): Read {
  return params => ({ keyword, params: param === undefined ? {} : { [param]: params[from ?? param] } })
}

/** A kind whose param is always the same. */
export function always (keyword: string, params: Params): Read {
  return () => ({ keyword, params })
}

export const type = (type: unknown): Read => always('type', { type })
export const format = (format: string): Read => always('format', { format })

export type Kinds = ReadonlyMap<unknown, Read>

export function kinds (rows: Record<string, Read>): Kinds {
  return new Map<unknown, Read>(Object.entries(rows))
}

/** The kind that a table has for a name; `undefined` where it has none. */
export function read (table: Kinds, name: unknown, params: Params, reported: Reported): Kind | undefined {
  return table.get(name)?.(params, reported)
}

/** An enumeration. */
export function enumOf (allowedValues: unknown): Kind {
  return { keyword: 'enum', params: { allowedValues } }
}

/** The kind of a value of another type. */
export function typeOf (type: unknown): Kind {
  return { keyword: 'type', params: { type } }
}

/** A list, or an empty one for anything else. */
export function list (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A limit of dates, which may be one or its timestamp. */
export function isoDate (limit: unknown): unknown {
  const date = new Date(limit as Date | number | string)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
