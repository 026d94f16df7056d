// close-with-grace: a process that is told to end, with a request in flight and more to come.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.js'
import { start } from './child.js'
import { titleOf, until } from './kit.js'
import { writeRecipe } from './recipe.js'

const GET = 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'

test(titleOf('close-with-grace'), async t => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    await t.test(signal, async t => {
      const port = await freePort()
      const file = fileURLToPath(writeRecipe('shutdown.js', "from 'close-with-grace'"))
      const { child, exited, lines } = await start(t, [file], { env: { PORT: String(port) } })

      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      const received = socket.toArray()
      socket.write(GET)
      await until(() => lines.some(({ msg }) => msg === 'incoming request'))
      child.kill(signal)
      await until(() => refuses(port))
      socket.write(GET)

      const [first, late] = (await received).join('').split(/(?=HTTP\/1\.1 )/)
      assert.match(first, /^HTTP\/1\.1 200 [^]*{"done":true}$/)
      assert.match(late, /^HTTP\/1\.1 503 [^]*connection: close[^]*"code":"SERVICE_DRAINING"[^]*"retry_after":1/)
      assert.deepEqual(await exited, [0, null])
      const id = /"request_id":"(req_[\w-]+)"/.exec(late)[1]
      assert.deepEqual(lines.filter(({ event }) => event !== undefined).map(({ code, request_id: id }) => [code, id]), [['SERVICE_DRAINING', id]])
    })
  }
})

async function refuses (port) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}
