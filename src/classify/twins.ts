import AjvCompiler from '@fastify/ajv-compiler'
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler'
import { MARK, constantsOf } from './unions.js'
import type { Alternative, Schemas } from './unions.js'

/** A validator as Fastify uses it: compiled by Ajv, or by a compiler of the user's own. */
export interface Validator {
  (data: unknown, context?: { parentData: object, parentDataProperty: string }): unknown
  errors?: readonly unknown[] | null
  /** What it was compiled from. Ajv's alone. */
  schema?: unknown
  $async?: true
}

/** A validator that reports all errors, and marks where the alternatives of unions begin. */
export interface Twin {
  readonly validator: Validator
  /** What the marks stand for, by their number. */
  readonly alternatives: readonly Alternative[]
}

/** The option `ajv` of `Fastify()`. */
export type AjvOptions = NonNullable<Parameters<BuildCompilerFromPool>[1]>
type Ajv = Parameters<NonNullable<AjvOptions['onCreate']>>[0]

/** How to compile the twin of a schema, by its validator. */
const recipes = new WeakMap<Validator, (schema: unknown, schemas: Schemas) => Twin>()
const twins = new WeakMap<Validator, Twin | undefined>()
const quoting = new WeakMap<Validator, boolean>()

/**
 * The option `ajv`, so that every validator which Fastify compiles with it may have a twin: the same
 * schema, under the same options, plugins, formats and keywords, but with all errors in place of the
 * first.
 *
 * All errors at once would make valid input up to 40 times slower to check, and let 1 MiB of hostile
 * input block the process for seconds. So the twin is compiled, and used, only once there is a fault.
 */
export function withTwins (options: AjvOptions = {}): AjvOptions {
  // JSON Type Definition has no such option.
  if (options.mode === 'JTD') return options
  const build = AjvCompiler()
  const alternatives: Alternative[] = []

  function compileTwin (schema: unknown, schemas: Schemas): Twin {
    const compile = build(schemas as Parameters<typeof build>[0], {
      plugins: [],
      ...options,
      customOptions: { ...options.customOptions, allErrors: true, verbose: false, logger: false },
      onCreate (ajv: Ajv) {
        options.onCreate?.(ajv)
        markAlternatives(ajv, schemas, alternatives)
      }
    } as AjvOptions)
    return { validator: (compile as unknown as CompilePart)({ schema }), alternatives }
  }

  return {
    ...options,
    onCreate (ajv: Ajv) {
      options.onCreate?.(ajv)
      for (const method of ['compile', 'getSchema'] as const) {
        const original = ajv[method].bind(ajv) as (...args: unknown[]) => Validator | undefined
        ajv[method] = ((...args: unknown[]) => {
          const validator = original(...args)
          if (validator !== undefined) {
            recipes.set(validator, compileTwin)
            quoting.set(validator, Boolean(options.customOptions?.$data))
          }
          return validator
        }) as never
      }
    }
  }
}

type CompilePart = (part: { schema: unknown }) => Validator

/**
 * The twin of a validator; `undefined` where it has none: it isn't Ajv's, or is asynchronous, or the
 * schema doesn't compile a second time.
 *
 * @param schemas the shared schemas of the route's scope, for `$ref`
 */
export function twinOf (validator: Validator, schemas: () => Schemas): Twin | undefined {
  if (!twins.has(validator)) twins.set(validator, compileTwin(validator, schemas))
  return twins.get(validator)
}

function compileTwin (validator: Validator, schemas: () => Schemas): Twin | undefined {
  if (validator.$async === true) return undefined
  try {
    return recipes.get(validator)?.(validator.schema, schemas())
  } catch {
    return undefined
  }
}

/** Whether the errors of a validator may hold values of the input: those of Ajv do, under `$data`. */
export function quotesInput (validator: Validator): boolean {
  const known = quoting.get(validator)
  if (known !== undefined) return known
  const quotes = refersToInput(validator.schema)
  quoting.set(validator, quotes)
  return quotes
}

function refersToInput (schema: unknown): boolean {
  try {
    return JSON.stringify(schema ?? null).includes('"$data"')
  } catch {
    return true
  }
}

type Rule = Extract<Ajv['RULES']['all'][string], object>
type CodeDefinition = Extract<Rule['definition'], { code: unknown }>

/**
 * Has the keywords whose faults are told by one (see unions.ts) report an error in front of those of
 * each alternative, or item: behind references, the paths alone don't tell what belongs together. If
 * the keyword is satisfied, Ajv drops it with all the others.
 */
function markAlternatives (ajv: Ajv, schemas: Schemas, alternatives: Alternative[]): void {
  for (const name of ['anyOf', 'oneOf', 'contains']) {
    const rule = ajv.RULES.all[name] as Rule
    const definition = rule.definition as CodeDefinition
    // All instances of Ajv share the definition; the rule is this one's.
    rule.definition = {
      ...definition,
      code (context, type) {
        const { keyword, schema, subschema, it } = context
        context.subschema = (application, valid) => {
          const { schemaProp } = application
          const alternative: unknown = schemaProp === undefined ? undefined : schema[schemaProp]
          const number = alternatives.push({ isFirst: schemaProp === 0, constants: constantsOf(alternative, it.schemaEnv.root.schema, () => schemas) }) - 1
          Object.assign(context, { keyword: MARK + number })
          context.error(true)
          Object.assign(context, { keyword })
          return subschema.call(context, application, valid)
        }
        definition.code(context, type)
      }
    }
  }
}
