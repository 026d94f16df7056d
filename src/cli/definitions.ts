import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CODE_PATTERN, checkDefinition, toEntry } from '../error/definition.js'
import type { CatalogEntry, ErrorDefinition } from '../error/definition.js'

/**
 * The codes that a file defines and exports. The catalog doesn't tell: the file may use another copy of this
 * package, and may import the codes of others.
 *
 * @throws {Error} if there is no such file, it throws, or it defines no codes
 */
export async function definitionsOf (file: string): Promise<CatalogEntry[]> {
  const path = resolve(file)
  await access(path).catch(() => { throw new Error(`${file}: no such file`) })
  let exported: object
  try {
    exported = await import(pathToFileURL(path).href) as object
  } catch (cause) {
    throw new Error(`${file} could not be run: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  const entries = Object.values(exported).filter(isDefinitions).flatMap(definitions => Object.entries(definitions))
    .map(([code, definition]) => {
      checkDefinition(code, definition)
      return toEntry(code, definition, 'defined')
    })
  if (entries.length === 0) throw new Error(`${file} defines no codes: export what defineErrors returns, as in "export const queueErrors = defineErrors({ … })"`)
  return [...new Map(entries.map(entry => [entry.code, entry])).values()]
}

function isDefinitions (value: unknown): value is Record<string, ErrorDefinition> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 &&
    Object.entries(value).every(([code, row]) => CODE_PATTERN.test(code) && typeof row === 'object' && row !== null && 'status' in row)
}
