import type { FastifyBaseLogger } from 'fastify'
import { DEFAULT_SETTINGS } from '../respond/settings.js'
import type { Settings } from '../respond/settings.js'
import type { GenReqId } from './gen-req-id.js'

/** What `scaiServerOptions()` and the plugin share, for answers without Fastify. */
export interface ServerState {
  /** The settings of the outermost scope with the plugin. */
  settings: Settings
  /** The service's logger, which the plugin sets. */
  log?: FastifyBaseLogger
  /** The missing plugin was reported. */
  told?: true
  /** The servers whose `close()` was called: services that share their options close one by one. */
  closing?: WeakSet<object>
}

// The id generator is the only thing that both of them see, so the state is stored on it. Registered, since they
// may come from two copies of this package.
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

/** Stores the state on a generator, for `serverStateOf`. */
export function setServerState (genReqId: GenReqId, state: ServerState): void {
  (genReqId as Branded)[STATE] = state
}

/** Notes that `close()` was called on the service that this server belongs to. */
export function noteClosing (state: ServerState, server: object): void {
  (state.closing ??= new WeakSet()).add(server)
}

/** Whether `close()` was called on the service that this server belongs to. */
export function isClosing ({ closing }: ServerState, server: object | undefined): boolean {
  return server !== undefined && closing?.has(server) === true
}

/** Warns, once for each server, that it was made with `scaiServerOptions()` but lacks the plugin. There is no logger yet. */
export function warnOfMissingPlugin (server: ServerState): void {
  if (server.told) return
  server.told = true
  process.emitWarning('scaiServerOptions() was called, but the plugin is missing: most error responses will not be the envelope. ' +
    'Write "await app.register(scaiErrors)" before your routes.')
}
