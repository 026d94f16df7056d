import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import Fastify from 'fastify'
import scaiErrors, { scaiServerOptions } from '../../dist/index.js'
import { get } from './common.js'

const FRAMES = 1000

export const title = `A stream of ${FRAMES} frames, against a loop on reply.raw in bare Fastify`
export const base = 'reply.raw'
export const bases = { 'reply.scaiStream, a turn each': 'reply.raw, a turn each' }
export const gates = { 'reply.scaiStream': 0.9, 'reply.scaiStream, a turn each': 0.9 }

const CHUNK = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1764000000, model: 'scai-small', choices: [{ index: 0, delta: { content: ' token' }, finish_reason: null }] }

/** As fast as they are taken. */
async function * atOnce () {
  for (let i = 0; i < FRAMES; i++) yield CHUNK
}

/** As from a network: each in a turn of the event loop of its own. */
async function * turnByTurn () {
  for (let i = 0; i < FRAMES; i++) {
    await turn()
    yield CHUNK
  }
}

async function serve (app, handler) {
  app.get('/', handler)
  await app.ready()
  return { server: app.server, request: get('/'), expect: 'data: [DONE]' }
}

function byHand (source) {
  return () => serve(Fastify(), async (_request, reply) => {
    const { raw } = reply.hijack()
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
    for await (const item of source()) {
      if (!raw.write(`data: ${JSON.stringify(item)}\n\n`)) await once(raw, 'drain')
    }
    raw.end('data: [DONE]\n\n')
  })
}

function scai (source, options) {
  return async () => {
    const app = Fastify(scaiServerOptions())
    await app.register(scaiErrors)
    return await serve(app, (_request, reply) => { reply.scaiStream(source(), options) })
  }
}

export const variants = {
  'reply.raw': byHand(atOnce),
  'reply.scaiStream': scai(atOnce),
  'reply.scaiStream, heartbeat and stallTimeout': scai(atOnce, { heartbeat: 15_000, stallTimeout: 60_000 }),
  'reply.raw, a turn each': byHand(turnByTurn),
  'reply.scaiStream, a turn each': scai(turnByTurn)
}
