import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { internalOf } from '../respond/internals.js'

/** What Fastify forgets to hand on to the first server, and is answered there. */
const FORWARDED = ['clientError', 'connect', 'unknownProtocol']

/**
 * Has the second server, which Fastify opens for the other address of localhost, do as the first one.
 * Fastify hands on only `upgrade`, and even that where nobody listens: such a handshake would never end.
 */
export function sealSecondaryServers (app: FastifyInstance): void {
  app.addHook('onListen', done => {
    for (const server of secondaryServersOf(app)) followServer(server, app.server)
    done()
  })
}

/** The servers of the other addresses of localhost, as far as they are open. */
export function secondaryServersOf (app: FastifyInstance): Server[] {
  return internalOf(app, 'fastify.serverBindings') as Server[]
}

function followServer (server: Server, main: FastifyInstance['server']): void {
  for (const event of FORWARDED) {
    if (server.listenerCount(event) === 0) server.on(event, (...args: unknown[]) => main.emit(event, ...args))
  }
  const { listenerCount } = server
  // Without a listener of it, Node.js takes a handshake for an ordinary request.
  server.listenerCount = function (event, ...args) {
    return event === 'upgrade' ? main.listenerCount(event) : listenerCount.call(this, event, ...args)
  }
}
