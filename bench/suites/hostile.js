import { createServer } from 'node:http'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'

const MIB = 1024 * 1024
const five = { type: 'object', required: ['a', 'b', 'c', 'd', 'e'] }
const constant = kind => ({ type: 'object', properties: { kind: { const: kind }, [kind]: { type: 'string' } }, required: ['kind', kind] })
const four = { anyOf: ['a', 'b', 'c', 'd'].map(constant) }
const list = items => ({ type: 'array', items })

const empties = bytes => `[${Array(Math.floor((bytes - 1) / 3)).fill('{}').join()}]`
const BODIES = {
  'empty objects under five required keys': [list(five), empties(MIB)],
  'empty objects under a union of four': [list(four), empties(MIB)],
  '100,000 unexpected properties': [{ type: 'object', additionalProperties: false, required: ['a'] }, JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`p${i}`, i])))],
  'a property name of a MiB': [{ type: 'object', additionalProperties: { type: 'integer' } }, JSON.stringify({ ['n'.repeat(MIB - 20)]: 'x' })]
}
/** As long as a body may be of which all faults are told. */
const SMALL = 'a union of four, as long as allErrorsLimit'

export const title = 'Hostile bodies of 1 MiB, against JSON.parse of them in node:http'
export const base = `JSON.parse: ${Object.keys(BODIES)[0]}`
export const bases = Object.fromEntries(Object.keys(BODIES).map(name => [name, `JSON.parse: ${name}`]))
export const gates = Object.fromEntries(Object.keys(BODIES).map(name => [name, 0.5]))
export const sizes = Object.fromEntries(Object.keys(BODIES).map(name => [name, 0.05]))
export const limits = { [SMALL]: 5000 }

const post = body => `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

async function scai (schema, body) {
  const app = Fastify({ ...scaiServerOptions({ bodyLimit: 2 * MIB, ajv: { customOptions: { removeAdditional: false } } }) })
  await app.register(scaiErrors)
  app.post('/', { schema: { body: schema } }, (_request, reply) => { reply.send('ok') })
  await app.ready()
  return { server: app.server, request: post(body), expect: '"code":"VALIDATION_ERROR"' }
}

function parse (body) {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end', () => response.end(typeof JSON.parse(text)))
  })
  return { server, request: post(body), expect: '200 OK' }
}

export const variants = {
  ...Object.fromEntries(Object.entries(BODIES).flatMap(([name, [schema, body]]) => [[`JSON.parse: ${name}`, () => parse(body)], [name, () => scai(schema, body)]])),
  [SMALL]: () => scai(list(four), empties(8100))
}
