import { create, createFileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, file_google_protobuf_wrappers as wrappers } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import { failIn, post, send, sendHttp2 } from '../service.js'

const STRING = '.google.protobuf.StringValue'

/** What a generated file would have: a service of two methods. */
const Models = createFileRegistry(create(FileDescriptorSetSchema, {
  file: [wrappers.proto, create(FileDescriptorProtoSchema, {
    name: 'models.proto',
    syntax: 'proto3',
    dependency: ['google/protobuf/wrappers.proto'],
    service: [{
      name: 'Models',
      method: [
        { name: 'Find', inputType: STRING, outputType: STRING },
        { name: 'Watch', inputType: STRING, outputType: STRING, serverStreaming: true }
      ]
    }]
  })]
})).getService('Models')

const routes = router => router.service(Models, {
  find ({ value }) {
    if (value === 'small') return { value }
    if (value === 'busy') throw new ConnectError('Slow down', Code.ResourceExhausted)
    if (value === 'broken') throw new Error('It broke')
    throw new ConnectError('No such model', Code.NotFound)
  },
  async * watch ({ value }) {
    yield { value }
    throw new ConnectError('Gone', Code.Unavailable)
  }
})

const find = (url, value) => send(`${url}/Models/Find`, post(JSON.stringify(value), 'application/json'))

/** What a client is told of a call. */
const told = promise => promise.then(({ value }) => ({ value }), ({ code, rawMessage }) => ({ code: Code[code], rawMessage }))

async function watched (client) {
  const seen = []
  try {
    for await (const { value } of client.watch({ value: 'small' })) seen.push(value)
  } catch ({ code }) {
    seen.push(Code[code])
  }
  return seen
}

/** What clients of a protocol see. */
function byClients (name, createTransport) {
  const client = baseUrl => createClient(Models, createTransport({ baseUrl }))
  return {
    [`a call, by a client of ${name}`]: [url => told(client(url).find({ value: 'small' })), /small/],
    [`a coded error, by a client of ${name}`]: [url => told(client(url).find({ value: 'x' })), /NotFound.*No such model/],
    [`a bug, by a client of ${name}`]: [url => told(client(url).find({ value: 'broken' })), /Internal/],
    [`a stream that fails, by a client of ${name}`]: [url => watched(client(url)), /small.*Unavailable/]
  }
}

const connect = {
  packages: ['@connectrpc/connect-fastify'],
  way: 'in a scope of its own',
  given: () => ({ plugin: fastifyConnectPlugin, options: { routes } }),
  mount: (app, { plugin, options }) => app.register(plugin, options)
}

export default [
  {
    ...connect,
    name: 'Connect, gRPC-web',
    theirs: {
      'a call': [url => find(url, 'small'), /200.*small/],
      'a coded error': [url => find(url, 'x'), /404.*not_found.*No such model/],
      'a limit': [url => find(url, 'busy'), /429.*resource_exhausted/],
      'a bug': [url => find(url, 'broken'), /500.*internal/],
      'a malformed body': [url => send(`${url}/Models/Find`, post('{')), /400.*invalid_argument/],
      'a wrong method': [url => send(`${url}/Models/Find`, { method: 'PUT' }), /405/],
      ...byClients('Connect', createConnectTransport),
      ...byClients('gRPC-web', createGrpcWebTransport)
    },
    ours: {
      'errors of hooks': [url => send(`${url}/Models/Find`, failIn('preHandler', post('"small"'))), 'INTERNAL_ERROR'],
      'unknown media types': [url => send(`${url}/Models/Find`, post('a', 'text/csv')), 'UNSUPPORTED_MEDIA_TYPE']
    }
  },
  {
    ...connect,
    name: 'gRPC (Connect, over HTTP/2)',
    http2: true,
    theirs: {
      ...byClients('gRPC', createGrpcTransport),
      'a wrong method': [url => sendHttp2(`${url}/Models/Find`, { method: 'PUT' }), /405/]
    },
    ours: {
      'errors of hooks': [url => sendHttp2(`${url}/Models/Find`, failIn('preHandler', post('', 'application/grpc+proto'))), 'INTERNAL_ERROR'],
      'unknown media types': [url => sendHttp2(`${url}/Models/Find`, post('a', 'text/csv')), 'UNSUPPORTED_MEDIA_TYPE']
    }
  }
]
