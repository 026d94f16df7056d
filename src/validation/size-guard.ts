import type { Ajv } from '@fastify/ajv-compiler'
import { changeCode, codeTagOf } from './ajv-code.js'
import type { KeywordContext, Rule } from './ajv-code.js'
import { BELOW, FailedPlaces, VALUE, WHOLE, isLimit } from './failed-places.js'
import type { Level } from './failed-places.js'
import { chooserOf } from './meant.js'
import { record, shapeOf } from './schema-shape.js'
import type { Schemas } from './schema-shape.js'

/** Keywords that are asked of every place: they cost nothing, and tell what the place itself lacks. */
const FREE = [
  'const', 'enum', 'exclusiveMaximum', 'exclusiveMinimum', 'maxItems', 'maxLength', 'maxProperties', 'maximum', 'minItems', 'minLength',
  'minProperties', 'minimum', 'multipleOf', 'nullable', 'required', 'type'
]
/** Keywords of which the schema, not the input, tells how much they look at. */
const BOUNDED = [
  'allOf', 'anyOf', 'dependencies', 'dependentRequired', 'dependentSchemas', 'discriminator', 'oneOf', 'prefixItems', 'properties'
]
const REFERENCES = ['$dynamicRef', '$recursiveRef', '$ref']
const DEAR = ['additionalItems', 'additionalProperties', 'format', 'items', 'pattern', 'patternProperties', 'propertyNames']
/** Keywords that would say something else if a part of what they ask were left out. */
const TURNING = ['contains', 'if', 'not']

/** The least failure at a place after which a keyword isn't asked there. All others, users' too, may look at what is below. */
const STOPPED_BY: ReadonlyMap<string, Level> = new Map<string, Level>([
  ...[...BOUNDED, ...REFERENCES].map(keyword => [keyword, WHOLE] as const),
  ...DEAR.map(keyword => [keyword, VALUE] as const)
])
const IS_FREE: ReadonlySet<string> = new Set(FREE)
const IS_TURNING: ReadonlySet<string> = new Set(TURNING)
const IS_CHEAP: ReadonlySet<string> = new Set([...FREE, ...BOUNDED, ...TURNING, 'else', 'then'])
/** Keywords whose parts may fail one by one, and have failed if the keyword does. */
const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'contains', 'oneOf'])

/**
 * Has validators that report all errors leave out what one that stops at the first error never comes to:
 * whatever else is asked of a value whose size, type or value has failed. `maxLength` protects a costly
 * `pattern`, `maxItems` protects `uniqueItems`, and so they must for all errors, too, whichever schema asks.
 *
 * Of what need not be satisfied (an alternative, an item of `contains`, a name) nothing is asked after its
 * first error, but of the alternative that was meant. Whether the input is valid stays what Ajv says.
 *
 * @param schemas the shared schemas that alternatives may refer to
 * @returns forgets the places, before each run
 */
