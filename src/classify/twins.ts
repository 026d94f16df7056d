import AjvCompiler from '@fastify/ajv-compiler'
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler'

/** A validator as Fastify uses it: compiled by Ajv, or by a compiler of the user's own. */
export interface Validator {
  (data: unknown, context?: { parentData: object, parentDataProperty: string }): unknown
  errors?: readonly unknown[] | null
  /** What it was compiled from. Ajv's alone. */
  schema?: unknown
  $async?: true
}

/** The option `ajv` of `Fastify()`. */
export type AjvOptions = NonNullable<Parameters<BuildCompilerFromPool>[1]>
export type Schemas = Parameters<BuildCompilerFromPool>[0]

/** How to compile a validator's twin. */
const recipes = new WeakMap<Validator, (schemas: Schemas) => Validator>()
const twins = new WeakMap<Validator, Validator | undefined>()

/**
 * The option `ajv`, so that every validator which Fastify compiles with it may have a twin: the same
 * schema, under the same options, plugins, formats and keywords, but with all errors in place of the
 * first.
 *
 * All errors at once would make valid input up to 40 times slower to check, and let 1 MiB of hostile
 * input block the process for seconds. So the twin is compiled, and used, only once there is a fault.
 */
export function withTwins (options: AjvOptions = {}): AjvOptions {
  const { mode, customOptions, onCreate } = options
  // JTD has no such option; and with it set already, there is nothing to add.
  if (mode === 'JTD' || customOptions?.allErrors) return options
  const build = AjvCompiler()
  const all = { plugins: [], ...options, customOptions: { ...customOptions, allErrors: true, verbose: false } } as AjvOptions
  return {
    ...options,
    onCreate (ajv) {
      onCreate?.(ajv)
      const compile = ajv.compile.bind(ajv) as Compile
      const compileAndNote: Compile = (schema, meta) => {
        const validator = compile(schema, meta)
        recipes.set(validator, schemas => (build(schemas, all) as unknown as CompilePart)({ schema }))
        return validator
      }
      ajv.compile = compileAndNote as typeof ajv.compile
    }
  }
}

type Compile = (schema: unknown, meta?: boolean) => Validator
type CompilePart = (part: { schema: unknown }) => Validator

/**
 * The twin of a validator; `undefined` where it has none: it isn't Ajv's, or is asynchronous, or the
 * schema doesn't compile a second time.
 *
 * @param schemas the shared schemas of the route's scope, for `$ref`
 */
export function twinOf (validator: Validator, schemas: () => Schemas): Validator | undefined {
  if (!twins.has(validator)) twins.set(validator, compileTwin(validator, schemas))
  return twins.get(validator)
}

function compileTwin (validator: Validator, schemas: () => Schemas): Validator | undefined {
  if (validator.$async === true) return undefined
  try {
    return recipes.get(validator)?.(schemas())
  } catch {
    return undefined
  }
}
