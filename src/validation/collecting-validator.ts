import AjvCompiler from '@fastify/ajv-compiler'
import type { Ajv, BuildCompilerFromPool } from '@fastify/ajv-compiler'
import { countErrors, markAlternatives } from './ajv-code.js'
import type { Schemas } from './schema-shape.js'
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
  const build = AjvCompiler()
  const marks: Mark[] = []

  let left = MAX_ERRORS
  function countError (): void {
    if (left-- === 0) throw new RangeError('Too many errors')
  }

  function compileCollecting (schema: unknown, schemas: Schemas): CollectingValidator {
    const compile = build(schemas as Parameters<typeof build>[0], {
      plugins: [],
      ...options,
      customOptions: { ...options.customOptions, allErrors: true, verbose: false, logger: false },
      onCreate (ajv: Ajv) {
        options.onCreate?.(ajv)
        countErrors(ajv, countError)
        markAlternatives(ajv, schemas, marks)
      }
    } as AjvOptions)
    const validate = (compile as unknown as CompilePart)({ schema })
    return {
      marks,
      validator (data, context) {
        left = MAX_ERRORS
        return validate(data, context) === true || { error: validate.errors }
      }
    }
  }

  const { $data = false, allErrors = false } = options.customOptions ?? {}
  const known: Traits = { quotesInput: $data, stopsAtFirst: !allErrors, compileCollecting }
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

type CompilePart = (part: { schema: unknown }) => Validator

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
