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
  readonly codes: readonly unknown[]
  /** Its name and those of its classes, its own first. */
  readonly names: readonly unknown[]
  readonly message: unknown
}

/**
 * A function that knows an error by a table: by its `code`, by its name or one of its classes', or,
 * where a library gives neither, by its message.
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

/** What codes begin with that nobody gives to an error of his own. */
const RESERVED = /^(?:E[A-Z]+$|ER_|ERR_|FST_|HPE_|UND_ERR_)/

/** Those that an author doesn't give to an error of his own; its name, its text and any other code may be his. */
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
