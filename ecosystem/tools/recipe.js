import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const page = readFileSync(new URL('../../docs/tools-and-versions.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/```(?:js|json)\n([^]*?)```/g)].map(([, text]) => text)

/** The program on the page that has this text. */
export function recipe (text) {
  const found = programs.filter(program => program.includes(text))
  if (found.length !== 1) throw new Error(`docs/tools-and-versions.md has ${found.length} programs with ${text}`)
  return found[0]
}

/** Writes the program that has this text into a file; returns the file's URL. */
export function writeRecipe (name, text) {
  const file = new URL(`scratch/${name}`, import.meta.url)
  mkdirSync(dirname(file.pathname), { recursive: true })
  writeFileSync(file, recipe(text))
  return file
}
