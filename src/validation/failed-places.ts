import { parentOf } from './issue.js'
import { MARK } from './union-tree.js'

/**
 * How much of a place is over: something below it; its value, with all that is below it, but for what costs nothing; or all
 * of it.
 */
export type Level = 1 | 2 | 3
export const BELOW = 1
export const VALUE = 2
export const WHOLE = 3

/** Errors after which a validator that stops at the first one never comes to what is dear at their place. */
const LEVELS: ReadonlyMap<unknown, Level> = new Map<unknown, Level>([
  ...['additionalItems', 'const', 'enum', 'exclusiveMaximum', 'false schema', 'maxItems', 'maxLength', 'maxProperties', 'maximum', 'type']
    .map(keyword => [keyword, WHOLE] as const),
  ...[
    'anyOf', 'discriminator', 'exclusiveMinimum', 'format', 'minimum', 'multipleOf', 'not', 'oneOf', 'pattern', 'propertyNames'
  ].map(keyword => [keyword, VALUE] as const)
])

/** Beyond this length of a place, and this depth of unions, nothing is asked after an error: to keep account would cost more. */
const MAX_PLACE = 512
const MAX_SCOPES = 16

export function isLimit (keyword: string): boolean {
  return LEVELS.has(keyword)
}

/** Ajv's errors of a run of generated code. Under `not` and `if` they are empty. */
type Errors = ReadonlyArray<{ readonly keyword?: string, readonly instancePath?: string }> | null

/** The levels of places, each named by its JSON pointer. */
type Places = Map<string, Level>

/** What an alternative, an item or a name is asked that need not be satisfied; or the whole input. */
interface Scope {
  readonly around: Scope | undefined
  readonly depth: number
  readonly place: string
  /** Whether nothing more is asked after the first error. */
  readonly stops: boolean
  /** Whether it is about the name of a property, which has the place of the object. */
  readonly isName: boolean
  hasFailed: boolean
  places: Places
}

/**
 * The places in the input at which a validator that reports all errors has found what one that stops at the
 * first error would have stopped at, as its errors tell.
 */
export class FailedPlaces {
  /** Whether there may be any: asked by generated code before it makes a pointer. */
  some = false
  #scope = scopeIn()
  readonly #known = new Set<object>()

  clear (): void {
    this.some = false
    this.#scope = scopeIn()
    this.#known.clear()
  }

  /** Takes note of errors; those of before come first. */
  read (errors: Errors): void {
    for (let i = (errors?.length ?? 0) - 1; i >= 0 && !this.#known.has(errors![i]!); i--) {
      const { keyword, instancePath = '' } = errors![i]!
      this.#known.add(errors![i]!)
      // The mark in front of an alternative is reported as an error, too.
      if (keyword?.startsWith(MARK) === true) continue
      this.some = this.#scope.hasFailed = true
      const level = LEVELS.get(keyword)
      if (level !== undefined) this.#put(instancePath, level)
    }
  }

  /** Whether no more may be asked of a place that asks for so much. */
  isOver (errors: Errors, place: string, level: Level): boolean {
    this.read(errors)
    if ((this.#scope.stops && this.#scope.hasFailed) || place.length > MAX_PLACE || this.#scope.depth > MAX_SCOPES) return true
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.isName ? undefined : scope.around) {
      if ((scope.places.get(place) ?? 0) >= level || (level < WHOLE && isBelowFailed(scope.places, place))) return true
    }
    return false
  }

  /** Takes a place for failed, after any error: its limit is a value of the input, which may have failed itself. */
  distrust (errors: Errors, place: string): void {
    this.read(errors)
    for (let scope: Scope | undefined = this.#scope; scope !== undefined; scope = scope.around) {
      if (scope.hasFailed) return this.#put(place, WHOLE)
    }
  }

  /** @param isMeant whether it is asked to the end */
  enter (errors: Errors, place: string, isMeant: boolean, isName: boolean): void {
    this.read(errors)
    this.#scope = scopeIn(this.#scope, place, this.#scope.stops || !isMeant, isName)
  }

  /** Forgets what has failed since `enter`, which is no error yet, and hands it out. */
  leave (errors: Errors, taken: Places[]): void {
    this.read(errors)
    taken.push(this.#scope.places)
    this.#scope = this.#scope.around!
  }

  /** Notes again what was handed out, of what is below a place: it was an error. */
  restore (place: string, taken: readonly Places[]): void {
    for (const places of taken) {
      places.delete(place)
      if (places.size > 0) this.#put(place, BELOW)
      // The smaller into the larger: unions may be nested deep.
      const [from, into] = [places, this.#scope.places].sort((one, other) => one.size - other.size) as [Places, Places]
      for (const [place, level] of from) raise(into, place, level)
      this.#scope.places = into
    }
  }

  #put (place: string, level: Level): void {
    const { places, place: start } = this.#scope
    let isKnown = raise(places, place, level)
    for (let end = place.lastIndexOf('/'); end >= start.length && !isKnown; end = place.lastIndexOf('/', end - 1)) {
      isKnown = raise(places, place.slice(0, end), BELOW)
      if (end === 0) break
    }
  }
}

function scopeIn (around?: Scope, place = '', stops = false, isName = false): Scope {
  return { around, depth: (around?.depth ?? 0) + 1, place, stops, isName, hasFailed: false, places: new Map() }
}

/** Whether a value around this place has failed: an alternative of it may have protected what is below. */
function isBelowFailed (places: Places, place: string): boolean {
  for (let around = place; places.size > 0 && around !== '';) {
    around = parentOf(around)
    if ((places.get(around) ?? 0) >= VALUE) return true
  }
  return false
}

/** @returns whether the place was known before, and so all that is around it */
function raise (places: Places, place: string, level: Level): boolean {
  const known = places.get(place)
  if (known === undefined || known < level) places.set(place, level)
  return known !== undefined
}
