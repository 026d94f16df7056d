import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import t from 'tap'
import { createServerState } from '../../src/seal/server-state.js'
import { sealHandshakes } from '../../src/seal/handshakes.js'
import { refuseSockets } from '../../src/seal/refused-sockets.js'

t.test('a server is sealed once, whoever does it', async t => {
  const server = createServer()
  sealHandshakes(server, createServerState())
  const { emit } = server
  sealHandshakes(server, createServerState())
  t.equal(server.emit, emit)

  refuseSockets(server, createServerState())
  refuseSockets(server, createServerState())
  t.equal(server.listenerCount('connect'), 1)
})

t.test('a server with its own emit keeps it', async t => {
  const events: string[] = []
  const server = Object.assign(new EventEmitter(), { emit: (event: string) => events.push(event) > 0 }) as unknown as Server
  sealHandshakes(server, createServerState())
  server.emit('anything')
  t.strictSame(events, ['anything'])
})
