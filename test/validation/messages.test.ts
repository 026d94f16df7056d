import t from 'tap'
import { toIssue } from '../../src/validation/foreign-issue.js'
import { messageFor, withoutValue } from '../../src/validation/messages.js'

// What the tables of details have no schema for.
for (const [keyword, params, message, expected] of [
  ['formatExclusiveMaximum', { limit: '2030-01-01' }, '', 'must be earlier than 2030-01-01'],
  ['formatExclusiveMinimum', { limit: '2030-01-01' }, '', 'must be later than 2030-01-01'],
  ['invalid_format', { format: 'starts_with', prefix: 'a' }, '', 'must start with "a"'],
  ['invalid_format', { format: 'ends_with', suffix: 'z' }, '', 'must end with "z"'],
  ['invalid_format', { format: 'includes', includes: 'm' }, '', 'must contain "m"'],
  ['invalid_format', { format: 'lowercase' }, '', 'must be in lower case'],
  ['invalid_format', { format: 'uppercase' }, '', 'must be in upper case'],
  ['invalid_format', { format: 'template_literal' }, '', 'does not match the required pattern'],
  ['custom', {}, undefined, 'is not valid'],
  ['custom', {}, 'must be odd', 'must be odd']
] as const) {
  t.test(`${keyword} ${JSON.stringify(params)} reads: ${expected}`, async t => {
    // Zod's kinds have its form, the others Ajv's.
    const form = keyword.startsWith('format')
      ? { keyword, instancePath: '', schemaPath: `#/${keyword}`, params }
      : { code: keyword, path: [], ...params }
    t.equal(messageFor(toIssue({ ...form, message }), () => false), expected)
  })
}

t.test('kinds that only validators other than Ajv report', async t => {
  for (const [keyword, expected] of [
    ['nullable', 'must not be null'], ['tuple', 'must have exactly 2 items'], ['length', 'must have exactly 2 characters'],
    ['allOf', 'is not valid']
  ] as const) {
    t.equal(messageFor({ keyword, instancePath: '', schemaPath: '', params: { limit: 2 } }, () => false), expected)
  }
})

t.test('a kind that lacks what its sentence needs', async t => {
  for (const [keyword, expected] of [
    ['maxLength', 'is too long'], ['type', 'is not valid'], ['enum', 'is not one of the allowed values']
  ] as const) {
    t.equal(messageFor({ keyword, instancePath: '', schemaPath: '', params: {} }, () => false), expected)
  }
  t.equal(
    messageFor({ keyword: 'enum', instancePath: '', schemaPath: '', params: { allowedValues: 'x' } }, () => false),
    'is not one of the allowed values'
  )
})

t.test('without its value, an unknown kind is not reported', async t => {
  t.equal(withoutValue({ keyword: 'isOdd', instancePath: '', schemaPath: '', params: {}, message: 'secret' }).keyword, 'untold')
})
