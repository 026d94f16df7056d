import { JOI } from './joi.js'
import type { Dialect, Reported } from './kind.js'

/** Joi's own texts, without the label in front of each, and the types of their issues. */
export const TEXTS: Readonly<Record<string, string>> = {
  'contains a duplicate value': 'array.unique',
  'contains an invalid value': 'any.invalid',
  'does not contain at least one required match': 'array.hasUnknown',
  'does not match any of the allowed types': 'alternatives.match',
  'is not allowed': 'any.unknown',
  'is not allowed to be empty': 'string.empty',
  'is required': 'any.required',
  'length must be at least {limit} characters long': 'string.min',
  'length must be less than or equal to {limit} characters long': 'string.max',
  'length must be {limit} characters long': 'string.length',
  'matches more than one allowed type': 'alternatives.one',
  'must be a boolean': 'boolean.base',
  'must be a multiple of {multiple}': 'number.multiple',
  'must be a negative number': 'number.negative',
  'must be a number': 'number.base',
  'must be a positive number': 'number.positive',
  'must be a string': 'string.base',
  'must be a valid GUID': 'string.guid',
  'must be a valid dataUri string': 'string.dataUri',
  'must be a valid date': 'date.base',
  'must be a valid email': 'string.email',
  'must be a valid hostname': 'string.hostname',
  'must be a valid port': 'number.port',
  'must be a valid relative uri': 'string.uriRelativeOnly',
  'must be a valid uri': 'string.uri',
  'must be an array': 'array.base',
  'must be an integer': 'number.integer',
  'must be greater than or equal to {limit}': 'number.min',
  'must be greater than {limit}': 'number.greater',
  'must be in iso format': 'string.isoDate',
  'must be less than or equal to {limit}': 'number.max',
  'must be less than {limit}': 'number.less',
  'must contain a valid domain name': 'string.domain',
  'must contain at least {limit} items': 'array.min',
  'must contain less than or equal to {limit} items': 'array.max',
  'must contain {limit} items': 'array.length',
  'must have at least {limit} key{s}': 'object.min',
  'must have less than or equal to {limit} key{s}': 'object.max',
  'must not be a sparse array item': 'array.sparse',
  'must only contain alpha-numeric and underscore characters': 'string.token',
  'must only contain alpha-numeric characters': 'string.alphanum',
  'must only contain hexadecimal characters': 'string.hex',
  'must only contain lowercase characters': 'string.lowercase',
  'must only contain uppercase characters': 'string.uppercase',
  'must be of type object': 'object.base',
  'with value {text}': 'string.pattern.base'
}

const ROWS = Object.entries(TEXTS).map(([text, type]) => ({ type, pattern: patternOf(text) }))

function patternOf (text: string): RegExp {
  const pattern = text.replace('{s}', 's?').replace('{text}', '.*').replace(/\{(\w+)\}/, '(?<$1>-?\\d+(?:\\.\\d+)?)')
  return new RegExp(`^${pattern}$`, 's')
}

const LABELLED = /^"[^"]*" /

/**
 * Joi, by its Standard Schema: of each issue there is only the path and the text, which begins with a label. The path
 * itself is no label to send, since it is the field; and a part of it may look like a quotation.
 */
export const JOI_TEXT: Dialect = {
  isOf: reported => typeof reported['message'] === 'string' && LABELLED.test(reported['message']) &&
    Array.isArray(reported['path']) && Object.keys(reported).length === 2,
  kindOf (reported) {
    const message = String(reported['message'])
    const end = message.indexOf('" ')
    const text = message.slice(end + 2)
    for (const { type, pattern } of ROWS) {
      const match = pattern.exec(text)
      if (match !== null) return JOI.kindOf({ type, context: numbers(match.groups) })
    }
    return { keyword: '', params: {}, ...isPath(message.slice(1, end), reported) && { message: text } }
  }
}

function numbers (groups: Record<string, string> = {}): Reported {
  return Object.fromEntries(Object.entries(groups).map(([name, number]) => [name, Number(number)]))
}

/** Whether a label is the one that Joi makes of a path: `a.b[0]`. */
function isPath (label: string, { path }: Reported): boolean {
  const steps = (path as unknown[]).map(step => typeof step === 'number' ? `[${step}]` : `.${String(step)}`)
  return label === (steps.length === 0 ? 'value' : steps.join('').replace(/^\./, ''))
}
