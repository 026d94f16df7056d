import { nearestName } from './nearest.js'
import { show } from './show.js'

/** Names the first option that isn't among the known ones, and the one that was probably meant. Completes "scaiStream: …". */
export function findUnknownOption (options: object, known: readonly string[]): string | undefined {
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return undefined
  const meant = nearestName(unknown, known)
  return `unknown option ${show(unknown)}${meant === undefined ? `, expected one of ${known.join(', ')}` : `: did you mean '${meant}'?`}`
}
