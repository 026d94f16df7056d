// One variant in a process of its own: warms up, then measures a round whenever it is told to.

import { connect } from './duplex.js'

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

await send(40_000)
process.on('message', async count => {
  const before = process.cpuUsage()
  await send(count)
  const { user, system } = process.cpuUsage(before)
  process.send((user + system) / count)
})
process.send({ bytes: response.length })
