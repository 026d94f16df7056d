import { isDeepStrictEqual } from 'node:util'
import { httpErrors } from './codes/http.js'
import { moduleErrors } from './codes/modules.js'
import { referenceErrors } from './codes/reference.js'
import { checkDefinition, invalid, toEntry } from './definition.js'
import type { CatalogEntry, ErrorDefinition, ErrorSource } from './definition.js'

/**
 * Every code and its row. A service adds the codes of its own by declaration merging.
 *
 * @example
 * declare module 'fastify-scai-errors' {
 *   interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
 * }
 */
export interface ScaiErrorCatalog extends ReferenceErrors, ModuleErrors, HttpErrors {}

type ReferenceErrors = typeof referenceErrors
type ModuleErrors = typeof moduleErrors
type HttpErrors = typeof httpErrors

export type ScaiErrorCode = keyof ScaiErrorCatalog & string

/**
 * What `defineErrors` returned, as `ScaiErrorCatalog` wants it. The module codes that the reference
 * names are left out: they are in the catalog already, with a status of type `number`.
 */
export type DefinedErrors<Definitions> = {
  readonly [Code in Exclude<keyof Definitions, keyof ModuleErrors>]: Definitions[Code]
}

export type ErrorCatalog = {
  readonly [Code in ScaiErrorCode]: CatalogEntry<ScaiErrorCatalog[Code]['status'], Code>
}

// Lookups go to this map, so that nobody who gets hold of `errorCatalog` can change what is sent.
const entries = new Map<string, CatalogEntry>()

/**
 * Every code by name, with its status, message, retry class and source. Read-only; `defineErrors`
 * adds to it.
 */
export const errorCatalog = {} as ErrorCatalog

addAll(referenceErrors, 'reference')
addAll(moduleErrors, 'module')
addAll(httpErrors, 'http')

/** The row of a code, or `undefined` where the catalog has none. */
export function findEntry (code: unknown): CatalogEntry | undefined {
  return entries.get(code as string)
}

/**
 * Adds a module's own codes to the catalog; call it once, at start-up, and merge the result's type
 * into `ScaiErrorCatalog`. One of the 29 module codes that the reference names may be corrected.
 * Defining the same code twice is fine as long as both say the same.
 *
 * @returns the definitions, unchanged
 * @throws {TypeError} on a bad name or row, and on a clash with another definition; then no code of
 *   the call is added
 * @example
 * export const queueErrors = defineErrors({
 *   SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' }
 * })
 */
export function defineErrors<const Definitions extends Record<string, ErrorDefinition>> (definitions: Definitions): Definitions {
  for (const [code, definition] of Object.entries(definitions)) {
    checkDefinition(code, definition)
    checkClash(toEntry(code, definition, 'defined'))
  }
  addAll(definitions, 'defined')
  return definitions
}

function checkClash (entry: CatalogEntry): void {
  const { code } = entry
  const existing = entries.get(code)
  if (existing === undefined || existing.source === 'module') return
  if (existing.source !== 'defined') {
    throw invalid(code, `this is a code of ${existing.source === 'http' ? 'HTTP itself' : 'the ScaiGrid reference'} and can not be redefined: choose another name`)
  }
  if (!isDeepStrictEqual(existing, entry)) {
    throw invalid(code, 'already defined, and differently: define it in one place, or make both definitions the same')
  }
}

function addAll (definitions: Record<string, ErrorDefinition>, source: ErrorSource): void {
  for (const [code, definition] of Object.entries(definitions)) {
    // A getter, since a data property that is neither writable nor configurable could not be corrected.
    if (!entries.has(code)) Object.defineProperty(errorCatalog, code, { enumerable: true, get: () => entries.get(code) })
    entries.set(code, toEntry(code, definition, source))
  }
}
