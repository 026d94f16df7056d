import type { CatalogEntry } from '../error/definition.js'

const TITLES = { reference: 'The reference', module: 'Modules', http: 'HTTP itself', defined: 'Its own' } as const
const HEAD = ['Code', 'HTTP', 'Meaning', 'Retry']

/** Codes as tables for a document, one for each source. */
export function toMarkdown (entries: readonly CatalogEntry[]): string {
  const sources = Object.entries(TITLES).filter(([source]) => entries.some(entry => entry.source === source))
  return sources.map(([source, title]) => {
    const rows = entries.filter(entry => entry.source === source).map(toRow)
    const table = [HEAD, HEAD.map(() => '---'), ...rows].map(toLine).join('\n')
    return sources.length === 1 ? `${table}\n` : `### ${title}\n\n${table}\n`
  }).join('\n')
}

/** Codes as JSON, by name, each with its whole row. */
export function toJson (entries: readonly CatalogEntry[]): string {
  return `${JSON.stringify(Object.fromEntries(entries.map(({ code, ...row }) => [code, row])), null, 2)}\n`
}

/** In which way a document has fallen behind its codes; nothing where it hasn't. */
export function staleRows (document: string, entries: readonly CatalogEntry[]): string[] {
  const found = new Map(document.split('\n').map(cellsOf).map(cells => [cells[0], cells] as const))
  return entries.flatMap(entry => {
    const row = toRow(entry)
    const there = found.get(row[0])
    if (there === undefined) return [`${entry.code} is missing`]
    return toLine(there) === toLine(row) ? [] : [`${entry.code} must be ${toLine(row)}, is ${toLine(there)}`]
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
