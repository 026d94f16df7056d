/** What has failed at a place: all of it, its value alone, or the names of its properties. */
export type Aspect = '' | '#value' | '#names'

interface Failure {
  readonly place: string
  readonly aspect: Aspect
}

/**
 * The places in the input at which a validator that reports all errors has found what one that stops at the
 * first error would have stopped at. A place is named by its JSON pointer.
 */
export class FailedPlaces {
  /** Whether there is any: asked by generated code before it makes a pointer. */
  some = false
  readonly #counts = new Map<string, number>()
  /** How many are at, or below, a place, but for those of an aspect alone. */
  readonly #within = new Map<string, number>()
  readonly #log: Failure[] = []

  add (place: string, aspect: Aspect = ''): void {
    this.#put({ place, aspect })
  }

  has (place: string, aspect: Aspect = ''): boolean {
    return this.#counts.has(place + aspect)
  }

  hasWithin (place: string): boolean {
    return this.#within.has(place)
  }

  /** @returns a mark for `takeBack` */
  mark (): number {
    return this.#log.length
  }

  /** Takes back what was added since a mark, and hands it out: an alternative that fails is no error yet. */
  takeBack (mark: number, taken: Failure[]): void {
    const failures = this.#log.splice(mark)
    for (const failure of failures) this.#count(failure, -1)
    taken.push(...failures)
  }

  /** Adds again what was taken back: no alternative was satisfied. */
  restore (taken: Failure[]): void {
    for (const failure of taken.splice(0)) this.#put(failure)
  }

  clear (): void {
    this.some = false
    this.#counts.clear()
    this.#within.clear()
    this.#log.length = 0
  }

  #put (failure: Failure): void {
    this.#log.push(failure)
    this.#count(failure, 1)
  }

  #count ({ place, aspect }: Failure, by: 1 | -1): void {
    change(this.#counts, place + aspect, by)
    this.some = this.#counts.size > 0
    if (aspect !== '') return
    for (let end = place.length; end > 0; end = place.lastIndexOf('/', end - 1)) change(this.#within, place.slice(0, end), by)
    change(this.#within, '', by)
  }
}

function change (counts: Map<string, number>, key: string, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
