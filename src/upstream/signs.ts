import { read } from '../error/read.js'

/** Rows of signs by their meaning, and patterns if there are many. */
export interface SignTable<Found extends string> {
  readonly rows: { readonly [F in Found]?: readonly string[] }
  readonly patterns?: ReadonlyArray<readonly [pattern: RegExp, found: Found]>
}

/** How many classes are looked at, from that of an error up. */
const MAX_CLASSES = 6

/** Everything by which libraries mark their errors. */
export interface Signs {
  readonly codes: readonly unknown[]
  /** Its name and the names of its classes, its own first. */
  readonly names: readonly unknown[]
  readonly message: unknown
}

/**
 * Makes a function that recognizes an error by a table: by its `code`, its name or one of its classes' names, or, if
 * a library has neither, its message.
 */
export function tableOf<Found extends string> ({ rows, patterns = [] }: SignTable<Found>): (signs: Signs) => Found | undefined {
  const known = new Map<unknown, Found>()
  for (const [found, signs] of Object.entries<readonly string[] | undefined>(rows)) {
    signs?.forEach(sign => known.set(sign, found as Found))
  }
  const find = (sign: unknown): Found | undefined =>
    known.get(sign) ?? patterns.find(([pattern]) => typeof sign === 'string' && pattern.test(sign))?.[1]

  return ({ codes, names, message }) => firstOf(codes, find) ?? firstOf(names, find) ?? find(message)
}

function firstOf<Found> (signs: readonly unknown[], find: (sign: unknown) => Found | undefined): Found | undefined {
  for (const sign of signs) {
    const found = sign === undefined ? undefined : find(sign)
    if (found !== undefined) return found
  }
  return undefined
}

export function signsOf (error: unknown): Signs {
  return {
    codes: [read(error, 'code'), read(error, 'errorCode')],
    names: [read(error, 'name'), ...classesOf(error)],
    message: read(error, 'message')
  }
}

/** The prefixes of codes that nobody gives to their own errors. */
const RESERVED = /^(?:E[A-Z]+$|ER_|ERR_|FST_|HPE_|UND_ERR_)/

/** The signs that nobody gives to their own errors; a name, a text and any other code may be the author's. */
export function strongSigns ({ codes }: Signs): Signs {
  return { codes: codes.filter(code => typeof code === 'string' && RESERVED.test(code)), names: [], message: undefined }
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
