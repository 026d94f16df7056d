import { AUTHORED, enumOf, format, is, kinds, list, read, type, typeOf } from './kind.js'
import type { Dialect, Kind, Reported } from './kind.js'

const size = (keyword: string) => is(keyword, 'limit', 'requirement')

/** The size of a text is its length, that of a list the number of its items. */
function length (end: 'max' | 'min'): (params: Reported, reported: Reported) => Kind {
  return ({ requirement }, { input }) => ({ keyword: `${end}${Array.isArray(input) ? 'Items' : 'Length'}`, params: { limit: requirement } })
}

/** The most issues of a union that are looked at: a hostile body can cause one for each item of a list. */
const MAX_ISSUES = 1000

/** Valibot lists the allowed values as a type: `("a" | "b")`. */
function enumeration ({ expected, issues }: Reported): Kind {
  const values = String(expected).replace(/^\((.*)\)$/s, '$1').split(' | ').map(value => {
    try {
      return JSON.parse(value) as unknown
    } catch {
      return undefined
    }
  })
  if (!values.includes(undefined)) return enumOf(values)
  // It doesn't say which issues are of the same alternative: of many, none is the only one that was meant.
  if (list(issues).length > MAX_ISSUES) return { keyword: 'anyOf', params: {} }
  return { keyword: 'anyOf', params: { errors: list(issues).map(issue => [issue]) } }
}

/** An object's own issue: a missing or an additional property, which its path names. */
function property ({ expected }: Reported): Kind {
  if (expected === 'never') return { keyword: 'false schema', params: {} }
  if (expected === 'Object' || expected === 'Array') return typeOf(expected.toLowerCase())
  return { keyword: 'required', params: {} }
}

const KINDS = kinds({
  array: type('array'),
  bigint: type('integer'),
  boolean: type('boolean'),
  date: type('date'),
  enum: enumeration,
  literal: enumeration,
  loose_object: property,
  never: is('false schema'),
  null: type('null'),
  number: type('number'),
  object: property,
  picklist: enumeration,
  record: type('object'),
  strict_object: property,
  strict_tuple: property,
  string: type('string'),
  tuple: type('array'),
  union: enumeration,
  variant: enumeration,

  ends_with: is('endsWith', 'suffix', 'requirement'),
  finite: type('number'),
  gt_value: size('exclusiveMinimum'),
  includes: is('includes', 'includes', 'requirement'),
  integer: type('integer'),
  length: is('length', 'limit', 'requirement'),
  lt_value: size('exclusiveMaximum'),
  max_length: length('max'),
  max_size: size('maxItems'),
  max_value: size('maximum'),
  min_length: length('min'),
  min_size: size('minItems'),
  min_value: size('minimum'),
  multiple_of: is('multipleOf', 'multipleOf', 'requirement'),
  non_empty: (_params, { input }) => ({ keyword: Array.isArray(input) ? 'minItems' : 'minLength', params: { limit: 1 } }),
  regex: is('pattern'),
  safe_integer: type('integer'),
  starts_with: is('startsWith', 'prefix', 'requirement'),

  check: is(AUTHORED),
  check_items: is(AUTHORED),
  custom: is(AUTHORED),
  partial_check: is(AUTHORED),
  raw_check: is(AUTHORED),
  raw_transform: is(AUTHORED),

  ...Object.fromEntries([
    'base64', 'bic', 'credit_card', 'cuid2', 'email', 'emoji', 'ip', 'ipv4', 'ipv6', 'iso_week', 'mac', 'nanoid', 'ulid', 'url', 'uuid'
  ].map(name => [name, format(name.replaceAll('_', ' '))])),
  iso_date: format('date'),
  iso_date_time: format('date-time'),
  iso_time: format('time'),
  iso_time_second: format('time'),
  iso_timestamp: format('date-time')
})

export const VALIBOT: Dialect = {
  isOf: ({ kind, type, ...reported }) => typeof kind === 'string' && typeof type === 'string' && 'received' in reported,
  kindOf: reported => read(KINDS, reported['type'], reported, reported)
}
