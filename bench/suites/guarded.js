import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'

// A size that guards something catastrophic: exponential in what is beyond it.

const pattern = String.raw`^(\w+\s?)*$`
const text = { type: 'string', maxLength: 20, pattern }
const evil = `${'a'.repeat(40)}!`
const objects = Array.from({ length: 700 }, (_, index) => ({ [index]: index }))
const names = count => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${'a'.repeat(30)}${index}!`, 'x']))

const BODIES = {
  pattern: [{ type: 'object', properties: { v: text } }, { v: evil }],
  'a pattern behind references': [{ type: 'object', properties: { v: { allOf: [{ $ref: '#/definitions/limit' }, { $ref: '#/definitions/costly' }] } }, definitions: { limit: { type: 'string', maxLength: 20 }, costly: { type: 'string', pattern } } }, { v: evil }],
  uniqueItems: [{ type: 'object', properties: { v: { type: 'array', maxItems: 20, uniqueItems: true, items: { type: 'object' } } } }, { v: objects }],
  'names of properties': [{ type: 'object', properties: { v: { type: 'object', maxProperties: 3, propertyNames: { pattern } } } }, { v: names(100) }]
}

export const title = 'What a size protects, against bare Fastify’s own 400'
const ours = name => name
const bareOf = name => `bare: ${name}`
export const base = bareOf('pattern')
const NAMES = [...Object.keys(BODIES), 'a query']
export const bases = Object.fromEntries(NAMES.map(name => [ours(name), bareOf(name)]))
/** At most 5 times what bare Fastify's own costs, plus 5 ms: in fact, far less. */
const COPIED = 'uniqueItems'
export const gates = Object.fromEntries(NAMES.filter(name => name !== COPIED).map(name => [ours(name), 0.2]))
/** Bare Fastify looks at the length alone. Ours copies the 700 objects, no two of one shape, before it does. */
export const limits = { [ours(COPIED)]: 5000 }

function variant (isOurs, schema, request) {
  return async () => {
    const app = Fastify(isOurs ? scaiServerOptions() : {})
    if (isOurs) await app.register(scaiErrors)
    app.post('/', { schema }, (_request, reply) => { reply.send('ok') })
    await app.ready()
    return { server: app.server, request, expect: isOurs ? '"code":"VALIDATION_ERROR"' : '400 Bad Request' }
  }
}

const post = (path, body) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const rows = [
  ...Object.entries(BODIES).map(([name, [body, input]]) => [name, { body }, post('/', JSON.stringify(input))]),
  ['a query', { querystring: { type: 'object', properties: { v: text } } }, post(`/?v=${encodeURIComponent(evil)}`, '{}')]
]

export const variants = Object.fromEntries(rows.flatMap(([name, schema, request]) => [
  [bareOf(name), variant(false, schema, request)],
  [ours(name), variant(true, schema, request)]
]))
