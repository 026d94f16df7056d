import type { Ajv } from '@fastify/ajv-compiler'
import { changeCode, codeTagOf } from './ajv-code.js'
import type { Code, Rule } from './ajv-code.js'
import { FailedPlaces } from './failed-places.js'
import type { Aspect } from './failed-places.js'

/** Where one of these fails, a validator that stops at the first error looks no further at the place. */
const SIZES: ReadonlySet<string> = new Set(['maxItems', 'maxLength', 'maxProperties'])
/** And where one of these does, it doesn't look at what the value is made of. */
const VALUES: ReadonlySet<string> = new Set(['const', 'enum', 'exclusiveMaximum', 'maximum', 'not'])
const OF_VALUE: ReadonlySet<string> = new Set(['format', 'pattern'])

/** Keywords that go on where a size has failed: they cost nothing, and tell what the place itself lacks. */
const FREE: ReadonlySet<string> = new Set([...SIZES, 'minItems', 'minLength', 'minProperties', 'nullable', 'required', 'type'])

/** Keywords that look at the names of properties by patterns. */
const OF_NAMES: ReadonlySet<string> = new Set(['additionalProperties', 'patternProperties', 'unevaluatedProperties'])

/** Keywords of which a failing alternative, item or name isn't an error yet, and is one if the keyword itself fails. */
const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'contains', 'oneOf', 'propertyNames'])

const ASPECTS: readonly Aspect[] = ['#names', '#value']

/** A function of a user's keyword. */
type Check = ((...args: unknown[]) => unknown) & { errors?: unknown }

/**
 * Has validators that report all errors leave out what one that stops at the first error never comes to:
 * whatever else is asked of a value whose size has failed. `maxLength` protects a costly `pattern`,
 * `maxItems` protects `uniqueItems`, and so they must for all errors, too, whichever schema asks.
 *
 * The places whose sizes have failed are kept for the whole run, but for those of an alternative while others may
 * still be satisfied: whether the input is valid stays what Ajv says.
 *
 * @returns forgets the places, before each run
 */
export function guardSizes (ajv: Ajv): () => void {
  const _ = codeTagOf(ajv)
  const failed = new FailedPlaces()

  changeCode(ajv, Object.keys(ajv.RULES.all), (context, generate, { post }) => {
    const { gen, it, keyword, error, subschema } = context
    const places = gen.scopeValue('obj', { ref: failed })
    const place = it.errorPath.emptyStr() ? _`instancePath` : _`instancePath + ${it.errorPath}`
    const own: Aspect = it.propertyName === undefined ? '' : '#names'
    const has = (aspect: Aspect): Code => _`${places}.has(${place}, ${aspect})`
    const taken = UNIONS.has(keyword) ? gen.const('taken', _`[]`) : _`[]`

    context.error = (...args) => {
      // The mark in front of an alternative is reported as an error, too.
      if (context.keyword !== keyword) return error.apply(context, args)
      if (SIZES.has(keyword)) gen.code(_`${places}.add(${place}, ${own})`)
      else if (VALUES.has(keyword)) gen.code(_`${places}.add(${place}, ${own === '' ? '#value' : own})`)
      else if (UNIONS.has(keyword)) gen.code(_`${places}.restore(${taken})`)
      error.apply(context, args)
    }
    context.subschema = (application, valid) => {
      if (application.compositeRule !== true) return subschema.call(context, application, valid)
      const mark = gen.const('mark', _`${places}.mark()`)
      const result = subschema.call(context, application, valid)
      gen.code(_`${places}.takeBack(${mark}, ${taken})`)
      return result
    }
    // Where Ajv stops at the first error by itself, its code is nested already; what runs after all the others only sums up.
    if (!it.allErrors || FREE.has(keyword) || post === true) return generate()
    const isOver = [
      keyword === 'uniqueItems' ? _`${places}.hasWithin(${place})` : has(own),
      ...OF_VALUE.has(keyword) ? [has('#value')] : [],
      ...OF_NAMES.has(keyword) ? [has('#names')] : []
    ].reduce((one, other) => _`${one} || ${other}`)
    gen.if(_`!(${places}.some && (${isOver}))`, generate)
  })

  for (const rule of Object.values(ajv.RULES.all)) {
    if (typeof rule === 'object') guardFunctions(rule, failed)
  }
  return () => failed.clear()
}

/** The same for the functions of users' keywords, which may look at all that is below a place. */
function guardFunctions (rule: Rule, failed: FailedPlaces): void {
  const { definition } = rule
  if ('validate' in definition && definition.validate !== undefined) {
    rule.definition = { ...definition, validate: guarded(definition.validate as Check, failed) as never }
  }
  if ('compile' in definition && definition.compile !== undefined) {
    const compile = definition.compile as unknown as (...args: unknown[]) => Check
    rule.definition = { ...rule.definition, compile: ((...args: unknown[]) => guarded(compile(...args), failed)) as never }
  }
}

function guarded (check: Check, failed: FailedPlaces): Check {
  const guardedCheck: Check = function (this: unknown, ...args) {
    guardedCheck.errors = undefined
    const { instancePath } = args.at(-1) as { instancePath: string }
    if (failed.some && (failed.hasWithin(instancePath) || ASPECTS.some(aspect => failed.has(instancePath, aspect)))) return true
    const result = check.apply(this, args)
    guardedCheck.errors = check.errors
    return result
  }
  return guardedCheck
}
