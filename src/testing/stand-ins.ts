import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { scopesOf } from './scopes.js'

/** A text that must never be sent. It is in everything that the stand-ins throw and send. */
export const SECRET = 'secret-of-the-conformance-check'

/** The header with which a request selects a stand-in. */
export const STAND_IN_HEADER = 'x-scai-conformance'

/** Throws, or answers; after an answer, no further hook runs. */
type Act = (reply: FastifyReply) => void

const thrown = (): never => { throw new Error(SECRET) }
const success: Act = reply => { reply.send({ ok: true }) }

interface StandIn {
  readonly title: string
  /** By hook. A stand-in for a handler acts before the validation, since nothing is known about the input. */
  readonly acts: { readonly [Name in Hook]?: Act }
}

type Hook = 'onRequest' | 'preParsing' | 'preValidation' | 'preHandler' | 'preSerialization' | 'onSend'

/** What a handler or a hook may do wrong. Each must result in an envelope. */
export const STAND_INS: readonly StandIn[] = [
  { title: 'an onRequest hook that throws', acts: { onRequest: thrown } },
  { title: 'a preParsing hook that throws', acts: { preParsing: thrown } },
  { title: 'a preValidation hook that throws', acts: { preValidation: thrown } },
  { title: 'a preHandler hook that throws', acts: { preHandler: thrown } },
  { title: 'a preSerialization hook that throws', acts: { preValidation: success, preSerialization: thrown } },
  { title: 'an onSend hook that throws', acts: { preValidation: success, onSend: thrown } },
  {
    title: 'an error with a status',
    acts: { preValidation: () => { throw Object.assign(new TypeError(SECRET), { statusCode: 409, detail: SECRET }) } }
  },
  { title: 'an error that is sent', acts: { preValidation: reply => { reply.send(new Error(SECRET)) } } },
  { title: 'an object that is sent with an error status', acts: { preValidation: reply => { reply.code(404).send({ error: SECRET }) } } },
  { title: 'a text that is sent with an error status', acts: { preValidation: reply => { reply.code(500).send(SECRET) } } },
  { title: 'a Response with an error status', acts: { preValidation: reply => { reply.send(new Response(SECRET, { status: 502 })) } } },
  {
    title: 'a stream that fails',
    acts: { preValidation: reply => { reply.send(new Readable({ read () { this.destroy(new Error(SECRET)) } })) } }
  },
  {
    title: 'a raw reply with an error status',
    acts: { preValidation: reply => { reply.hijack().raw.writeHead(502, { 'content-type': 'text/html' }).end(SECRET) } }
  }
]

/** The stand-in that stops a request before its handler, which must not act on what the check sends. */
export const BEFORE_HANDLER = STAND_INS.findIndex(({ acts }) => acts.preHandler !== undefined)

/** Selects no stand-in, but that the request is held. */
export const HOLD = 'hold'

export interface Holder {
  /** A request is held. */
  readonly held: Promise<void>
  /** The service has begun to close. */
  readonly closing: Promise<void>
  readonly release: () => void
}

/**
 * Adds the stand-ins to every scope. They act only if a request selects one, by its number.
 *
 * @param token what a request must also know
 * @throws if the service is already ready
 */
export function addStandIns (app: FastifyInstance, token: string): Holder {
  let release!: () => void
  let hold!: () => void
  const held = new Promise<void>(resolve => { hold = resolve })
  const released = new Promise<void>(resolve => { release = resolve })

  /** Whether it has answered. */
  const acts = (hook: Hook, { headers }: FastifyRequest, reply: FastifyReply): boolean => {
    const [given, asked] = String(headers[STAND_IN_HEADER]).split(' ')
    if (given !== token) return false
    if (asked === HOLD && hook === 'preValidation') {
      released.then(() => success(reply))
      hold()
      return true
    }
    const act = STAND_INS[Number(asked)]?.acts[hook]
    act?.(reply)
    return act !== undefined
  }

  for (const scope of scopesOf(app)) {
    for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
      scope.addHook(hook as 'onRequest', (request, reply, done) => guarded(done, () => acts(hook, request, reply) || done()))
    }
    for (const hook of ['preParsing', 'preSerialization', 'onSend'] as const) {
      scope.addHook(hook as 'onSend', (request, reply, payload, done) =>
        guarded(done, () => acts(hook, request, reply) || done(null, payload)))
    }
  }
  const closing = new Promise<void>(resolve => app.addHook('preClose', done => {
    resolve()
    done()
  }))
  return { held, closing, release }
}

/** In a hook with a callback, Fastify expects thrown values as its argument. */
function guarded (done: (error: Error) => void, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    done(error as Error)
  }
}
