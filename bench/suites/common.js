import Fastify from 'fastify'

/** A request for a path, and nothing else. */
export const get = path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

const MODEL = { id: 'scai-small', object: 'model', created: 1764000000, owned_by: 'scailabs', display_name: 'Scai Small', context_window: 131072, enabled: true }

/** The response schema of a 200 that is as long as an envelope. */
export const schema = {
  response: {
    200: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        object: { type: 'string' },
        created: { type: 'integer' },
        owned_by: { type: 'string' },
        display_name: { type: 'string' },
        context_window: { type: 'integer' },
        enabled: { type: 'boolean' }
      }
    }
  }
}

export const sendModel = (_request, reply) => { reply.send(MODEL) }

/** An error that nobody foresaw. */
export const failing = () => { throw new Error('boom') }

/** Bare Fastify. */
export function bare (define, expect) {
  return async () => {
    const app = Fastify()
    define(app)
    await app.ready()
    return { server: app.server, request: get('/'), expect }
  }
}

/** A plain 200 with a response schema, as long as an envelope. */
export const plain = bare(app => app.get('/', { schema }, sendModel), '200 OK')
