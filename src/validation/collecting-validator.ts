import AjvCompiler from '@fastify/ajv-compiler'
import type { Ajv, BuildCompilerFromPool } from '@fastify/ajv-compiler'
import { countErrors, markAlternatives } from './ajv-code.js'
import { referredSchemas } from './referred-schemas.js'
import { own, record } from './schema-shape.js'
import type { Schemas } from './schema-shape.js'
import { guardSizes } from './size-guard.js'
import type { Mark } from './union-tree.js'

/** A validator as Fastify uses it: compiled by Ajv, or by a compiler of the user's own. */
export interface Validator {
  (data: unknown, context?: { parentData: object, parentDataProperty: string }): unknown
  errors?: readonly unknown[] | null
  /** What it was compiled from. Ajv's alone. */
  schema?: unknown
  $async?: true
}

/** A second validator of a schema, which reports all errors and marks where the alternatives of unions begin. */
export interface CollectingValidator {
  readonly validator: Validator
  /** What the marks stand for, by their number. */
  readonly marks: readonly Mark[]
}

/**
 * How many errors a collecting validator may come upon, those of unions' alternatives included: a union
 * in itself multiplies them at each level, and the input's size doesn't tell.
 */
const MAX_ERRORS = 5000

/** The option `ajv` of `Fastify()`. */
export type AjvOptions = NonNullable<Parameters<BuildCompilerFromPool>[1]>

/** What is known of a validator by the Ajv that compiled it. */
interface Traits {
  /** Whether its errors may hold values of the input: those of Ajv do, under `$data`. */
  readonly quotesInput: boolean
  /** Whether it reports only the first error. */
  readonly stopsAtFirst: boolean
  compileCollecting? (schema: unknown, schemas: Schemas): CollectingValidator
}

const traits = new WeakMap<Validator, Traits>()
const collectingValidators = new WeakMap<Validator, CollectingValidator | undefined>()

/**
 * The option `ajv`, so that every validator which Fastify compiles with it may have a collecting one: the
 * same schema, under the same options, plugins, formats and keywords, but with all errors in place of the
 * first.
 *
 * All errors at once would make valid input up to 40 times slower to check, and let 1 MiB of hostile
 * input block the process for seconds. So it is compiled, and used, only once the first validator has
 * reported an error.
 */
export function withCollectingValidators (options: AjvOptions = {}): AjvOptions {
  // JSON Type Definition has no such option.
  if (options.mode === 'JTD') return options
  const { $data = false, allErrors = false } = options.customOptions ?? {}
  const known: Traits = { quotesInput: $data, stopsAtFirst: !allErrors, compileCollecting: collectingCompiler(options) }
  return {
    ...options,
    onCreate (ajv: Ajv) {
      options.onCreate?.(ajv)
      for (const method of ['compile', 'getSchema'] as const) {
        const original = ajv[method].bind(ajv) as (...args: unknown[]) => Validator | undefined
        ajv[method] = ((...args: unknown[]) => {
          const validator = original(...args)
          if (validator !== undefined) traits.set(validator, known)
          return validator
        }) as never
      }
    }
  }
}

/** Compiles a schema, with the shared schemas that it refers to. */
type Compile = (schema: unknown, referred: Schemas) => Validator

/** Its instances of Ajv already know shared schemas; another one is made where it would know others by the same `$id`. */
function collectingCompiler (options: AjvOptions): (schema: unknown, schemas: Schemas) => CollectingValidator {
  const compilers: Array<{ readonly known: Record<string, unknown>, readonly compile: Compile }> = []
  const marks: Mark[] = []
  return (schema, schemas) => {
    const { $id } = record(schema)
    const referred = { ...referredSchemas(schema, schemas), ...typeof $id === 'string' && { [$id]: schema } }
    let compiler = compilers.find(({ known }) => Object.keys(referred).every(id => (own(known, id) ?? referred[id]) === referred[id]))
    if (compiler === undefined) {
      const known: Record<string, unknown> = {}
      compiler = { known, compile: createCompile(options, known, marks) }
      compilers.push(compiler)
    }
    return { marks, validator: compiler.compile(schema, referred) }
  }
}

/** @param known the shared schemas so far, by their `$id` */
function createCompile (options: AjvOptions, known: Record<string, unknown>, marks: Mark[]): Compile {
  let left = MAX_ERRORS
  let made: { readonly ajv: Ajv, readonly clear: () => void } | undefined
  AjvCompiler()({}, {
    plugins: [],
    ...options,
    // The first validator's compiler has looked for mistakes in the schemas; and code that runs once in a while
    // need not be optimized, which is a third of the cost of making it.
    customOptions: {
      ...options.customOptions,
      allErrors: true,
      verbose: false,
      logger: false,
      validateSchema: false,
      code: { ...options.customOptions?.code, optimize: false }
    },
    onCreate (created: Ajv) {
      options.onCreate?.(created)
      countErrors(created, () => {
        if (left-- === 0) throw new RangeError('Too many errors')
      })
      markAlternatives(created, known, marks)
      made = { ajv: created, clear: guardSizes(created, known) }
    }
  } as AjvOptions)

  const { ajv, clear } = made!
  return (schema, referred) => {
    for (const [id, shared] of Object.entries(referred)) {
      if (own(known, id) === undefined && shared !== schema) ajv.addSchema(shared as object)
      known[id] = shared
    }
    const { $id } = record(schema)
    const validate = (typeof $id === 'string' ? ajv.getSchema($id) : undefined) ?? ajv.compile(schema as object)
    return (data, context) => {
      left = MAX_ERRORS
      clear()
      return validate(data, context as never) === true || { error: validate.errors }
    }
  }
}

/**
 * The collecting validator beside a validator; `undefined` where there is none: the validator isn't Ajv's,
 * or is asynchronous, or the schema doesn't compile a second time.
 *
 * @param schemas the shared schemas of the route's scope, for `$ref`
 */
export function collectingValidatorOf (validator: Validator, schemas: () => Schemas): CollectingValidator | undefined {
  if (!collectingValidators.has(validator)) collectingValidators.set(validator, compileBeside(validator, schemas))
  return collectingValidators.get(validator)
}

function compileBeside (validator: Validator, schemas: () => Schemas): CollectingValidator | undefined {
  if (validator.$async === true) return undefined
  try {
    return traits.get(validator)?.compileCollecting?.(validator.schema, schemas())
  } catch {
    return undefined
  }
}

/** What is known of a validator; of one that isn't Fastify's, as much as its schema tells. */
export function traitsOf (validator: Validator): Traits {
  let known = traits.get(validator)
  if (known === undefined) traits.set(validator, known = { quotesInput: refersToInput(validator.schema), stopsAtFirst: false })
  return known
}

function refersToInput (schema: unknown): boolean {
  try {
    return JSON.stringify(schema ?? null).includes('"$data"')
  } catch {
    return true
  }
}
