import t from 'tap'
import { runScenes } from './fixtures/conformance.js'
import { frameworkScenes } from './fixtures/faults/framework.js'
import { nodeScenes } from './fixtures/faults/node.js'
import { thrownScenes } from './fixtures/faults/thrown.js'

t.test('Node.js by itself', async t => runScenes(t, nodeScenes))
t.test('Fastify by itself', async t => runScenes(t, frameworkScenes))
t.test('what is thrown', async t => runScenes(t, thrownScenes))
