import { read } from '../error/read.js'
import type { Answer } from './answer.js'
import { faultIn } from './fault.js'

/** The types of events that report a fault. */
const EVENTS: readonly unknown[] = ['error', 'response.failed', 'response.incomplete']

/**
 * A body, or an item of a stream, that reports a fault although its status was a success: `{ error: … }`,
 * Gemini's list of such, an event of the Responses API, or just a `code` or `type`.
 */
export function bodyIn (seen: unknown): Answer | undefined {
  if (Object(seen) !== seen || seen instanceof Error) return undefined
  const { code, type } = faultIn(seen)
  const says = EVENTS.includes(read(seen, 'type')) || read(seen, 'error') !== undefined || Array.isArray(seen) ||
    typeof code === 'string' || typeof type === 'string'
  if (!says) return undefined
  return { status: undefined, header: () => undefined, body: seen }
}

/**
 * Whether this is an event of a provider's stream, or the error in one, that was thrown as it came: of the
 * Responses API, of Anthropic, of OpenAI and those like it. An object of one's own has no such fields.
 */
export function isThrownEvent (thrown: unknown): boolean {
  if (thrown instanceof Error) return false
  const isEvent = EVENTS.includes(read(thrown, 'type'))
  return (isEvent && typeof read(thrown, 'sequence_number') === 'number') ||
    (isEvent && typeof read(read(thrown, 'error'), 'type') === 'string') ||
    (typeof read(thrown, 'message') === 'string' && ['type', 'param', 'code'].every(name => read(thrown, name) !== undefined))
}
