import type { Params } from './issues.js'

type Message = (params: Params) => string

const NO_MATCH = 'does not match the required pattern'
const NO_BRANCH = 'does not match any of the allowed alternatives'

const TYPE_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['array', 'an array'],
  ['bigint', 'an integer'],
  ['boolean', 'a boolean'],
  ['date', 'a date'],
  ['int', 'an integer'],
  ['integer', 'an integer'],
  ['null', 'null'],
  ['number', 'a number'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['string', 'a string']
])

const FORMAT_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['date-time', 'date and time'],
  ['datetime', 'date and time'],
  ['uri', 'URI'],
  ['url', 'URL'],
  ['uuid', 'UUID']
])

/** How many values of an enumeration are listed. */
const MAX_VALUES = 40

/** Ajv's keywords. The messages complete "query parameter …". */
const ajvMessages: Readonly<Record<string, Message>> = {
  additionalItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  additionalProperties: () => 'is not allowed',
  anyOf: () => NO_BRANCH,
  const: ({ allowedValue }) => oneOf([allowedValue]),
  contains: ({ minContains, maxContains }) => maxContains === undefined
    ? `must contain at least ${count(minContains, 'valid item')}`
    : `must contain at least ${minContains} and at most ${count(maxContains, 'valid item')}`,
  dependencies: ({ property }) => `is required where ${property} is present`,
  dependentRequired: ({ property }) => `is required where ${property} is present`,
  discriminator: () => NO_BRANCH,
  enum: ({ allowedValues }) => oneOf(allowedValues),
  exclusiveMaximum: ({ limit }) => `must be less than ${limit}`,
  exclusiveMinimum: ({ limit }) => `must be greater than ${limit}`,
  'false schema': () => 'is not allowed',
  format: ({ format }) => validFormat(format),
  formatMaximum: ({ limit }) => `must not be later than ${limit}`,
  formatMinimum: ({ limit }) => `must not be earlier than ${limit}`,
  if: () => 'does not match the rules that apply to it',
  maximum: ({ limit }) => `must be at most ${limit}`,
  maxItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  maxLength: ({ limit }) => `must have at most ${count(limit, 'character')}`,
  maxProperties: ({ limit }) => `must have at most ${count(limit, 'property', 'properties')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  minItems: ({ limit }) => `must have at least ${count(limit, 'item')}`,
  minLength: ({ limit }) => `must have at least ${count(limit, 'character')}`,
  minProperties: ({ limit }) => `must have at least ${count(limit, 'property', 'properties')}`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${multipleOf}`,
  not: () => 'is not allowed here',
  oneOf: () => 'must match exactly one of the allowed alternatives',
  pattern: () => NO_MATCH,
  propertyNames: () => 'is not an allowed name',
  required: () => 'is required',
  type: ({ type }) => ofType(type),
  unevaluatedItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  unevaluatedProperties: () => 'is not allowed',
  uniqueItems: () => 'must not contain the same item twice'
}

/** Zod's issue codes. None of them is an Ajv keyword. */
const zodMessages: Readonly<Record<string, Message>> = {
  invalid_format: ({ format }) => format === 'regex' ? NO_MATCH : validFormat(format),
  invalid_key: () => 'has a name that is not allowed',
  invalid_type: ({ expected }) => ofType(expected),
  invalid_union: () => NO_BRANCH,
  invalid_value: ({ values }) => oneOf(values),
  not_multiple_of: ({ divisor }) => `must be a multiple of ${divisor}`,
  too_big: ({ maximum, inclusive, origin }) => limited(origin, inclusive, maximum, ['at most', 'less than']),
  too_small: ({ minimum, inclusive, origin }) => limited(origin, inclusive, minimum, ['at least', 'greater than']),
  unrecognized_keys: () => 'is not allowed'
}

/**
 * The sentence for a fault, from its kind alone. Never a value that the caller sent, never a regular
 * expression.
 *
 * @returns `undefined` for a kind that is not known
 */
export function messageFor (keyword: string, params: Params): string | undefined {
  const messages = Object.hasOwn(ajvMessages, keyword) ? ajvMessages : zodMessages
  return Object.hasOwn(messages, keyword) ? messages[keyword]?.(params) : undefined
}

/**
 * A validator's own sentence, for want of a better one. One that speaks of a match shows its regular
 * expression, one that speaks of a value, or of what it received, shows that (Joi, TypeBox, Yup, Zod).
 */
export function foreignMessage (message: unknown): string {
  if (typeof message !== 'string' || message === '' || /\breceived\b|\bvalue ["'`]/i.test(message)) return 'is not valid'
  return /\bmatch/i.test(message) ? NO_MATCH : message
}

function oneOf (values: unknown): string {
  if (!Array.isArray(values)) return 'is not one of the allowed values'
  const listed = values.slice(0, MAX_VALUES).map(value => typeof value === 'bigint' ? String(value) : JSON.stringify(value) ?? String(value))
  if (values.length > MAX_VALUES) listed.push('…')
  return listed.length === 1 ? `must be ${listed[0]}` : `must be one of: ${listed.join(', ')}`
}

function ofType (type: unknown): string {
  const names = [type].flat().map(name => TYPE_NAMES.get(name) ?? `a ${name}`)
  return `must be ${names.join(' or ')}`
}

function validFormat (format: unknown): string {
  return `must be a valid ${FORMAT_NAMES.get(format) ?? format}`
}

function limited (origin: unknown, inclusive: unknown, limit: unknown, [including, excluding]: [string, string]): string {
  if (origin === 'string') return `must have ${including} ${count(limit, 'character')}`
  if (origin === 'array' || origin === 'set') return `must have ${including} ${count(limit, 'item')}`
  return `must be ${inclusive ? including : excluding} ${limit}`
}

function count (limit: unknown, one: string, many = `${one}s`): string {
  return `${limit} ${limit === 1 ? one : many}`
}
