// Type-checks every block of TypeScript in README.md and docs/. A program, whose first line names its file,
// stands on its own; any other block is a part of one, and gets its names from docs-context.ts.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeBlocksOf, pages } from '../fixtures/markdown.js'
import type { CodeBlock } from '../fixtures/markdown.js'

/** Their programs need other packages; ecosystem/ has these, and runs them. */
const ELSEWHERE = new Set(['docs/beside-other-software.md', 'docs/tools-and-versions.md'])

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, '.tap/docs')
const context = join(root, 'test/fixtures/docs-context.ts')
const given = Array.from(readFileSync(context, 'utf8').matchAll(/^export (?:declare )?(?:const (\w+)|(?:type )?{ (.*) })/gm))
  .flatMap(([, name, names]) => name ?? names!.split(', ').map(name => name.replace('default as ', '')))

rmSync(folder, { recursive: true, force: true })
for (const page of pages.filter(({ path }) => !ELSEWHERE.has(path))) {
  for (const block of codeBlocksOf(page).filter(({ language }) => language === 'ts' || language === 'js')) {
    const file = join(folder, page.path.replace('.md', ''), block.file ?? `line-${block.place.split(':')[1]}.${block.language === 'js' ? 'mts' : 'ts'}`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, block.file !== undefined || block.language === 'js' ? block.text : complete(block, file))
  }
}
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
  extends: relative(folder, join(root, 'tsconfig.json')),
  compilerOptions: { rootDir: root },
  include: ['.']
}))
try {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: folder, stdio: 'inherit' })
} catch {
  process.exitCode = 1
}

/** A part of a program: its imports, what it takes for granted, and the rest as the body of a function. */
function complete ({ text }: CodeBlock, file: string): string {
  const lines = text.split('\n')
  const imports = lines.filter(line => line.startsWith('import '))
  const rest = lines.filter(line => !line.startsWith('import ')).join('\n')
  const names = given.filter(name => !imports.some(line => new RegExp(`\\b${name}\\b`).test(line)))
  const head = `${imports.join('\n')}\nimport { ${names.map(name => name === 'OpenAI' ? 'type OpenAI' : name).join(', ')} } from '${relative(dirname(file), context).replace('.ts', '.js')}'\n`
  return /^(?:export|declare) /m.test(rest) ? head + rest : `${head}export async function part () {\n${rest}\n}\n`
}
