import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROCESSES = 5
const ROUNDS = 40
/** Of a process's rounds: what else the machine does only adds to the others. */
const QUIET = 0.1
const CONTROL = 0.02

const worker = fileURLToPath(new URL('worker.js', import.meta.url))

/**
 * What each variant of a suite costs beside its base, in CPU time per request.
 *
 * Each variant runs in processes of its own, all at once, started and asked for their short rounds in
 * random order. Of a process's rounds its 10th percentile counts, of the processes' figures their
 * median; the spread is that of the processes. A ratio says how many of its requests cost as much as one of
 * the base's: higher is cheaper. The base is there twice, and the second must come out at 1.
 *
 * A suite exports
 * - `title`, and `variants`: by name, functions that resolve to `{ server, request, expect }`;
 * - `base`: the variant that all are held against, and `bases`: another one, by variant;
 * - `gates`: the least ratio, by variant; `floors`: the variant that a gate is about, where it isn't the base;
 * - `limits`: the most µs; `sizes`: the most bytes of response for a byte of request.
 */
export async function measure (suiteName) {
  const { title, base, variants, bases = {}, floors = {}, gates = {}, limits = {}, sizes = {} } = await import(`./suites/${suiteName}.js`)
  const control = `${base}, again (A/A)`
  const names = [...Object.keys(variants), control]
  const costs = Object.fromEntries(names.map(name => [name, []]))
  const bytes = {}
  for (let i = 0; i < PROCESSES; i++) {
    for (const { name, rounds, size } of await runAll(suiteName, names.map(name => [name, name === control ? base : name]))) {
      costs[name].push(quantile(rounds, QUIET))
      bytes[name] = size
    }
  }

  const rows = names.map(name => {
    const against = bases[name] ?? base
    const cost = quantile(costs[against], 0.5)
    const ratio = cost / quantile(costs[name], 0.5)
    const floor = floors[name]
    const ofFloor = floor === undefined ? ratio : quantile(costs[floor], 0.5) / quantile(costs[name], 0.5)
    return {
      name,
      base: against,
      micros: quantile(costs[name], 0.5),
      ratio,
      ofFloor,
      low: cost / Math.max(...costs[name]),
      high: cost / Math.min(...costs[name]),
      verdicts: [
        ...name in gates ? [verdict(ofFloor >= gates[name], `≥ ${gates[name]}${floor === undefined ? '' : ` of ${floor}, is ${ofFloor.toFixed(2)}`}`)] : [],
        ...name in limits ? [verdict(quantile(costs[name], 0.5) <= limits[name], `≤ ${limits[name]} µs`)] : [],
        ...name in sizes ? [verdict(bytes[name].response <= sizes[name] * bytes[name].request, `${bytes[name].response} B ≤ ${sizes[name]} of ${bytes[name].request}`)] : [],
        ...name === control ? [verdict(Math.abs(ratio - 1) <= CONTROL, `± ${CONTROL}`)] : []
      ]
    }
  })
  return { title, rows }
}

function verdict (holds, gate) {
  return { holds, gate }
}

async function runAll (suiteName, names) {
  const workers = []
  for (const [name, variant] of shuffle(names)) workers.push(await start(suiteName, name, variant))
  for (let round = 0; round < ROUNDS; round++) {
    for (const { rounds, ask } of shuffle(workers)) rounds.push(await ask())
  }
  for (const { child } of workers) child.kill()
  return workers
}

async function start (suiteName, name, variant) {
  const child = fork(worker, [suiteName, variant], {
    // Helper threads of the collector that wait for a core would be counted, too.
    execArgv: ['--single-threaded-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit').then(([code]) => { throw new Error(`${suiteName}, ${variant}: ended with ${code}`) })
  ended.catch(() => {})
  const answer = async () => await Promise.race([new Promise(resolve => child.once('message', resolve)), ended])
  const size = await answer()
  return {
    name,
    child,
    size,
    rounds: [],
    ask () {
      child.send('round')
      return answer()
    }
  }
}

function quantile (values, at) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * at)]
}

function shuffle (values) {
  return values.map(value => [Math.random(), value]).sort(([a], [b]) => a - b).map(([, value]) => value)
}
