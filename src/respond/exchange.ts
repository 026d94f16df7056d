import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http'
import type { ErrorResponse } from './response.js'

/** What is known of a raw response beside what Node.js knows. */
export interface Mark {
  /** The error response that was put onto it. */
  sent: ErrorResponse | undefined
  /** Whether something was thrown, and what, before any handler saw it. */
  hasThrown: boolean
  thrown: unknown
  /** An envelope has left the reply guard. */
  guarded: boolean
  /** It may carry an error that isn't ours. */
  pass: boolean
  /** A head with an error status that was written, and is held back until the body shows whose it is. */
  held: Head | undefined
  /**
   * How far a response with an error status has come. `open`: what is written goes through. `closed`:
   * the envelope was sent, what is written is swallowed.
   */
  state: 'new' | 'open' | 'closed'
}

export interface Head {
  readonly status: number
  readonly headers: OutgoingHttpHeaders | OutgoingHttpHeader[]
}

// Registered: the server's options and the plugin may come from two copies of this package.
const MARK = Symbol.for('fastify-scai-errors.mark')

/** The mark of a raw response. */
export function markOf (raw: object): Mark {
  const marked = raw as { [MARK]?: Mark }
  marked[MARK] ??= { sent: undefined, hasThrown: false, thrown: undefined, guarded: false, pass: false, held: undefined, state: 'new' }
  return marked[MARK]
}

/**
 * Whether a body is the envelope that was put onto the response, as it was or compressed. The mark
 * alone doesn't tell: what Fastify writes after a failing onSend hook comes with it, too.
 *
 * @param isEncoded whether the response has a content-encoding
 */
export function isSent ({ sent }: Mark, status: number, body: unknown, isEncoded: () => boolean): boolean {
  return sent?.status === status && (body === sent.body || typeof body !== 'string') && isEncoded() === (typeof body !== 'string')
}
