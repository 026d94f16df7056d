import { nearestName } from './nearest.js'
import type { ScaiErrorOptions } from './options.js'
import { isError } from './read.js'
import { show } from './show.js'

type OptionName = keyof ScaiErrorOptions<'VALIDATION_ERROR' | 'RATE_LIMITED'>

const OPTIONS: readonly OptionName[] = ['message', 'retryAfter', 'details', 'headers', 'cause', 'context']

/** What is passed in place of the options, by habit or in haste, and the option that it was meant to be. */
const MEANT: ReadonlyArray<readonly [matches: (value: unknown) => boolean, option: OptionName]> = [
  [value => typeof value === 'string', 'message'],
  [value => typeof value === 'number' || value instanceof Date, 'retryAfter'],
  [Array.isArray, 'details'],
  // Taken for options, its message would be sent.
  [isError, 'cause']
]

/** The codes with which an unknown option was passed, and told. */
const told = new Set<string>()

/**
 * What is wrong with the options of an error: completes "MODEL_NOT_FOUND: …". A name that none of ours
 * has is a mistake if it comes close to one. Any other only gets a process warning, once a code: without
 * it the response is right, and its caller should not get a 500 in its place.
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

/** Asked for every error: a look into a set would take twice the time. */
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
