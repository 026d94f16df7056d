const TYPE_NAMES: ReadonlyMap<unknown, string> = new Map([
  ['array', 'an array'],
  ['bigint', 'an integer'],
  ['boolean', 'a boolean'],
  ['date', 'a date'],
  ['int', 'an integer'],
  ['integer', 'an integer'],
  ['nan', 'NaN'],
  ['null', 'null'],
  ['number', 'a number'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['string', 'a string']
])

/** Formats whose names aren't plain English: Ajv's, OpenAPI's and Zod's. */
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

/** The most values of an enumeration that are listed. */
const MAX_VALUES = 40

export function oneOf (values: unknown): string {
  if (!Array.isArray(values)) return 'is not one of the allowed values'
  const listed = values.slice(0, MAX_VALUES).map(written)
  if (values.length > MAX_VALUES) listed.push('…')
  return listed.length === 1 ? `must be ${listed[0]}` : `must be one of: ${listed.join(', ')}`
}

function written (value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value) ?? String(value)
}

export function ofType (type: unknown): string {
  const names = [type].flat().map(name => TYPE_NAMES.get(name) ?? `a ${name}`)
  return `must be ${names.join(' or ')}`
}

export function validFormat (format: unknown): string {
  return `must be a valid ${FORMAT_NAMES.get(format) ?? format}`
}

export function count (limit: unknown, one: string, many = `${one}s`): string {
  return `${limit} ${limit === 1 ? one : many}`
}
