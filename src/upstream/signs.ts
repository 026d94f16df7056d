import { read } from '../error/read.js'

/** Rows of signs by what they say, and patterns for those of which there are many. */
export interface SignTable<Found extends string> {
  readonly rows: { readonly [F in Found]?: readonly string[] }
  readonly patterns?: ReadonlyArray<readonly [pattern: RegExp, found: Found]>
}

/** So many classes are looked at, from that of an error up. */
const MAX_CLASSES = 6

/** All that libraries mark their errors by. */
export interface Signs {
  readonly code: unknown
  readonly message: unknown
  /** These two, and the names of the error and its classes. */
  readonly all: readonly unknown[]
}

/**
 * A function that knows an error by a table: by its `code`, by its name or one of its classes', or,
 * where a library gives neither, by its message. Patterns are of codes and messages.
 */
export function tableOf<Found extends string> ({ rows, patterns = [] }: SignTable<Found>): (signs: Signs) => Found | undefined {
  const known = new Map<unknown, Found>()
  for (const [found, signs] of Object.entries<readonly string[] | undefined>(rows)) {
    signs?.forEach(sign => known.set(sign, found as Found))
  }
  return ({ code, message, all }) => {
    for (const sign of all) {
      const found = known.get(sign)
      if (found !== undefined) return found
    }
    return patterns.find(([pattern]) => matches(pattern, code) || matches(pattern, message))?.[1]
  }
}

function matches (pattern: RegExp, sign: unknown): boolean {
  return typeof sign === 'string' && pattern.test(sign)
}

export function signsOf (error: unknown): Signs {
  const code = read(error, 'code')
  const message = read(error, 'message')
  return { code, message, all: [code, read(error, 'errorCode'), read(error, 'name'), ...classesOf(error), message] }
}

/** The names of an error's classes below `Error`, its own first: many SDKs leave `name` as it is. */
function classesOf (error: unknown): unknown[] {
  const names: unknown[] = []
  try {
    let prototype: unknown = Object.getPrototypeOf(error)
    while (Object(prototype) === prototype && prototype !== Error.prototype && names.length < MAX_CLASSES) {
      names.push(read(read(prototype, 'constructor'), 'name'))
      prototype = Object.getPrototypeOf(prototype)
    }
  } catch {}
  return names
}
