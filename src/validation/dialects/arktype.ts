import { AUTHORED, always, is, isoDate, kinds, list, read, typeOf } from './kind.js'
import type { Dialect, Kind, Reported } from './kind.js'

/** The length of a string, or the number of a list's items. */
function length (end: 'max' | 'min'): (reported: Reported) => Kind {
  return ({ rule, data }) => ({ keyword: `${end}${Array.isArray(data) ? 'Items' : 'Length'}`, params: { limit: rule } })
}

/** A limit is exclusive if its description says so. */
function bound (end: 'max' | 'min'): (reported: Reported) => Kind {
  return ({ rule, expected }) => {
    const isExclusive = /^(?:less|more|greater) than/.test(String(expected))
    return { keyword: isExclusive ? `exclusive${end === 'max' ? 'Maximum' : 'Minimum'}` : `${end}imum`, params: { limit: rule } }
  }
}

const CLASSES: ReadonlyMap<unknown, string> = new Map([['an array', 'array'], ['a Date', 'date']])

/** The service's own rule, which describes what it expects; an additional property is one that should be removed. */
function predicate ({ expected }: Reported): Kind {
  if (expected === 'removed') return { keyword: 'false schema', params: {} }
  return { keyword: AUTHORED, params: {}, message: `must be ${String(expected)}` }
}

const KINDS = kinds({
  after: ({ rule }) => ({ keyword: 'formatMinimum', params: { limit: isoDate(rule) } }),
  before: ({ rule }) => ({ keyword: 'formatMaximum', params: { limit: isoDate(rule) } }),
  divisor: ({ rule }) => rule === 1 ? typeOf('integer') : { keyword: 'multipleOf', params: { multipleOf: rule } },
  domain: is('type', 'type', 'domain'),
  exactLength: is('length', 'limit', 'rule'),
  max: bound('max'),
  maxLength: length('max'),
  min: bound('min'),
  minLength: length('min'),
  pattern: ({ meta, expected }) => {
    const known = /^an? (email address|URL|UUID|ISO 8601 \S+|\w+ \(?hex\w*\)?)/.exec(String(expected))?.[1]
    return known === undefined || meta === undefined ? { keyword: 'pattern', params: {} } : { keyword: 'format', params: { format: known } }
  },
  predicate,
  proto: ({ expected }) => ({ keyword: 'type', params: { type: CLASSES.get(expected) ?? 'object' } }),
  required: is('required'),
  sequence: always('type', { type: 'array' }),
  union: ({ errors }) => ({ keyword: 'anyOf', params: { errors: list(errors).map(error => [error]), isAbsolute: true } }),
  unit: is('const', 'allowedValue', 'unit')
})

export const ARKTYPE: Dialect = {
  isOf: reported => ' arkKind' in reported,
  kindOf: reported => read(KINDS, reported['code'], reported, reported)
}