export function guardSizes (ajv: Ajv, schemas: Schemas): () => void {
  const _ = codeTagOf(ajv)
  const failed = new FailedPlaces()
  const errors = _`vErrors`
  const placesIn = ({ gen }: KeywordContext): unknown => gen.scopeValue('obj', { ref: failed })
  const placeOf = ({ it }: KeywordContext): unknown => it.errorPath.emptyStr() ? _`instancePath` : _`instancePath + ${it.errorPath}`
  const isOver = (context: KeywordContext, level: Level) => {
    const places = placesIn(context)
    return _`(${places}.some || ${errors} !== null) && ${places}.isOver(${errors}, ${placeOf(context)}, ${level})`
  }

  changeCode(ajv, Object.keys(ajv.RULES.all), (context, generate, { post }) => {
    const { gen, it, keyword, schema, data, error, subschema } = context
    const [places, place] = [placesIn(context), placeOf(context)]
    const isUsers = !STOPPED_BY.has(keyword) && !IS_TURNING.has(keyword)
    const ask = (): void => {
      const taken = UNIONS.has(keyword) || isUsers ? gen.const('taken', _`[]`) : undefined
      const shapes = it.allErrors && Array.isArray(schema) && UNIONS.has(keyword)
        ? schema.map(alternative => shapeOf(alternative, it.schemaEnv.root.schema, schemas))
        : []
      const meant = shapes.length > 0
        ? gen.const('meant', _`${gen.scopeValue('func', { ref: chooserOf(shapes) })}(${data})`)
        : undefined
      context.error = (...args) => {
        if (taken === undefined || context.keyword !== keyword) return error.apply(context, args)
        const report = (): void => {
          gen.code(_`${places}.restore(${place}, ${taken})`)
          error.apply(context, args)
        }
        const { passing } = context.params
        // Several alternatives may be satisfied only because something wasn't asked.
        if (passing === undefined) report()
        else gen.if(_`${passing} !== null && ${isOver(context, BELOW)}`, () => context.reset(), report)
      }
      context.subschema = (application, valid) => {
        if (application.compositeRule !== true && !isUsers) return subschema.call(context, application, valid)
        const isMeant = meant === undefined ? false : _`${meant} === ${application.schemaProp}`
        gen.code(_`${places}.enter(${errors}, ${place}, ${isMeant}, ${application.propertyName !== undefined})`)
        const result = subschema.call(context, application, valid)
        gen.code(_`${places}.leave(${errors}, ${taken ?? _`[]`})`)
        return result
      }
      generate()
    }

    // Where Ajv stops at the first error by itself, its code is nested already.
    if (!it.allErrors) return ask()
    if (IS_FREE.has(keyword)) generate()
    // What runs after all the others only sums up, and may take errors back.
    else if (post === true) gen.code(_`${places}.read(${errors})`).block(generate)
    else gen.if(_`!(${isOver(context, levelFor(context))})`, ask)
    if (Boolean(context.$data) && isLimit(keyword)) gen.code(_`${places}.distrust(${errors}, ${place})`)
  })

  // The functions of users' keywords may look at all that is below a place.
  for (const group of ajv.RULES.rules) {
    group.rules = group.rules.flatMap(rule => isFunction(rule) ? [conditionFor(rule), rule] : [rule])
  }

  /** A rule in front of a user's function: the condition that it leaves open holds for the rest of the group. */
  function conditionFor ({ keyword, definition }: Rule): Rule {
    const code = (context: KeywordContext): void => {
      if (context.it.allErrors) context.gen.if(_`!(${isOver(context, BELOW)})`)
    }
    const { implements: others = [] } = definition
    return { keyword, definition: { keyword, type: [], schemaType: [], implements: others, code } }
  }
  return () => failed.clear()
}

function isFunction ({ definition }: Rule): boolean {
  return 'validate' in definition || 'compile' in definition
}

function levelFor ({ keyword, schema, parentSchema, it: { opts, self } }: KeywordContext): Level {
  if (IS_TURNING.has(keyword)) return isCheap(schema, self.RULES.all) ? WHOLE : BELOW
  if (keyword === 'additionalProperties') {
    if (typeof schema === 'boolean' && parentSchema['patternProperties'] === undefined) return WHOLE
    // It is asked like `not`.
    if (opts.removeAdditional === 'failing') return BELOW
  }
  // Ajv compares what can only be scalars without looking at each pair.
  if (keyword === 'uniqueItems' && isScalar(parentSchema['items'])) return VALUE
  return STOPPED_BY.get(keyword) ?? BELOW
}

function isScalar (schema: unknown): boolean {
  const { type } = record(schema)
  return type !== undefined && ![type].flat().some(type => type === 'array' || type === 'object')
}

/** Whether a schema, but for what it refers to, asks nothing that is dear. */
function isCheap (schema: unknown, rules: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(record(schema)).every(([name, inner]) => (rules[name] === undefined || IS_CHEAP.has(name)) && isCheap(inner, rules))
}
