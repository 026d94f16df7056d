import { readFile } from 'node:fs/promises'
import t from 'tap'
import { errorCatalog } from '../src/index.js'

const TITLES = { reference: 'The reference', module: 'Modules', http: 'HTTP itself', defined: '' }

t.test('the README\'s catalog is the catalog', async t => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const section = /<!-- catalog -->\n([^]*)<!-- \/catalog -->/.exec(readme)?.[1]
  t.equal(section, tables(), 'what stands between the two marks must be this')
})

function tables (): string {
  const rows = Object.entries(errorCatalog)
  return Object.entries(TITLES).filter(([source]) => rows.some(([, row]) => row.source === source)).map(([source, title]) => [
    `### ${title}\n`,
    '| code | status | retry | message |',
    '|---|---|---|---|',
    ...rows.filter(([, row]) => row.source === source).map(([code, { status, retry, message }]) => `| \`${code}\` | ${status} | ${retry} | ${message} |`),
    ''
  ].join('\n')).join('\n')
}
