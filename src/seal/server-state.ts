import type { FastifyBaseLogger } from 'fastify'
import { DEFAULT_SETTINGS } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import type { GenReqId } from './gen-req-id.js'

/** What `scaiServerOptions()` and the plugin share: what answers without Fastify goes by it. */
export interface ServerState {
  /** Those of the outermost scope with the plugin. */
  settings: Settings
  /** The service's logger, as soon as there is one: the plugin brings it. */
  log?: FastifyBaseLogger
  /** It was told that the plugin is missing. */
  told?: true
  /** The servers whose `close()` was called: services that share their options close one by one. */
  closing?: WeakSet<object>
}

// The id generator is all that both of them see: the state hangs on it. Registered, since they may come
// from two copies of this package.
const STATE = Symbol.for('fastify-scai-errors.server-state')

interface Branded {
  [STATE]?: ServerState
}

export function createServerState (): ServerState {
  return { settings: DEFAULT_SETTINGS }
}

/** The state of a server made with `scaiServerOptions()`, by its `genReqId`. */
export function serverStateOf (genReqId: GenReqId | undefined): ServerState | undefined {
  return (genReqId as Branded | undefined)?.[STATE]
}

/** Leaves the state on a generator, for `serverStateOf`. */
export function setServerState (genReqId: GenReqId, state: ServerState): void {
  (genReqId as Branded)[STATE] = state
}

export function noteClosing (state: ServerState, server: object): void {
  (state.closing ??= new WeakSet()).add(server)
}

/** Whether `close()` was called of the service that this server belongs to. */
export function isClosing ({ closing }: ServerState, server: object | undefined): boolean {
  return server !== undefined && closing?.has(server) === true
}

/** Warns, once a server, that it was made with `scaiServerOptions()` and lacks the plugin, which would bring the logger. */
export function warnOfMissingPlugin (server: ServerState): void {
  if (server.told) return
  server.told = true
  process.emitWarning('scaiServerOptions() was called, but the plugin is missing: hardly any error response will be the envelope. ' +
    'Write "await app.register(scaiErrors)" before your routes.')
}
