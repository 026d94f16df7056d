import t from 'tap'
import { internalOf } from '../../src/respond/internals.js'

t.test('what Fastify keeps to itself is found by the description of its symbol, up the prototypes', async t => {
  const scope = Object.create({ [Symbol('fastify.x')]: 1 })
  t.equal(internalOf(scope, 'fastify.x'), 1)
  t.equal(internalOf(scope, 'fastify.y'), undefined)
})
