import { nearestName } from './nearest.js'
import type { ScaiErrorOptions } from './options.js'
import { isError } from './read.js'
import { show } from './show.js'

type OptionName = keyof ScaiErrorOptions<'VALIDATION_ERROR' | 'RATE_LIMITED'>

const OPTIONS: readonly OptionName[] = ['message', 'retryAfter', 'details', 'headers', 'cause', 'context']

/** Values that are passed by mistake instead of the options, and the option that was meant. */
const MEANT: ReadonlyArray<readonly [matches: (value: unknown) => boolean, option: OptionName]> = [
  [value => typeof value === 'string', 'message'],
  [value => typeof value === 'number' || value instanceof Date, 'retryAfter'],
  [Array.isArray, 'details'],
  // Used as options, its message would be sent.
  [isError, 'cause']
]

/** The codes for which an unknown option was reported. */
const told = new Set<string>()

/**
 * What is wrong with the options of an error; completes "MODEL_NOT_FOUND: …". An unknown name is a mistake
 * if it is close to an option. Any other gets only a process warning, once for each code: the response is
 * right without it, and a 500 would be worse.
 */
export function findFault (code: string, options: { readonly message?: unknown }): string | undefined {
  if (Object.getPrototypeOf(options) !== Object.prototype) {
    const meant = MEANT.find(([matches]) => matches(options))?.[1]
    if (meant !== undefined) return `the options must be an object: write { ${meant}: ${show(options)} }`
    if (Object(options) !== options) return `the options must be an object, got ${show(options)}`
  }
  for (const name in options) {
    if (isOption(name)) continue
    const meant = nearestName(name, OPTIONS)
    if (meant !== undefined) return `unknown option ${show(name)}: did you mean '${meant}'?`
    tell(code, name)
  }
  const { message } = options
  return message === undefined || typeof message === 'string' ? undefined : `message must be a string, got ${show(message)}`
}

/** Called for every error; a lookup in a Set takes twice the time. */
function isOption (name: string): boolean {
  switch (name as OptionName) {
    case 'message': case 'retryAfter': case 'details': case 'headers': case 'cause': case 'context': return true
    default: return false
  }
}

function tell (code: string, name: string): void {
  if (told.has(code)) return
  told.add(code)
  process.emitWarning(`ScaiError: ${code}: unknown option ${show(name)} is ignored, there are ${OPTIONS.join(', ')}`)
}
