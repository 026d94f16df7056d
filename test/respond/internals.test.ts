import t from 'tap'
import { internalOf } from '../../src/respond/internals.js'

t.test('what Fastify keeps under private symbols is found by their descriptions, up the prototypes', async t => {
  const scope = Object.create({ [Symbol('fastify.x')]: 1 })
  t.equal(internalOf(scope, 'fastify.x'), 1)
  t.equal(internalOf(scope, 'fastify.y'), undefined)
})
