import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'

export const title = 'Validation, each against the same with bare Fastify'
export const bases = {
  'valid, 100 fields': 'bare: valid, 100 fields',
  'invalid, 1 fault': 'bare: invalid, 1 fault',
  'invalid, 10 faults, all told': 'bare with allErrors: invalid, 10 faults',
  'invalid, 1 fault of 100 fields': 'bare: invalid, 1 fault of 100 fields'
}
export const base = 'bare: valid, 100 fields'
export const gates = { 'valid, 100 fields': 0.95, 'invalid, 1 fault': 1.25, 'invalid, 10 faults, all told': 1.15 }

const names = count => Array.from({ length: count }, (_, i) => `field${i}`)
const schemaOf = count => ({ type: 'object', required: names(count), properties: Object.fromEntries(names(count).map(name => [name, { type: 'string', minLength: 2, maxLength: 40 }])) })
const bodyOf = (count, faults) => JSON.stringify(Object.fromEntries(names(count).map((name, i) => [name, i < faults ? 'x' : 'a good value'])))

const allErrors = { ajv: { customOptions: { allErrors: true } } }

function variant (ours, fields, faults, options = {}) {
  return async () => {
    const app = Fastify(ours ? scaiServerOptions(options) : options)
    if (ours) await app.register(scaiErrors)
    app.post('/', { schema: { body: schemaOf(fields) } }, (_request, reply) => { reply.send('ok') })
    await app.ready()
    const body = bodyOf(fields, faults)
    const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    return { server: app.server, request, expect: faults === 0 ? '200 OK' : ours ? `"field${faults - 1}"` : '400 Bad Request' }
  }
}

export const variants = {
  'bare: valid, 100 fields': variant(false, 100, 0),
  'valid, 100 fields': variant(true, 100, 0),
  'bare with allErrors: valid, 100 fields': variant(false, 100, 0, allErrors),
  'bare: invalid, 1 fault': variant(false, 5, 1),
  'invalid, 1 fault': variant(true, 5, 1),
  'bare with allErrors: invalid, 10 faults': variant(false, 10, 10, allErrors),
  'invalid, 10 faults, all told': variant(true, 10, 10),
  'bare: invalid, 1 fault of 100 fields': variant(false, 100, 1),
  'invalid, 1 fault of 100 fields': variant(true, 100, 1)
}
