// One variant in a process of its own: warms up, then measures a round whenever it is told to.

import { connect } from './duplex.js'

const [suiteName, variantName] = process.argv.slice(2)
const { variants, requests = 4000 } = await import(`./suites/${suiteName}.js`)
const { server, request, expect } = await variants[variantName]()
const { response, send } = await connect(server, request)
if (!response.includes(expect)) throw new Error(`${variantName}: expected ${expect} in\n${response}`)

await send(10 * requests)
process.on('message', async count => {
  const before = process.cpuUsage()
  await send(count)
  const { user, system } = process.cpuUsage(before)
  process.send((user + system) / count)
})
process.send({ bytes: response.length })
