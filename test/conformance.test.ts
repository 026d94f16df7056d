import t from 'tap'
import { runScenes } from './fixtures/conformance.js'
import { frameworkScenes } from './fixtures/faults/framework.js'
import { nodeScenes } from './fixtures/faults/node.js'
import { pluginScenes } from './fixtures/faults/plugins.js'
import { proxyScenes } from './fixtures/faults/proxies.js'
import { rawReplyScenes } from './fixtures/faults/raw-replies.js'
import { replyScenes } from './fixtures/faults/replies.js'
import { scopeScenes } from './fixtures/faults/scopes.js'
import { thrownScenes } from './fixtures/faults/thrown.js'
import { transportScenes } from './fixtures/faults/transports.js'

t.test('Node.js by itself', async t => runScenes(t, nodeScenes))
t.test('Fastify by itself', async t => runScenes(t, frameworkScenes))
t.test('what is thrown', async t => runScenes(t, thrownScenes))
t.test('what is sent', async t => runScenes(t, replyScenes))
t.test('what is written past Fastify', async t => runScenes(t, rawReplyScenes))
t.test('beside others', async t => runScenes(t, scopeScenes))
t.test('over', async t => runScenes(t, transportScenes))
t.test('real plugins', async t => runScenes(t, pluginScenes))
t.test('upstreams', async t => runScenes(t, proxyScenes))
