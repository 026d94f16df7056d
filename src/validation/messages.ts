import { isRecord } from './issue.js'
import type { Issue, Params } from './issue.js'

type Message = (params: Params, message: unknown) => string

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

/** Formats whose name isn't what a person would call it; Ajv's, OpenAPI's and Zod's. */
const FORMAT_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['byte', 'base64 text'],
  ['cidrv4', 'IPv4 range'],
  ['cidrv6', 'IPv6 range'],
  ['date-time', 'date and time'],
  ['datetime', 'date and time'],
  ['double', 'number'],
  ['e164', 'phone number'],
  ['float', 'number'],
  ['guid', 'UUID'],
  ['int32', '32-bit integer'],
  ['int64', '64-bit integer'],
  ['ipv4', 'IPv4 address'],
  ['ipv6', 'IPv6 address'],
  ['iso-date-time', 'date and time'],
  ['iso-time', 'time'],
  ['json-pointer', 'JSON pointer'],
  ['json-pointer-uri-fragment', 'JSON pointer'],
  ['json_string', 'JSON text'],
  ['jwt', 'JWT'],
  ['regex', 'regular expression'],
  ['relative-json-pointer', 'relative JSON pointer'],
  ['uri', 'URI'],
  ['uri-reference', 'URI reference'],
  ['uri-template', 'URI template'],
  ['url', 'URL'],
  ['uuid', 'UUID']
])

/** What Zod calls formats, too. */
const ZOD_FORMATS = table<(params: Params) => string>({
  ends_with: ({ suffix }) => `must end with ${JSON.stringify(suffix)}`,
  includes: ({ includes }) => `must contain ${JSON.stringify(includes)}`,
  lowercase: () => 'must be in lower case',
  regex: () => NO_MATCH,
  starts_with: ({ prefix }) => `must start with ${JSON.stringify(prefix)}`,
  template_literal: () => NO_MATCH,
  uppercase: () => 'must be in upper case'
})

/** How many values of an enumeration are listed. */
const MAX_VALUES = 40

/** By Ajv's keyword, or Zod's issue code. They complete "query parameter …". */
const MESSAGES = table<Message>({
  additionalItems: by('limit', limit => `must have at most ${count(limit, 'item')}`),
  additionalProperties: () => 'is not allowed',
  anyOf: () => NO_BRANCH,
  const: by('allowedValue', value => oneOf([value])),
  contains: ({ minContains, maxContains }) => maxContains === undefined
    ? `must contain at least ${count(minContains, 'valid item')}`
    : `must contain at least ${minContains} and at most ${count(maxContains, 'valid item')}`,
  dependencies: by('property', property => `is required where ${property} is present`),
  dependentRequired: by('property', property => `is required where ${property} is present`),
  discriminator: () => NO_BRANCH,
  enum: by('allowedValues', oneOf),
  exclusiveMaximum: by('limit', limit => `must be less than ${limit}`),
  exclusiveMinimum: by('limit', limit => `must be greater than ${limit}`),
  'false schema': () => 'is not allowed',
  format: by('format', validFormat),
  formatExclusiveMaximum: by('limit', limit => `must be earlier than ${limit}`),
  formatExclusiveMinimum: by('limit', limit => `must be later than ${limit}`),
  formatMaximum: by('limit', limit => `must not be later than ${limit}`),
  formatMinimum: by('limit', limit => `must not be earlier than ${limit}`),
  if: () => 'does not match the rules that apply to it',
  maximum: by('limit', limit => `must be at most ${limit}`),
  maxItems: by('limit', limit => `must have at most ${count(limit, 'item')}`),
  maxLength: by('limit', limit => `must have at most ${count(limit, 'character')}`),
  maxProperties: by('limit', limit => `must have at most ${count(limit, 'property', 'properties')}`),
  minimum: by('limit', limit => `must be at least ${limit}`),
  minItems: by('limit', limit => `must have at least ${count(limit, 'item')}`),
  minLength: by('limit', limit => `must have at least ${count(limit, 'character')}`),
  minProperties: by('limit', limit => `must have at least ${count(limit, 'property', 'properties')}`),
  multipleOf: by('multipleOf', multipleOf => `must be a multiple of ${multipleOf}`),
  not: () => 'is not allowed here',
  oneOf: () => 'must match exactly one of the allowed alternatives',
  pattern: () => NO_MATCH,
  propertyNames: () => 'is not an allowed name',
  required: () => 'is required',
  type: by('type', ofType),
  unevaluatedItems: by('limit', limit => `must have at most ${count(limit, 'item')}`),
  unevaluatedProperties: () => 'is not allowed',
  uniqueItems: () => 'must not contain the same item twice',

  // Zod
  invalid_format: params => ZOD_FORMATS.get(params['format'])?.(params) ?? validFormat(params['format']),
  invalid_key: () => 'has a name that is not allowed',
  invalid_type: by('expected', ofType),
  invalid_union: () => NO_BRANCH,
  invalid_value: by('values', oneOf),
  not_multiple_of: by('divisor', divisor => `must be a multiple of ${divisor}`),
  too_big: ({ maximum, inclusive, origin }) => limited(origin, inclusive, maximum, ['at most', 'less than']),
  too_small: ({ minimum, inclusive, origin }) => limited(origin, inclusive, minimum, ['at least', 'greater than']),
  unrecognized_keys: () => 'is not allowed',

  // What the service's author wrote for it: with ajv-errors, and in Zod's refinements
  custom: (_params, message) => authored(message),
  errorMessage: (_params, message) => authored(message)
})

