import { isRecord } from './issue.js'

/** How many consecutive characters of a value count as a quotation. */
const RUN = 6
/** The longest input that texts are compared with; for longer input, foreign texts aren't sent. */
const MAX_INPUT = 65_536
const MAX_DEPTH = 100

/**
 * Whether texts quote the input: they contain one of its values as a word, or six consecutive characters of one,
 * ignoring case. If the input isn't known, nothing is quoted.
 */
export function quotesOf (data: unknown): (text: string) => boolean {
  let input: Input | undefined
  return text => {
    if (data === undefined) return false
    input ??= readInput(data)
    return input === 'large' || isQuoted(text.toLowerCase(), input)
  }
}

type Input = 'large' | { readonly words: ReadonlySet<string>, readonly runs: ReadonlySet<string> }

function isQuoted (text: string, { words, runs }: Exclude<Input, 'large'>): boolean {
  for (let at = 0; at + RUN <= text.length; at++) {
    if (runs.has(text.slice(at, at + RUN))) return true
  }
  return hasWord(text, words)
}

const LETTER = /[\p{L}\p{N}]/u

/** Whether a text has one of the short values in it that isn't part of a longer word. */
function hasWord (text: string, words: ReadonlySet<string>): boolean {
  for (let start = 0; start < text.length; start++) {
    if (LETTER.test(text[start - 1] ?? '')) continue
    for (let end = start + 1; end < start + RUN && end <= text.length; end++) {
      if (!LETTER.test(text[end] ?? '') && words.has(text.slice(start, end))) return true
    }
  }
  return false
}

function readInput (data: unknown): Input {
  const words = new Set<string>()
  const runs = new Set<string>()
  let left = MAX_INPUT
  for (const value of valuesOf(data)) {
    if (value === undefined) return 'large'
    // What the input refers to twice is read twice, so that every value counts, even one that isn't a string.
    left -= value.length + 1
    if (left < 0) return 'large'
    if (value !== '' && value.length < RUN) words.add(value)
    for (let at = 0; at + RUN <= value.length; at++) runs.add(value.slice(at, at + RUN))
  }
  return { words, runs }
}

/** The strings and numbers of the input, in lower case; an empty string for everything else, `undefined` for what is nested too deep. */
function * valuesOf (data: unknown, depth = 0): Generator<string | undefined> {
  if (!isRecord(data)) yield typeof data === 'boolean' ? '' : String(data ?? '').trim().toLowerCase()
  else if (depth === MAX_DEPTH) yield undefined
  else {
    yield ''
    for (const name in data) yield * valuesOf(data[name], depth + 1)
  }
}
