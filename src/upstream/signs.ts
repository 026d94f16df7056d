import { read } from '../error/read.js'

/** Rows of signs by what they say, and patterns for those of which there are many. */
export interface SignTable<Found extends string> {
  readonly rows: { readonly [F in Found]?: readonly string[] }
  readonly patterns?: ReadonlyArray<readonly [pattern: RegExp, found: Found]>
}

/** So many classes are looked at, from that of an error up. */
const MAX_CLASSES = 6

/**
 * A function that knows an error by a table: by its `code`, by its name or one of its classes', or,
 * where a library gives neither, by its message.
 */
export function tableOf<Found extends string> ({ rows, patterns = [] }: SignTable<Found>): (error: unknown) => Found | undefined {
  const known = new Map<unknown, Found>()
  for (const [found, signs] of Object.entries<readonly string[] | undefined>(rows)) {
    signs?.forEach(sign => known.set(sign, found as Found))
  }
  return error => {
    for (const sign of signsOf(error)) {
      const found = known.get(sign) ?? patterns.find(([pattern]) => typeof sign === 'string' && pattern.test(sign))?.[1]
      if (found !== undefined) return found
    }
    return undefined
  }
}

function signsOf (error: unknown): unknown[] {
  return [read(error, 'code'), read(error, 'errorCode'), read(error, 'name'), ...classesOf(error), read(error, 'message')]
}

/** The names of an error's classes, its own first: many SDKs leave `name` as it is. */
function classesOf (error: unknown): unknown[] {
  const names: unknown[] = []
  try {
    let prototype: unknown = Object.getPrototypeOf(error)
    while (Object(prototype) === prototype && names.length < MAX_CLASSES) {
      names.push(read(read(prototype, 'constructor'), 'name'))
      prototype = Object.getPrototypeOf(prototype)
    }
  } catch {}
  return names
}
