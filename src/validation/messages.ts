import { AUTHORED, INTERSECTION, UNTOLD } from './dialects/kind.js'
import { isRecord } from './issue.js'
import type { Issue, Params } from './issue.js'
import { count, ofType, oneOf, validFormat } from './terms.js'

/** `undefined` if something that the sentence needs is missing. */
type Message = (params: Params) => string | undefined

const NO_MATCH = 'does not match the required pattern'
const NO_BRANCH = 'does not match any of the allowed alternatives'
const NOT_VALID = 'is not valid'
/** The keyword of an issue whose sentence doesn't tell what the input is compared with. */
const WITHOUT_VALUE = 'withoutValue'

/** By Ajv's keyword, and a few keywords of our own for what only other validators report. They complete "query parameter …". */
const MESSAGES = table<Message>({
  additionalItems: limit(limit => `must have at most ${count(limit, 'item')}`),
  additionalProperties: () => 'is not allowed',
  anyOf: () => NO_BRANCH,
  const: by('allowedValue', value => oneOf([value])),
  contains: ({ minContains = 1, maxContains }) => maxContains === undefined
    ? `must contain at least ${count(minContains, 'valid item')}`
    : `must contain at least ${minContains} and at most ${count(maxContains, 'valid item')}`,
  dependencies: by('property', property => `is required where ${property} is present`),
  dependentRequired: by('property', property => `is required where ${property} is present`),
  discriminator: () => NO_BRANCH,
  enum: by('allowedValues', oneOf),
  exclusiveMaximum: limit(limit => `must be less than ${limit}`),
  exclusiveMinimum: limit(limit => `must be greater than ${limit}`),
  'false schema': () => 'is not allowed',
  format: by('format', validFormat),
  formatExclusiveMaximum: limit(limit => `must be earlier than ${limit}`),
  formatExclusiveMinimum: limit(limit => `must be later than ${limit}`),
  formatMaximum: limit(limit => `must not be later than ${limit}`),
  formatMinimum: limit(limit => `must not be earlier than ${limit}`),
  if: () => 'does not match the rules that apply to it',
  maximum: limit(limit => `must be at most ${limit}`),
  maxItems: limit(limit => `must have at most ${count(limit, 'item')}`),
  maxLength: limit(limit => `must have at most ${count(limit, 'character')}`),
  maxProperties: limit(limit => `must have at most ${count(limit, 'property', 'properties')}`),
  minimum: limit(limit => `must be at least ${limit}`),
  minItems: limit(limit => `must have at least ${count(limit, 'item')}`),
  minLength: limit(limit => `must have at least ${count(limit, 'character')}`),
  minProperties: limit(limit => `must have at least ${count(limit, 'property', 'properties')}`),
  multipleOf: by('multipleOf', multipleOf => `must be a multiple of ${multipleOf}`),
  not: () => 'is not allowed here',
  oneOf: () => 'must match exactly one of the allowed alternatives',
  pattern: () => NO_MATCH,
  propertyNames: () => 'is not an allowed name',
  required: () => 'is required',
  type: by('type', ofType),
  unevaluatedItems: limit(limit => `must have at most ${count(limit, 'item')}`),
  unevaluatedProperties: () => 'is not allowed',
  uniqueItems: () => 'must not contain the same item twice',

  // Ours
  endsWith: by('suffix', suffix => `must end with ${JSON.stringify(suffix)}`),
  [INTERSECTION]: () => NOT_VALID,
  includes: by('includes', includes => `must contain ${JSON.stringify(includes)}`),
  itemCount: limit(limit => `must have exactly ${count(limit, 'item')}`),
  length: limit(limit => `must have exactly ${count(limit, 'character')}`),
  lowercase: () => 'must be in lower case',
  nullable: () => 'must not be null',
  propertyName: () => 'has a name that is not allowed',
  startsWith: by('prefix', prefix => `must start with ${JSON.stringify(prefix)}`),
  tuple: limit(limit => `must have exactly ${count(limit, 'item')}`),
  uniqueItem: () => 'is in the list already',
  [UNTOLD]: () => NOT_VALID,
  uppercase: () => 'must be in upper case',
  [WITHOUT_VALUE]: ({ sentence }) => String(sentence)
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
  itemCount: 'does not have the required number of items',
  length: 'does not have the required length',
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
 * The sentence for an issue, from its kind alone. Never a value that the caller sent, never a regular
 * expression.
 *
 * @param quotes whether a text that isn't ours quotes the input
 */
export function messageFor ({ keyword, params, message }: Issue, quotes: (text: string) => boolean): string {
  if (keyword === AUTHORED) return authoredMessage(message, quotes)
  const sentence = MESSAGES.get(keyword)
  if (sentence === undefined) return foreignMessage(message, quotes)
  // In place of a reference, Yup reports the value of the input to which it refers.
  const isInput = params['isResolved'] === true && quotes(String(params['limit']))
  return (isInput ? undefined : sentence(params)) ?? MESSAGES_WITHOUT_VALUE.get(keyword) ?? NOT_VALID
}

/** An issue whose message doesn't tell what the input is compared with. */
export function withoutValue (issue: Issue): Issue {
  const sentence = MESSAGES_WITHOUT_VALUE.get(issue.keyword)
  if (sentence !== undefined) return { ...issue, keyword: WITHOUT_VALUE, params: { sentence } }
  // Nothing else that is known here tells; what isn't known might.
  return MESSAGES.has(issue.keyword) ? issue : { ...issue, keyword: UNTOLD, params: {} }
}

/** What the service's author wrote, as it is. */
export function authoredMessage (message: unknown, quotes: (text: string) => boolean): string {
  return isSentence(message, quotes) ? message : NOT_VALID
}

/** Whether a text of the service's author can be sent: it doesn't quote the input, and isn't a stack, or a dump of several lines. */
export function isSentence (message: unknown, quotes: (text: string) => boolean): message is string {
  return typeof message === 'string' && message !== '' && !/[\r\n]/.test(message) && !quotes(message)
}

/**
 * A validator's own sentence. One that speaks of a match shows its regular expression, one that speaks
 * of a value, or of what it received, shows that (Joi, TypeBox, Yup, Zod).
 */
export function foreignMessage (message: unknown, quotes: (text: string) => boolean): string {
  if (typeof message !== 'string' || /\breceived\b|\bvalue ["'`]/i.test(message)) return NOT_VALID
  return /\bmatch/i.test(message) ? NO_MATCH : authoredMessage(message, quotes)
}

/** A message that depends on a limit: a number, or a date. */
function limit (textOf: (limit: unknown) => string): Message {
  const text = by('limit', textOf)
  return params => isRecord(params['limit']) ? undefined : text(params)
}

/** How many texts are kept for each kind; schemas rarely have more. */
const MAX_TEXTS = 1000

/**
 * A message that depends on one param. Its texts are kept: making one, and then its JSON, costs four times as much
 * as everything else that is done for an error.
 */
function by (param: string, textOf: (value: unknown) => string): Message {
  const texts = new Map<unknown, string>()
  return params => {
    const value = params[param]
    if (value === undefined) return undefined
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
