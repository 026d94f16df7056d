import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { TOO_LARGE, failIn, post, send } from '../service.js'

const ACCEPTS = { accept: 'application/json, text/event-stream' }
const call = (url, method, params, headers = ACCEPTS) =>
  send(`${url}/mcp`, post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), 'application/json', headers))

async function withClient (url, use) {
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)))
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

/** By either line of the SDK. */
const protocolOf = ({ name, packages, Server, Transport }) => ({
  name,
  packages,
  way: 'by the `config` of its route',
  given: () => ({
    method: ['GET', 'POST', 'PUT', 'DELETE'],
    url: '/mcp',
    async handler (request, reply) {
      const server = new Server({ name: 'models', version: '1.0.0' })
      server.registerTool('list', { description: 'Lists the models' }, () => ({ content: [{ type: 'text', text: 'small, large' }] }))
      server.registerTool('broken', {}, () => { throw new Error('It broke') })
      const transport = new Transport({ sessionIdGenerator: undefined })
      await server.connect(transport)
      reply.hijack()
      await transport.handleRequest(request.raw, reply.raw, request.body)
    }
  }),
  mount: (app, route) => app.route(route),
  theirs: {
    'a call': [url => call(url, 'tools/list'), /200.*Lists the models/],
    'a call, by its client': [url => withClient(url, client => client.callTool({ name: 'list' })), /small, large/],
    'a tool that fails, by its client': [url => withClient(url, client => client.callTool({ name: 'broken' })), /It broke/],
    'an unknown tool, by its client': [
      url => withClient(url, client => client.callTool({ name: 'nothing' }).catch(({ code, message }) => ({ code, message }))), /nothing/
    ],
    'an unknown method': [url => call(url, 'nothing'), /200.*-32601/],
    'a client that does not accept the answer': [url => call(url, 'tools/list', {}, {}), /406.*-32000/],
    'what is no JSON-RPC': [url => send(`${url}/mcp`, post('{}', 'application/json', ACCEPTS)), /400.*-32700/],
    'an unknown version': [url => call(url, 'tools/list', {}, { ...ACCEPTS, 'mcp-protocol-version': '1999-01-01' }), /400.*-32000/],
    'a wrong method': [url => send(`${url}/mcp`, { method: 'PUT' }), /405.*-32000/]
  },
  ours: {
    'errors of hooks': [url => send(`${url}/mcp`, failIn('preHandler')), 'INTERNAL_ERROR'],
    'malformed bodies': [url => send(`${url}/mcp`, post('{')), 'VALIDATION_ERROR'],
    'too large bodies': [url => send(`${url}/mcp`, post(TOO_LARGE)), 'CONTENT_TOO_LARGE'],
    'unknown media types': [url => send(`${url}/mcp`, post('a', 'text/csv')), 'UNSUPPORTED_MEDIA_TYPE']
  }
})

export default [
  protocolOf({
    name: 'MCP\'s streamable HTTP',
    packages: ['@modelcontextprotocol/sdk'],
    Server: McpServer,
    Transport: StreamableHTTPServerTransport
  }),
  protocolOf({
    name: 'MCP\'s streamable HTTP, SDK 2',
    packages: ['@modelcontextprotocol/server', '@modelcontextprotocol/node'],
    Server: McpServer2,
    Transport: NodeStreamableHTTPServerTransport
  })
]
