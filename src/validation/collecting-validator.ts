import AjvCompiler from '@fastify/ajv-compiler'
import type { Ajv, BuildCompilerFromPool } from '@fastify/ajv-compiler'
import { countErrors, markAlternatives } from './ajv-code.js'
import type { Alternative, Schemas } from './union-tree.js'

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

/**
 * How many errors a twin may come upon, those of unions' alternatives included: a union in itself
 * multiplies them at each level, and the input's size doesn't tell.
 */
const MAX_ERRORS = 5000

/** The option `ajv` of `Fastify()`. */
export type AjvOptions = NonNullable<Parameters<BuildCompilerFromPool>[1]>

/** What is known of a validator by the Ajv that it is of. */
interface Origin {
  /** Whether its errors may hold values of the input: those of Ajv do, under `$data`. */
  readonly quotesInput: boolean
  /** Whether it reports but the first fault. */
  readonly stopsAtFirst: boolean
  compileTwin? (schema: unknown, schemas: Schemas): Twin
}

const origins = new WeakMap<Validator, Origin>()
const twins = new WeakMap<Validator, Twin | undefined>()

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

  let left = MAX_ERRORS
  function countError (): void {
    if (left-- === 0) throw new RangeError('Too many errors')
  }

  function compileTwin (schema: unknown, schemas: Schemas): Twin {
    const compile = build(schemas as Parameters<typeof build>[0], {
      plugins: [],
      ...options,
      customOptions: { ...options.customOptions, allErrors: true, verbose: false, logger: false },
      onCreate (ajv: Ajv) {
        options.onCreate?.(ajv)
        countErrors(ajv, countError)
        markAlternatives(ajv, schemas, alternatives)
      }
    } as AjvOptions)
    const validate = (compile as unknown as CompilePart)({ schema })
    return {
      alternatives,
      validator (data, context) {
        left = MAX_ERRORS
        return validate(data, context) === true || { error: validate.errors }
      }
    }
  }

  const { $data = false, allErrors = false } = options.customOptions ?? {}
  const origin: Origin = { quotesInput: $data, stopsAtFirst: !allErrors, compileTwin }
  return {
    ...options,
    onCreate (ajv: Ajv) {
      options.onCreate?.(ajv)
      for (const method of ['compile', 'getSchema'] as const) {
        const original = ajv[method].bind(ajv) as (...args: unknown[]) => Validator | undefined
        ajv[method] = ((...args: unknown[]) => {
          const validator = original(...args)
          if (validator !== undefined) origins.set(validator, origin)
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
    return origins.get(validator)?.compileTwin?.(validator.schema, schemas())
  } catch {
    return undefined
  }
}

/** What is known of a validator; of one that isn't Fastify's, as much as its schema tells. */
export function originOf (validator: Validator): Origin {
  let origin = origins.get(validator)
  if (origin === undefined) origins.set(validator, origin = { quotesInput: refersToInput(validator.schema), stopsAtFirst: false })
  return origin
}

function refersToInput (schema: unknown): boolean {
  try {
    return JSON.stringify(schema ?? null).includes('"$data"')
  } catch {
    return true
  }
}
