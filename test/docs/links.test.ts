import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import t from 'tap'
import { pages, readPage } from '../fixtures/markdown.js'

/** `docs/testing.md` and `#other-test-runners`, of each link to a file of this package. */
function linksOf (path: string, text: string): Array<[file: string, anchor: string | undefined]> {
  return Array.from(text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g), ([, file = '', anchor]) =>
    [file === '' ? path : posix.join(posix.dirname(path), file), anchor])
}

/** What the headings of a page are called in links. */
function anchorsOf (text: string): Set<string> {
  return new Set(Array.from(text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-')))
}

for (const { path, text } of [...pages, ...['CONTRIBUTING.md', 'CHANGELOG.md'].map(readPage)]) {
  t.test(`every link of ${path} leads somewhere`, async t => {
    for (const [file, anchor] of linksOf(path, text)) {
      if (!t.ok(existsSync(file), file) || anchor === undefined) continue
      t.ok(anchorsOf(readPage(file).text).has(anchor), `${file}#${anchor}`)
    }
  })
}

t.test('the README leads to every page', async t => {
  const targets = new Set(linksOf('README.md', readPage('README.md').text).map(([file]) => file))
  for (const { path } of pages) if (path !== 'README.md') t.ok(targets.has(path), path)
})
