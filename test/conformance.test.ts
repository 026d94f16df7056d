import t from 'tap'
import { runScenes } from './fixtures/conformance.js'
import { frameworkScenes } from './fixtures/faults/framework.js'
import { nodeScenes } from './fixtures/faults/node.js'
import { pluginScenes } from './fixtures/faults/plugins.js'
import { rawReplyScenes } from './fixtures/faults/raw-replies.js'
import { replyScenes } from './fixtures/faults/replies.js'
import { scopeScenes } from './fixtures/faults/scopes.js'
import { thrownScenes } from './fixtures/faults/thrown.js'

t.test('Node.js by itself', async t => runScenes(t, nodeScenes))
t.test('Fastify by itself', async t => runScenes(t, frameworkScenes))
t.test('what is thrown', async t => runScenes(t, thrownScenes))
t.test('what is sent', async t => runScenes(t, replyScenes))
t.test('what is written past Fastify', async t => runScenes(t, rawReplyScenes))
t.test('beside others', async t => runScenes(t, scopeScenes))
t.test('real plugins', async t => runScenes(t, pluginScenes))
