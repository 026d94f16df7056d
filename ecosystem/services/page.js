// What docs/beside-other-software.md says.

import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../../docs/beside-other-software.md', import.meta.url), 'utf8')

/** The first program under a heading. */
export function programUnder (heading) {
  const [, program] = /^```[jt]s\n([^]*?)^```/m.exec(text.slice(text.indexOf(`# ${heading}\n`))) ?? []
  if (program === undefined) throw new Error(`The page has no program under "${heading}"`)
  return program
}

/** The rows of the table: software, what to write, what is then still ours. */
export function rows () {
  return Array.from(text.matchAll(/^\| (.+) \| \[(.+)\]\(#.+\) \| (.+) \|$/gm), ([, ...cells]) => cells)
}
