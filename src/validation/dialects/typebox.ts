import { isRecord } from '../issue.js'
import type { Dialect, Kind, Reported } from './kind.js'
import { INTERSECTION, format, is, list, type } from './kind.js'

type Read = ReturnType<typeof is>

/** By number, the kinds of the errors of `@sinclair/typebox`; their limits stand in the schema. */
const KINDS: ReadonlyMap<unknown, Read> = new Map<unknown, Read>([
  [0, is('contains', 'minContains')],
  [1, is('contains', 'minContains')],
  [2, is('maxItems', 'limit', 'maxItems')],
  [3, is('contains', 'minContains')],
  [4, is('minItems', 'limit', 'minItems')],
  [5, is('uniqueItems')],
  [6, type('array')],
  [8, is('exclusiveMaximum', 'limit', 'exclusiveMaximum')],
  [9, is('exclusiveMinimum', 'limit', 'exclusiveMinimum')],
  [10, is('maximum', 'limit', 'maximum')],
  [11, is('minimum', 'limit', 'minimum')],
  [12, is('multipleOf')],
  [13, type('integer')],
  [14, type('boolean')],
  [20, type('date')],
  [22, is('exclusiveMaximum', 'limit', 'exclusiveMaximum')],
  [23, is('exclusiveMinimum', 'limit', 'exclusiveMinimum')],
  [24, is('maximum', 'limit', 'maximum')],
  [25, is('minimum', 'limit', 'minimum')],
  [26, is('multipleOf')],
  [27, type('integer')],
  [28, is('unevaluatedProperties')],
  [29, is(INTERSECTION)],
  [32, is('const', 'allowedValue', 'const')],
  [33, is('not')],
  [34, is('not')],
  [35, type('null')],
  [36, is('exclusiveMaximum', 'limit', 'exclusiveMaximum')],
  [37, is('exclusiveMinimum', 'limit', 'exclusiveMinimum')],
  [38, is('maximum', 'limit', 'maximum')],
  [39, is('minimum', 'limit', 'minimum')],
  [40, is('multipleOf')],
  [41, type('number')],
  [42, is('false schema')],
  [43, is('maxProperties', 'limit', 'maxProperties')],
  [44, is('minProperties', 'limit', 'minProperties')],
  [45, is('required')],
  [46, type('object')],
  [48, is('pattern')],
  [50, schema => format(String(schema['format']))(schema, {})],
  [51, is('maxLength', 'limit', 'maxLength')],
  [52, is('minLength', 'limit', 'minLength')],
  [53, is('pattern')],
  [54, type('string')],
  [56, is('tuple', 'limit', 'minItems')],
  [57, type('array')]
])

const UNION = 62

export const TYPEBOX: Dialect = {
  isOf: ({ type, schema, path }) => typeof type === 'number' && isRecord(schema) && typeof path === 'string',
  kindOf: ({ type, schema, errors }) => type === UNION ? union(errors) : KINDS.get(type)?.(schema as Reported, {})
}

/** The errors of the alternatives come one after the other, by iterators that can be used once. */
function union (errors: unknown): Kind {
  return { keyword: 'anyOf', params: { errors: list(errors).map(iterator => [...iterator as Iterable<unknown>]), isAbsolute: true } }
}
