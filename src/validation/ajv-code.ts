import type { Ajv } from '@fastify/ajv-compiler'
import { shapeOf } from './schema-shape.js'
import type { Schemas } from './schema-shape.js'
import { MARK } from './union-tree.js'
import type { Mark } from './union-tree.js'

export type Rule = Extract<Ajv['RULES']['all'][string], object>
type CodeDefinition = Extract<Rule['definition'], { code: unknown }>
export type KeywordContext = Parameters<CodeDefinition['code']>[0]
/** Ajv's template tag for generated code, which its class exports beside itself. */
type CodeTag = (strings: TemplateStringsArray, ...values: unknown[]) => Code
export type Code = Exclude<Extract<Parameters<KeywordContext['gen']['if']>[0], object>, { str: string }>

export function codeTagOf (ajv: Ajv): CodeTag {
  return (ajv.constructor as unknown as { _: CodeTag })._
}

/** Has the code that Ajv generates call a function before it reports an error. */
export function countErrors (ajv: Ajv, count: () => void): void {
  const _ = codeTagOf(ajv)
  changeCode(ajv, Object.keys(ajv.RULES.all), (context, generate) => {
    const { gen, error } = context
    context.error = (...args) => {
      gen.code(_`${gen.scopeValue('func', { ref: count })}()`)
      error.apply(context, args)
    }
    generate()
  })
}

/**
 * Has the keywords that are read as a tree (see union-tree.ts) report an error in front of those of each
 * alternative, or item: behind references, the paths alone don't tell what belongs together. Where the
 * keyword is satisfied, Ajv drops it with all the others.
 *
 * @param marks where to put what is known of each alternative, by the number of its mark
 */
export function markAlternatives (ajv: Ajv, schemas: Schemas, marks: Mark[]): void {
  changeCode(ajv, ['anyOf', 'oneOf', 'contains'], (context, generate) => {
    const { keyword, schema, subschema, it } = context
    context.subschema = (application, valid) => {
      const { schemaProp } = application
      const alternative: unknown = schemaProp === undefined ? undefined : schema[schemaProp]
      const number = marks.push({ isFirst: schemaProp === 0, shape: shapeOf(alternative, it.schemaEnv.root.schema, schemas) }) - 1
      Object.assign(context, { keyword: MARK + number })
      context.error(true)
      Object.assign(context, { keyword })
      return subschema.call(context, application, valid)
    }
    generate()
  })
  changeCode(ajv, ['discriminator'], (context, generate) => {
    const { keyword, parentSchema, it, error } = context
    context.error = (append, params, paths) => {
      const number = marks.push({ isFirst: true, shape: shapeOf(parentSchema, it.schemaEnv.root.schema, schemas) }) - 1
      Object.assign(context, { keyword: MARK + number })
      error.call(context, true, params)
      Object.assign(context, { keyword })
      error.call(context, append, params, paths)
    }
    generate()
  })
}

type Change = (context: KeywordContext, generate: () => void, definition: CodeDefinition) => void

/**
 * Changes how this Ajv generates the code of keywords.
 *
 * @param change is given how the code would be generated so far, and calls it
 */
export function changeCode (ajv: Ajv, keywords: readonly string[], change: Change): void {
  const { rules: groups, post } = ajv.RULES
  // For each type of input, a keyword has a rule of its own.
  for (const rule of [...groups, post].flatMap(({ rules }) => rules)) {
    const { keyword, definition } = rule
    if (!keywords.includes(keyword) || !('code' in definition)) continue
    // All instances of Ajv share the definition; the rule is this one's.
    rule.definition = {
      ...definition,
      code (context, type) {
        change(context, () => definition.code(context, type), definition)
      }
    }
  }
}
