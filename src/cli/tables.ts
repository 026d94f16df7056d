import { isDeepStrictEqual } from 'node:util'
import type { CatalogEntry } from '../error/definition.js'

const TITLES = { reference: 'The reference', module: 'Modules', http: 'HTTP itself', defined: 'Its own' } as const
const HEAD = ['Code', 'HTTP', 'Meaning', 'Retry']

/** Writes codes as tables for a document, one for each source. */
export function toMarkdown (entries: readonly CatalogEntry[]): string {
  const sources = Object.entries(TITLES).filter(([source]) => entries.some(entry => entry.source === source))
  return sources.map(([source, title]) => {
    const rows = entries.filter(entry => entry.source === source).map(toRow)
    const table = [HEAD, HEAD.map(() => '---'), ...rows].map(toLine).join('\n')
    return sources.length === 1 ? `${table}\n` : `### ${title}\n\n${table}\n`
  }).join('\n')
}

/** Writes codes as JSON, by name, each with its complete row. */
export function toJson (entries: readonly CatalogEntry[]): string {
  return `${JSON.stringify(Object.fromEntries(entries.map(({ code, ...row }) => [code, row])), null, 2)}\n`
}

/** How a document's tables differ from these codes; empty if they don't. */
export function staleRows (document: string, entries: readonly CatalogEntry[]): string[] {
  const found = rowsOf(document)
  if (found.length === 0) return [`it has no table of ${toLine(HEAD)}`]
  const rows = new Map(entries.map(entry => [entry.code, toRow(entry)]))
  return [
    ...Array.from(rows).filter(([, [cell]]) => !found.some(([own]) => own === cell)).map(([code]) => `${code} is missing`),
    ...found.flatMap(cells => {
      const code = cells[0]!.replaceAll('`', '')
      const row = rows.get(code)
      if (row === undefined) return [`${code} is not defined`]
      return toLine(cells) === toLine(row) ? [] : [`${code} must be ${toLine(row)}, is ${toLine(cells)}`]
    })
  ]
}

/** The rows of the tables with our head; a document may have other tables. */
function rowsOf (document: string): string[][] {
  let inside = false
  return document.split('\n').map(cellsOf).filter(cells => {
    const isHead = isDeepStrictEqual(cells, HEAD)
    inside = isHead || (inside && cells.length > 1)
    return inside && !isHead && !/^:?-/.test(cells[0]!)
  })
}

function toRow ({ code, status, message, retry }: CatalogEntry): string[] {
  return [`\`${code}\``, String(status), message.replaceAll('|', '\\|'), retry]
}

function toLine (cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function cellsOf (line: string): string[] {
  return line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map(cell => cell.trim())
}
