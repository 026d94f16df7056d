import { isRecord } from '../issue.js'
import { record } from '../schema-shape.js'
import { AUTHORED, always, enumOf, is, isoDate, kinds, list, read, typeOf } from './kind.js'
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

/**
 * The service's own rule, which describes what it expects; an additional property is one that should be removed.
 * ArkType's own are those of unions of which it has asked one property, or the type. They tell their parts.
 */
function predicate (reported: Reported): Kind {
  const { expected } = reported
  if (expected === 'removed') return { keyword: 'false schema', params: {} }
  return (isOfUnion(reported) ? oneOf(String(expected)) : undefined) ?? { keyword: AUTHORED, params: {}, message: `must be ${String(expected)}` }
}

function isOfUnion (reported: Reported): boolean {
  return reported['code'] === 'predicate' && 'actual' in reported && isRecord(reported['meta'])
}

/** Of a union's property that can't be there, since what is around it is missing or no object: the error of that. */
function around ({ path, ctx }: Reported): Reported | undefined {
  let value: unknown = record(ctx)['root']
  for (const [depth, step] of list(path).entries()) {
    const isIndex = typeof step === 'number'
    const error = { ' arkKind': 'error', path: [...list(path)].slice(0, depth) }
    if (value === undefined) return { ...error, code: 'required' }
    if (!isRecord(value) || Array.isArray(value) !== isIndex) return { ...error, code: isIndex ? 'sequence' : 'domain', domain: 'object' }
    value = value[String(step)]
  }
  return undefined
}

/** Constants as JSON, or types: `"a", "b" or null`, `a number, a string or boolean`. */
function oneOf (expected: string): Kind | undefined {
  const parts = Array.from(expected.matchAll(/"(?:[^"\\]|\\.)*"|(?:an? )?[-+.\w]+/g), ([part]) => part)
    .filter(part => part !== 'or' && part !== 'undefined')
  const types = parts.map(part => part.replace(/^an? /, ''))
  if (types.every(type => TYPES.has(type))) return typeOf(types)
  try {
    return enumOf(parts.map(part => JSON.parse(part) as unknown))
  } catch {
    return undefined
  }
}

const TYPES: ReadonlySet<string> = new Set(['bigint', 'boolean', 'null', 'number', 'object', 'string', 'symbol'])

/** The alternatives; `never` has none. */
function union ({ errors }: Reported): Kind {
  const alternatives = list(errors)
  if (alternatives.length === 0) return { keyword: 'false schema', params: {} }
  return { keyword: 'anyOf', params: { errors: alternatives.map(error => [error]), isAbsolute: true } }
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
  union,
  unit: is('const', 'allowedValue', 'unit')
})

export const ARKTYPE: Dialect & { partsOf (reported: Reported): readonly unknown[] | undefined } = {
  isOf: reported => ' arkKind' in reported,
  kindOf: reported => read(KINDS, reported['code'], reported, reported),
  /** Of several errors in one, each. */
  partsOf (reported) {
    if (reported['code'] === 'intersection') return list(reported['errors'])
    const error = isOfUnion(reported) ? around(reported) : undefined
    return error && [error]
  }
}
