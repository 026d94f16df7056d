import type { IncomingMessage } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { ScaiError } from '../error/scai-error.js'
import { createExchange, exchangeOf } from '../respond/exchange.js'
import type { ServerState } from './server-state.js'
import { answerSocket, logSocketError } from './socket-response.js'

type Server = FastifyInstance['server']
type Refuse = (server: ServerState, ...args: never[]) => void

/**
 * Events of a server other than requests, and what refuses them if nobody else listens. Node.js would drop a
 * CONNECT without an answer, and send its own text to a client that doesn't agree on HTTP/2.
 */
const REFUSED: Readonly<Record<string, Refuse>> = { connect: refuseTunnel, unknownProtocol: refuseProtocol }

// Registered, so that two copies of this package seal a server once.
const SEALED = Symbol.for('fastify-scai-errors.refused-sockets')

/** Refuses, with the envelope, what no other listener takes, whenever that listener was added. */
export function refuseSockets (server: Server & { [SEALED]?: true }, state: ServerState): void {
  if (server[SEALED] === true) return
  server[SEALED] = true
  for (const [event, refuse] of Object.entries(REFUSED)) {
    server.on(event, (...args: unknown[]) => {
      if (server.listenerCount(event) === 1) refuse(state, ...args as never[])
    })
  }
}

/** Scanners ask for tunnels all day, which is no problem of the service. */
const FORESEEN = { level: 'info', event: 'socket_error' } as const

function refuseTunnel (state: ServerState, request: IncomingMessage, socket: Duplex | Http2ServerResponse): void {
  const error = new ScaiError('NOT_IMPLEMENTED')
  const exchange = exchangeOf(request)
  const line = { ...FORESEEN, request }
  if (!('writeHead' in socket)) return answerSocket(error, socket, exchange, state, line)
  // HTTP/2 has a response for it, which our class of responses seals.
  exchange.sent = logSocketError(error, exchange, state, line)
  socket.writeHead(501).end()
}

function refuseProtocol (state: ServerState, socket: Duplex): void {
  answerSocket(new ScaiError('HTTP_VERSION_NOT_SUPPORTED'), socket, createExchange(), state, FORESEEN)
}
