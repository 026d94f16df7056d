// npm run test:ecosystem [-- folder ...]: real software, whose packages the rest of the tests does without.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const folders = process.argv.length > 2 ? process.argv.slice(2) : ['upstreams', 'stores', 'services', 'tools', 'runners', 'versions']

for (const folder of folders) {
  const cwd = fileURLToPath(new URL(folder, import.meta.url))
  for (const args of [['ci', '--no-audit', '--no-fund', '--loglevel=error'], ['test', '--silent']]) {
    execFileSync('npm', args, { cwd, stdio: 'inherit' })
  }
}
