import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions, ScaiError } from '../../dist/index.js'
export const title = 'tmp'
export const base = 'bare: invalid, 1 fault'
const names = count => Array.from({ length: count }, (_, i) => `field${i}`)
const schemaOf = count => ({ type: 'object', required: names(count), properties: Object.fromEntries(names(count).map(name => [name, { type: 'string', minLength: 2, maxLength: 40 }])) })
const bodyOf = (count, faults) => JSON.stringify(Object.fromEntries(names(count).map((name, i) => [name, i < faults ? 'x' : 'a good value'])))
function variant (ours, fields, faults, handler, options = {}) {
  return async () => {
    const app = Fastify(ours ? scaiServerOptions(options) : options)
    if (ours) await app.register(scaiErrors)
    app.post('/', { schema: { body: schemaOf(fields) } }, handler ?? ((_request, reply) => { reply.send('ok') }))
    await app.ready()
    const body = bodyOf(fields, faults)
    const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    return { server: app.server, request, expect: 'HTTP/1.1' }
  }
}
const details = [{ field: 'field0', message: 'must have at least 2 characters' }]
const error = new ScaiError('VALIDATION_ERROR', { details })
export const variants = {
  'bare: invalid, 1 fault': variant(false, 5, 1),
  'bare: valid': variant(false, 5, 0),
  'ours: valid': variant(true, 5, 0),
  'ours: valid, error sent by handler': variant(true, 5, 0, (_r, reply) => { reply.scaiError('VALIDATION_ERROR', { details }) }),
  'ours: valid, ready error': variant(true, 5, 0, (_r, reply) => { reply.send(error) }),
  'ours: invalid, 1 fault': variant(true, 5, 1),
  'bare, no stack': variant(false, 5, 1, undefined, { schemaErrorFormatter: () => new ScaiError('VALIDATION_ERROR', { details }) })
}
