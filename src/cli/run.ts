import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { errorCatalog } from '../error/catalog.js'
import type { CatalogEntry } from '../error/definition.js'
import { definitionsOf } from './definitions.js'
import { staleRows, toJson, toMarkdown } from './tables.js'

const USAGE = `Usage: scai-errors catalog [FILE…] [--format markdown|json] [--check DOC]

Prints the catalog, or only the codes that the files define and export.
  --format  tables for a document (the default), or JSON
  --check   print nothing, and fail if the tables in DOC are out of date
`

/** What a command prints, and whether it succeeded. */
export interface Outcome {
  readonly output: string
  readonly exitCode: 0 | 1
}

const FORMATS = { markdown: toMarkdown, json: toJson }

/** Runs `scai-errors` with these arguments. Never rejects. */
export async function run (args: readonly string[]): Promise<Outcome> {
  try {
    const { values, positionals: [command, ...files] } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: 'string', default: 'markdown' }, check: { type: 'string' }, help: { type: 'boolean' } }
    })
    if (values.help) return { output: USAGE, exitCode: 0 }
    if (command !== 'catalog') return failure(`unknown command ${command ?? '(none)'}\n\n${USAGE}`)
    if (!Object.hasOwn(FORMATS, values.format)) return failure(`--format must be ${Object.keys(FORMATS).join(' or ')}, got ${values.format}`)

    const format = values.format as keyof typeof FORMATS
    const entries = files.length === 0 ? Object.values<CatalogEntry>(errorCatalog) : (await Promise.all(files.map(definitionsOf))).flat()
    if (values.check === undefined) return { output: FORMATS[format](entries), exitCode: 0 }
    return await check(values.check, entries, format)
  } catch (error) {
    return failure((error as Error).message)
  }
}

async function check (file: string, entries: readonly CatalogEntry[], format: keyof typeof FORMATS): Promise<Outcome> {
  const document = await readFile(file, 'utf8').catch(() => { throw new Error(`${file}: no such file`) })
  const stale = format === 'markdown'
    ? staleRows(document, entries)
    : isDeepStrictEqual(parse(document), JSON.parse(toJson(entries))) ? [] : ['it is not what --format json prints']
  return stale.length === 0
    ? { output: '', exitCode: 0 }
    : failure(`${file} is out of date:\n${stale.map(line => `- ${line}\n`).join('')}`)
}

/** `undefined` if this isn't JSON. */
function parse (document: string): unknown {
  try {
    return JSON.parse(document)
  } catch {
    return undefined
  }
}

function failure (problem: string): Outcome {
  return { output: `scai-errors: ${problem.trimEnd()}\n`, exitCode: 1 }
}
