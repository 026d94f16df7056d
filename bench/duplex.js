import { Duplex } from 'node:stream'

/**
 * Sends requests to an http.Server one after the other, through a socket that is no more than a
 * Duplex: the real parser and the real response, but no kernel. The server must keep the connection.
 *
 * @param server the http.Server, which need not listen
 * @param bytes one whole HTTP request, which is always answered with the same number of bytes
 * @returns the first response, and a function that sends the request `count` times
 */
export async function connect (server, bytes) {
  const request = Buffer.from(bytes)
  let received = 0
  let length = Infinity
  let left = 0
  let done

  const socket = new Duplex({
    read () {},
    write (chunk, _encoding, callback) {
      take(chunk)
      callback()
    },
    writev (chunks, callback) {
      for (const { chunk } of chunks) take(chunk)
      callback()
    }
  })
  socket.once('finish', () => { throw new Error('The server closed the connection') })
  socket.setTimeout = socket.setNoDelay = socket.setKeepAlive = socket.ref = socket.unref = () => socket
  server.emit('connection', socket)

  const first = []
  await new Promise(resolve => {
    server.once('request', (_request, response) => response.once('finish', () => setImmediate(resolve)))
    push()
  })
  length = received

  function take (chunk) {
    received += chunk.length
    if (length === Infinity) first.push(Buffer.from(chunk))
    else if (received >= length) next()
  }

  function next () {
    received = 0
    if (--left > 0) process.nextTick(push)
    else done()
  }

  function push () {
    socket.push(request)
  }

  return {
    response: Buffer.concat(first),
    send: count => new Promise(resolve => {
      done = resolve
      left = count
      received = 0
      push()
    })
  }
}
