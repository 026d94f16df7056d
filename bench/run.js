// npm run bench [suite ...]: what a variant costs beside its base, in CPU time per request.
//
// Each variant runs in processes of its own, rounds interleaved in random order; a ratio is taken
// against the base's figure of the same round. Quoted: the median of the processes' medians, and
// between which those lie. Higher is cheaper.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROCESSES = 3
const ROUNDS = 15
const REQUESTS = 4000
const SUITES = ['errors', 'success', 'validation']

const worker = fileURLToPath(new URL('worker.js', import.meta.url))
const asked = process.argv.slice(2)
let missed = 0
for (const name of asked.length > 0 ? asked : SUITES) await run(name)
process.exitCode = missed > 0 ? 1 : 0

async function run (suiteName) {
  const { title, base, variants, gates = {}, bases = {} } = await import(`./suites/${suiteName}.js`)
  const names = Object.keys(variants)
  const medians = Object.fromEntries(names.map(name => [name, []]))
  const costs = Object.fromEntries(names.map(name => [name, []]))
  for (let i = 0; i < PROCESSES; i++) {
    const figures = await measure(suiteName, names)
    for (const name of names) {
      const against = figures[bases[name] ?? base]
      medians[name].push(median(figures[name].map((cost, round) => against[round] / cost)))
      costs[name].push(median(figures[name]))
    }
  }

  console.log(`\n${title}\n\n| variant | µs | ratio | spread | gate |\n|---|---|---|---|---|`)
  for (const name of names) {
    const ratio = median(medians[name])
    const gate = gates[name]
    if (gate !== undefined && ratio < gate) missed++
    const spread = `${Math.min(...medians[name]).toFixed(2)}–${Math.max(...medians[name]).toFixed(2)}`
    const verdict = gate === undefined ? '' : `${gate.toFixed(2)} ${ratio < gate ? 'missed' : 'held'}`
    console.log(`| ${name} | ${median(costs[name]).toFixed(2)} | ${ratio.toFixed(2)}${bases[name] ? ` × ${bases[name]}` : ''} | ${spread} | ${verdict} |`)
  }
}

async function measure (suiteName, names) {
  const workers = new Map()
  for (const name of names) {
    const child = fork(worker, [suiteName, name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.setMaxListeners(0)
    await message(child)
    workers.set(name, child)
  }
  const figures = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of shuffle(names)) {
      workers.get(name).send(REQUESTS)
      figures[name].push(await message(workers.get(name)))
    }
  }
  for (const child of workers.values()) child.kill()
  return figures
}

async function message (child) {
  const [value] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => { throw new Error(`${child.spawnargs.at(-1)} ended with ${code}`) })
  ])
  return value
}

function median (values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function shuffle (values) {
  return values.map(value => [Math.random(), value]).sort(([a], [b]) => a - b).map(([, value]) => value)
}
