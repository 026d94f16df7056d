import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ScaiErrorCode } from '../error/catalog.js'
import { DEFAULT_MAX_DETAILS } from '../validation/details.js'
import type { ScaiError } from '../error/scai-error.js'
import type { ErrorLogLevel } from './log.js'
import type { ResponseOptions } from './response.js'

/** A user's own rule, asked about everything that isn't a `ScaiError` yet. */
export type MapError = (thrown: unknown, request: FastifyRequest) => ScaiError | ScaiErrorCode | undefined

/** How errors are handled in one scope of a service. */
export interface Settings extends ResponseOptions {
  /** Asked in this order, until one has an answer. */
  readonly mapErrors: MapError[]
  /** The largest input, in bytes, for which all errors are reported; a larger one gets only its first. */
  readonly allErrorsLimit: number
  /** The levels of errors' lines that differ from the catalog's. */
  readonly logLevels: ReadonlyMap<string, ErrorLogLevel>
  /** Whether Fastify's own lines are turned off for a request. */
  readonly isLogDisabled: (request: unknown) => boolean
  /** Called with every error that is about to be sent: checks that it is documented. */
  readonly checkDrift: (error: ScaiError, request: FastifyRequest) => void
}

/** The settings before the plugin is registered, and if it never is. */
export const DEFAULT_SETTINGS: Settings = {
  mapErrors: [],
  maxDetails: DEFAULT_MAX_DETAILS,
  allErrorsLimit: 8192,
  shouldRetryHeader: true,
  logLevels: new Map(),
  isLogDisabled: () => false,
  checkDrift: () => {}
}

// By scope. Registered again in the same scope (by a gateway and a module, for example), the plugin only adds its
// `mapError`; registered in a child, it gives that child its own settings.
const settingsByScope = new WeakMap<FastifyInstance, Settings>()

/** The settings of this very scope. */
export function ownSettings (scope: FastifyInstance): Settings | undefined {
  return settingsByScope.get(scope)
}

/** The settings of a scope, its own or those of the nearest one around it. */
export function findSettings (scope: FastifyInstance | null): Settings | undefined {
  return scope === null ? undefined : settingsByScope.get(scope) ?? findSettings(Object.getPrototypeOf(scope))
}

export function setSettings (scope: FastifyInstance, settings: Settings): void {
  settingsByScope.set(scope, settings)
}
