// One variant in a process of its own: warms up, then measures a round whenever it is told to.

import { connect } from './duplex.js'

const WARM_UP = { requests: 40_000, micros: 1_000_000 }
const ROUND = { requests: 1500, micros: 10_000 }

// Which code V8 makes of process.nextTick, by which each request goes several times, is otherwise a
// matter of luck: some processes pay 3 µs a request for the wrong one.
await new Promise(resolve => {
  let left = 300_000
  const tick = () => --left > 0 ? process.nextTick(tick) : resolve()
  tick()
})

const [suiteName, variantName] = process.argv.slice(2)
const { variants } = await import(`./suites/${suiteName}.js`)
const { server, request, expect } = await variants[variantName]()
const { response, send } = await connect(server, request)
if (!response.includes(expect)) throw new Error(`${variantName}: expected ${expect} in\n${response}`)

const count = await warmUp()
process.on('message', async () => process.send(await costOf(count)))
process.send({ request: Buffer.byteLength(request), response: response.length })

/** @returns the number of requests in a round */
async function warmUp () {
  let cost = 0
  let sent = 0
  for (let spent = 0, batch = 1; sent < WARM_UP.requests && spent < WARM_UP.micros; batch = Math.min(2 * batch, 4000)) {
    cost = await costOf(batch)
    sent += batch
    spent += batch * cost
  }
  return Math.max(1, Math.min(ROUND.requests, Math.round(ROUND.micros / cost)))
}

/** @returns µs of CPU time per request */
async function costOf (requests) {
  const before = process.cpuUsage()
  await send(requests)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / requests
}
