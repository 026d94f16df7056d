/** The number of wrong letters that are tolerated in a short and in a long name. */
const MAX_DISTANCE = { short: 1, long: 2 }
const LONG_NAME = 8

/** The candidate that a misspelt name probably means: in another case, with another separator, or a few letters off. */
export function nearestName (name: string, candidates: Iterable<string>): string | undefined {
  const meant = plain(name)
  let nearest: string | undefined
  let least = (meant.length < LONG_NAME ? MAX_DISTANCE.short : MAX_DISTANCE.long) + 1
  for (const candidate of candidates) {
    // The edit distance is at least the difference of the lengths.
    if (Math.abs(candidate.length - name.length) > least) continue
    const found = distance(meant, plain(candidate))
    if (found < least) {
      nearest = candidate
      least = found
    }
  }
  return nearest
}

function plain (name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The edit distance: how many letters have to be inserted, removed, replaced or swapped with their neighbour. */
function distance (from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swapped = i > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? before[j - 2]! + 1 : Infinity
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[to.length]!
}
