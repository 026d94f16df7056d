// npm test: lint and types side by side, then the tests; by whatever shell there is.

import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a command of the project's, and tells whether it went well. */
async function run (command) {
  const [code] = await once(spawn(command, { shell: true, stdio: 'inherit' }), 'exit')
  return code === 0
}

const checks = await Promise.all([run('eslint .'), run('npm run --silent types')])
if (checks.includes(false) || !await run('tap --jobs=2')) process.exitCode = 1
