import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { internalOf } from '../respond/internals.js'

/** The events that Fastify forgets to pass on to the first server, which answers them. */
const FORWARDED = ['clientError', 'connect', 'unknownProtocol']

/**
 * Makes the second server, which Fastify opens for the other address of localhost, behave like the first one.
 * Fastify passes on only `upgrade`, even if nobody listens; such a handshake would never end.
 */
export function sealSecondaryServers (app: FastifyInstance): void {
  app.addHook('onListen', done => {
    for (const server of secondaryServersOf(app)) followServer(server, app.server)
    done()
  })
}

/** The open servers of the other addresses of localhost. */
export function secondaryServersOf (app: FastifyInstance): Server[] {
  return internalOf(app, 'fastify.serverBindings') as Server[]
}

function followServer (server: Server, main: FastifyInstance['server']): void {
  for (const event of FORWARDED) {
    if (server.listenerCount(event) === 0) server.on(event, (...args: unknown[]) => main.emit(event, ...args))
  }
  const { listenerCount } = server
  // Without a listener, Node.js treats a handshake as an ordinary request.
  server.listenerCount = function (event, ...args) {
    return event === 'upgrade' ? main.listenerCount(event) : listenerCount.call(this, event, ...args)
  }
}
