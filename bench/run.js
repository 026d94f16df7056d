// npm run bench [-- suite ...]: what a variant costs beside its base (see measure.js), and whether the
// gates hold. The figures are kept in results.json, for report.js.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measure } from './measure.js'

const SUITES = ['errors', 'peers', 'success', 'validation', 'hostile', 'logging', 'streams', 'guarded']
const results = new URL('results.json', import.meta.url)

let missed = 0
for (const suite of process.argv.length > 2 ? process.argv.slice(2) : [...SUITES, 'memory']) {
  if (suite === 'memory') runMemory()
  else await run(suite)
}
process.exitCode = missed > 0 ? 1 : 0

async function run (suite) {
  const { title, rows } = await measure(suite)
  console.log(`\n${title}\n\n| variant | µs | ratio | spread | gates |\n|---|---|---|---|---|`)
  for (const { name, base, micros, ratio, low, high, verdicts } of rows) {
    const against = base === rows[0].name ? '' : ` × ${base}`
    const gates = verdicts.map(({ holds, gate }) => `${gate}: ${holds ? 'held' : 'missed'}`).join(', ')
    console.log(`| ${name} | ${micros.toFixed(2)} | ${ratio.toFixed(2)}${against} | ${low.toFixed(2)}–${high.toFixed(2)} | ${gates} |`)
    missed += verdicts.filter(({ holds }) => !holds).length
  }
  const kept = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {}
  writeFileSync(results, JSON.stringify({ ...kept, [suite]: { title, rows } }, null, 2) + '\n')
}

function runMemory () {
  try {
    execFileSync(process.execPath, [fileURLToPath(new URL('memory.js', import.meta.url))], { stdio: 'inherit' })
  } catch {
    missed++
  }
}