/** The same, where what the input is compared with may not be told. */
const MESSAGES_WITHOUT_VALUE = table<string>({
  const: 'is not one of the allowed values',
  enum: 'is not one of the allowed values',
  exclusiveMaximum: 'is too large',
  exclusiveMinimum: 'is too small',
  format: 'does not have the required format',
  formatExclusiveMaximum: 'is too late',
  formatExclusiveMinimum: 'is too early',
  formatMaximum: 'is too late',
  formatMinimum: 'is too early',
  maximum: 'is too large',
  maxItems: 'has too many items',
  maxLength: 'is too long',
  maxProperties: 'has too many properties',
  minimum: 'is too small',
  minItems: 'has too few items',
  minLength: 'is too short',
  minProperties: 'has too few properties',
  multipleOf: 'is not a multiple of the required number'
})

/**
 * The sentence for a fault, from its kind alone. Never a value that the caller sent, never a regular
 * expression.
 *
 * @param message the validator's own, for want of a better one
 */
export function messageFor (keyword: string, params: Params, message: unknown): string {
  return MESSAGES.get(keyword)?.(params, message) ?? foreignMessage(message)
}

/** An issue whose message doesn't tell what the input is compared with. */
export function withoutValue (issue: Issue): Issue {
  const message = MESSAGES_WITHOUT_VALUE.get(issue.keyword)
  // Nothing else that is known here tells; what isn't known might.
  return message === undefined && MESSAGES.has(issue.keyword) ? issue : { ...issue, keyword: 'errorMessage', params: {}, message }
}

/**
 * A validator's own sentence. One that speaks of a match shows its regular expression, one that speaks
 * of a value, or of what it received, shows that (Joi, TypeBox, Yup, Zod).
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

function authored (message: unknown): string {
  return typeof message === 'string' && message !== '' ? message : 'is not valid'
}

/** How many texts are kept for a kind of fault; what schemas compare with is rarely more. */
const MAX_TEXTS = 1000

/**
 * A message that depends on one thing. Its texts are kept: to put one together, and then to have it
 * written out as JSON, costs four times as much as the rest that is done for a fault.
 */
function by (param: string, textOf: (value: unknown) => string): Message {
  const texts = new Map<unknown, string>()
  return params => {
    const value = params[param]
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = textOf(value)
    // Arrays may be new ones each time.
    if (!isRecord(value) && texts.size < MAX_TEXTS) texts.set(value, text)
    return text
  }
}

function table<Value> (rows: Record<string, Value>): ReadonlyMap<unknown, Value> {
  return new Map(Object.entries(rows))
}
