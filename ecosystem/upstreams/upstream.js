// An upstream on a socket of its own, that fails as it is told.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { constants, createServer as createHttp2Server } from 'node:http2'
import { freePort } from '../free-port.js'
import { PLANTED } from '../service.js'

/**
 * An HTTP server that does this with each request, once it has read it; its address.
 *
 * @param {import('node:test').TestContext} t
 * @param {(response: import('node:http').ServerResponse, breakOff: () => void) => void} behave
 */
export async function startUpstream (t, behave, { http2 = false } = {}) {
  const sockets = new Set()
  const server = (http2 ? createHttp2Server : createServer)((request, response) => {
    const breakOff = () => http2 ? response.stream.close(constants.NGHTTP2_INTERNAL_ERROR) : request.socket.resetAndDestroy()
    request.resume().on('end', () => behave(response, breakOff))
  })
  server.on('connection', socket => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    sockets.forEach(socket => socket.destroy())
  })
  return `http://127.0.0.1:${server.address().port}`
}

/** An address where nobody listens. */
export async function closedAddress () {
  return `http://127.0.0.1:${await freePort()}`
}

/** Answers so; what is no text is sent as JSON. */
export const answer = ({ status, headers, body }) => response => {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', 'x-planted': PLANTED.header, ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

export const stall = () => {}

/** Promises more than it sends, and breaks the connection. */
export const cut = (response, breakOff) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000, 'x-planted': PLANTED.header })
  response.write('{"a"')
  setTimeout(breakOff, 20)
}

/** Server-sent events, or lines of JSON, and then: the end, a break of the connection, or nothing more. */
export const stream = ({ type = 'text/event-stream', chunks, then = 'end' }) => (response, breakOff) => {
  response.writeHead(200, { 'content-type': type, 'x-planted': PLANTED.header })
  for (const chunk of chunks) response.write(chunk)
  if (then === 'end') response.end()
  if (then === 'cut') setTimeout(breakOff, 20)
}
