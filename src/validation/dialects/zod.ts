import type { Params } from '../issue.js'
import { AUTHORED, enumOf, is, isoDate, kinds, read } from './kind.js'
import type { Dialect, Kind } from './kind.js'

const SIZES = kinds({
  array: is('Items', 'limit'),
  set: is('Items', 'limit'),
  string: is('Length', 'limit')
})

function limited ({ origin, inclusive, maximum, minimum }: Params, { code }: { code?: unknown }): Kind {
  const [end, End] = code === 'too_big' ? ['max', 'Maximum'] : ['min', 'Minimum']
  const params = { limit: maximum ?? minimum }
  if (origin === 'date') return { keyword: `format${End}`, params: { limit: isoDate(params.limit) } }
  const size = SIZES.get(origin)?.(params, {})
  if (size !== undefined) return { ...size, keyword: `${end}${size.keyword}` }
  return { keyword: inclusive === false ? `exclusive${End}` : `${end}imum`, params }
}

/** More kinds that Zod calls formats. */
const FORMATS = kinds({
  ends_with: is('endsWith', 'suffix'),
  includes: is('includes', 'includes'),
  lowercase: is('lowercase'),
  regex: is('pattern'),
  starts_with: is('startsWith', 'prefix'),
  template_literal: is('pattern'),
  uppercase: is('uppercase')
})

const KINDS = kinds({
  custom: is(AUTHORED),
  invalid_element: is('contains'),
  invalid_format: params => read(FORMATS, params['format'], params, {}) ?? { keyword: 'format', params: { format: params['format'] } },
  invalid_key: is('propertyName'),
  invalid_type: is('type', 'type', 'expected'),
  // For a discriminated union with an unknown tag, the tags of its alternatives.
  invalid_union: ({ errors, matches, discriminator, options }) => discriminator === undefined || !Array.isArray(options)
    ? { keyword: matches === undefined ? 'anyOf' : 'oneOf', params: { errors, passingSchemas: matches } }
    : enumOf(options),
  invalid_value: is('enum', 'allowedValues', 'values'),
  not_multiple_of: is('multipleOf', 'multipleOf', 'divisor'),
  too_big: limited,
  too_small: limited,
  unrecognized_keys: is('additionalProperties', 'additionalProperty', 'keys')
})

export const ZOD: Dialect = {
  isOf: ({ code, path }) => typeof code === 'string' && Array.isArray(path),
  kindOf: reported => read(KINDS, reported['code'], reported, reported)
}
