import { isRecord } from '../issue.js'
import type { Params } from '../issue.js'
import { AUTHORED, enumOf, format, is, isoDate, kinds, read, type } from './kind.js'
import type { Dialect, Kind, Reported } from './kind.js'

/** A limit of a string, a list, a date or a number: Yup calls all of them `min` and `max`. */
function limited (end: 'max' | 'min'): (params: Reported) => Kind {
  return params => {
    const limit = params[end] ?? params['more'] ?? params['less']
    const { value } = params
    if (typeof value === 'string') return withLimit(`${end}Length`, limit, value)
    if (Array.isArray(value)) return withLimit(`${end}Items`, limit, value)
    if (value instanceof Date) return withLimit(end === 'max' ? 'formatMaximum' : 'formatMinimum', isoDate(limit), value)
    const isExclusive = params[end] === undefined
    return withLimit(isExclusive ? `exclusive${end === 'max' ? 'Maximum' : 'Minimum'}` : `${end}imum`, limit, value)
  }
}

/** The limit may be a reference to another value of the input (`Yup.ref`), which Yup has resolved. */
function withLimit (keyword: string, limit: unknown, value: unknown): Kind {
  return { keyword, params: { limit, isResolved: limit !== value } }
}

/** The same of an enumeration; Yup's text of its values still shows the references. */
function oneOf ({ resolved, values }: Reported): Kind {
  return enumOf(String(values).includes('Ref(') ? undefined : resolved)
}

const CASES: ReadonlyArray<readonly [words: RegExp, keyword: string]> = [[/\blower/i, 'lowercase'], [/\bupper/i, 'uppercase']]

const KINDS = kinds({
  datetime: format('date-time'),
  email: format('email'),
  exact: is('additionalProperties', 'additionalProperty', 'unknown'),
  integer: type('integer'),
  'is-value': ({ value }) => enumOf([value === 'true']),
  length: ({ length, value }) => withLimit(Array.isArray(value) ? 'itemCount' : 'length', length, value),
  matches: is('pattern'),
  max: limited('max'),
  min: limited('min'),
  noUnknown: ({ unknown }) => ({ keyword: 'additionalProperties', params: { additionalProperty: String(unknown).split(', ') } }),
  notOneOf: is('not'),
  nullable: is('nullable'),
  oneOf,
  optionality: is('required'),
  required: is('required'),
  // Both cases have the same name; only Yup's own sentence distinguishes them.
  string_case: (_params, { message }) => ({ keyword: CASES.find(([words]) => words.test(String(message)))?.[1] ?? 'pattern', params: {} }),
  trim: is('pattern'),
  typeError: is('type', 'type', 'type'),
  url: format('url'),
  uuid: format('uuid')
})

export const YUP: Dialect = {
  isOf: ({ type, params, inner }) => typeof type === 'string' && isRecord(params) && Array.isArray(inner),
  // A test with any other name is the service's own.
  kindOf: reported => read(KINDS, reported['type'], reported['params'] as Params, reported) ?? { keyword: AUTHORED, params: {} }
}
