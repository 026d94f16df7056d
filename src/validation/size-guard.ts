import type { Ajv } from '@fastify/ajv-compiler'
import { changeCode, codeTagOf } from './ajv-code.js'
import type { Rule } from './ajv-code.js'

/** Ajv evaluates these before what is dear: where one fails, a validator that stops at the first error is done with the place. */
const SIZES: ReadonlySet<string> = new Set(['maxItems', 'maxLength', 'maxProperties'])

/** Keywords that go on where a size has failed: they cost nothing, and tell what the place itself lacks. */
const FREE: ReadonlySet<string> = new Set([...SIZES, 'minItems', 'minLength', 'minProperties', 'nullable', 'required', 'type'])

/** Keywords of which a failing alternative isn't an error yet. */
const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'oneOf'])

/** A function of a user's keyword. */
type Check = ((...args: unknown[]) => unknown) & { errors?: unknown }

/**
 * Has validators that report all errors leave out what one that stops at the first error never comes to:
 * whatever else is asked of a value whose size has failed. `maxLength` protects a costly `pattern`,
 * `maxItems` protects `uniqueItems`, and so they must for all errors, too.
 *
 * One flag tells, for the whole run, that a size has failed at the place that is being looked at. It is
 * cleared for every other place, and kept from leaving an alternative: whether the input is valid stays
 * what Ajv says.
 *
 * @returns clears the flag, before each run
 */
export function guardSizes (ajv: Ajv): () => void {
  const _ = codeTagOf(ajv)
  const state = { failed: false }

  changeCode(ajv, Object.keys(ajv.RULES.all), (context, generate, { post }) => {
    const { gen, it, keyword, error, subschema } = context
    const failed = _`${gen.scopeValue('obj', { ref: state })}.failed`
    if (SIZES.has(keyword)) {
      context.error = (...args) => {
        gen.code(_`${failed} = true`)
        error.apply(context, args)
      }
    }
    context.subschema = (application, valid) => {
      const isElsewhere = application.dataProp !== undefined || application.data !== undefined
      if (!isElsewhere && application.compositeRule !== true && !UNIONS.has(keyword)) return subschema.call(context, application, valid)
      const before = gen.const('before', failed)
      if (isElsewhere) gen.code(_`${failed} = false`)
      const result = subschema.call(context, application, valid)
      gen.code(_`${failed} = ${before}`)
      return result
    }
    // Where Ajv stops at the first error by itself, its code is nested already; what runs after all the others only sums up.
    if (!it.allErrors || FREE.has(keyword) || post === true) generate()
    else gen.if(_`!${failed}`, generate)
  })

  for (const rule of Object.values(ajv.RULES.all)) {
    if (typeof rule === 'object') guardFunctions(rule, state)
  }
  return () => { state.failed = false }
}

/** The same for the functions of users' keywords. */
function guardFunctions (rule: Rule, state: { readonly failed: boolean }): void {
  const { definition } = rule
  if ('validate' in definition && definition.validate !== undefined) {
    rule.definition = { ...definition, validate: guarded(definition.validate as Check, state) as never }
  }
  if ('compile' in definition && definition.compile !== undefined) {
    const compile = definition.compile as unknown as (...args: unknown[]) => Check
    rule.definition = { ...rule.definition, compile: ((...args: unknown[]) => guarded(compile(...args), state)) as never }
  }
}

function guarded (check: Check, state: { readonly failed: boolean }): Check {
  const guardedCheck: Check = function (this: unknown, ...args) {
    guardedCheck.errors = undefined
    if (state.failed) return true
    const result = check.apply(this, args)
    guardedCheck.errors = check.errors
    return result
  }
  return guardedCheck
}
