import type { ErrorResponse } from './response.js'

/** What is known of a raw response beside what Node.js knows. */
export interface Mark {
  /** The error response that was put onto it. */
  sent?: ErrorResponse
  /** What was thrown, before any handler saw it. */
  thrown?: { readonly error: unknown }
  /** It may carry an error that isn't ours. */
  pass?: boolean
}

// Registered: the server's options and the plugin may come from two copies of this package.
const MARK = Symbol.for('fastify-scai-errors.mark')

/** The mark of a raw response. */
export function markOf (raw: object): Mark {
  const marked = raw as { [MARK]?: Mark }
  marked[MARK] ??= {}
  return marked[MARK]
}

/**
 * Whether a body is the envelope that was put onto the response, as it was or compressed. The mark
 * alone doesn't tell: what Fastify writes after a failing onSend hook comes with it, too.
 *
 * @param encoded whether the response has a content-encoding
 */
export function isSent ({ sent }: Mark, status: number, body: unknown, encoded: boolean): boolean {
  return sent?.status === status && (body === sent.body || (encoded && typeof body !== 'string'))
}
