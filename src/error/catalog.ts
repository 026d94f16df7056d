import { isDeepStrictEqual } from 'node:util'
import { httpErrors } from './codes/http.js'
import { moduleErrors } from './codes/modules.js'
import { referenceErrors } from './codes/reference.js'
import { checkDefinition, invalid, toEntry } from './definition.js'
import type { CatalogEntry, ErrorDefinition, ErrorSource } from './definition.js'
import { mistake } from './mistake.js'
import { nearestName } from './nearest.js'
import { isError } from './read.js'
import { definitions as shared } from './registry.js'
import { show } from './show.js'
import { canonicalCode, isErrorStatus } from './status.js'

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
 * The result of `defineErrors`, in the form that `ScaiErrorCatalog` extends. Module codes that the reference
 * names are left out: the catalog has them already, with a status of type `number`.
 */
export type DefinedErrors<Definitions> = {
  readonly [Code in Exclude<keyof Definitions, keyof ModuleErrors>]: Definitions[Code]
}

/** Refuses a misspelt property: an object with more properties than `ErrorDefinition` extends it all the same. */
type WithoutUnknown<Definitions> = {
  readonly [Code in keyof Definitions]: { readonly [Name in Exclude<keyof Definitions[Code], keyof ErrorDefinition>]: never }
}

export type ErrorCatalog = {
  readonly [Code in ScaiErrorCode]: CatalogEntry<ScaiErrorCatalog[Code]['status'], Code>
}

// Lookups use this map, so that changing `errorCatalog` can't change what is sent.
const entries = new Map<string, CatalogEntry>()
/** How many of the shared definitions are in the entries already. */
let taken = 0
const rows = {} as ErrorCatalog

for (const [source, definitions] of [['reference', referenceErrors], ['module', moduleErrors], ['http', httpErrors]] as const) {
  for (const [code, definition] of Object.entries(definitions)) add(code, definition, source)
}

/**
 * Every code by name, with its status, message, retry class and source. Read-only; `defineErrors`
 * adds to it.
 */
export const errorCatalog = new Proxy<ErrorCatalog>(rows, {
  get: upToDate(Reflect.get),
  has: upToDate(Reflect.has),
  ownKeys: upToDate(Reflect.ownKeys),
  getOwnPropertyDescriptor: upToDate(Reflect.getOwnPropertyDescriptor)
})

/** The row of a code, or `undefined` where the catalog has none. */
export function findEntry (code: unknown): CatalogEntry | undefined {
  takeShared()
  return entries.get(code as string)
}

/** Shows an unknown code, and the code that was probably meant; for a status, its canonical code. */
export function showUnknown (code: unknown): string {
  if (isError(code)) return `${show(code)}: to send an error, throw it or pass it to reply.send`
  const meant = isErrorStatus(code) ? canonicalCode(code) : typeof code === 'string' ? nearestName(code, entries.keys()) : undefined
  return `${show(code)}: ${meant === undefined ? 'is it misspelt, or not yet added by defineErrors?' : `did you mean '${meant}'?`}`
}

/**
 * Adds a module's own codes to the catalog; call it once, at start-up, and merge the result's type
 * into `ScaiErrorCatalog`. One of the 29 module codes that the reference names may be corrected.
 * Defining a code twice is fine if both definitions are the same. All copies of this package in a
 * process share the definitions.
 *
 * @returns the definitions, unchanged
 * @throws {TypeError} on an invalid name or row, and on a clash with another definition; then no code of
 *   this call is added
 * @example
 * export const queueErrors = defineErrors({
 *   SCAIQUEUE_QUEUE_FULL: { status: 409, message: 'The queue is full' }
 * })
 */
export function defineErrors<const Definitions extends Record<string, ErrorDefinition>> (
  definitions: Definitions & WithoutUnknown<Definitions>
): Definitions {
  if (Object(definitions) !== definitions) throw mistake(`defineErrors expects an object with one definition for each code, got ${show(definitions)}`, defineErrors)
  for (const [code, definition] of Object.entries(definitions)) {
    checkDefinition(code, definition)
    checkClash(toEntry(code, definition, 'defined'))
  }
  for (const [code, definition] of Object.entries(definitions)) {
    if (!shared.has(code)) shared.set(code, { ...definition })
  }
  return definitions
}

/** Adds what any copy of this package has defined since the last call. Codes of the reference and of HTTP don't change. */
function takeShared (): void {
  if (shared.size === taken) return
  const added = [...shared].slice(taken)
  taken = shared.size
  for (const [code, definition] of added) {
    const own = entries.get(code)
    if (own === undefined || own.source === 'module') add(code, definition, 'defined')
  }
}

function upToDate<Arguments extends unknown[], Result> (trap: (...args: Arguments) => Result): (...args: Arguments) => Result {
  return (...args) => {
    takeShared()
    return trap(...args)
  }
}

function checkClash (entry: CatalogEntry): void {
  const { code } = entry
  const existing = findEntry(code)
  if (existing === undefined || existing.source === 'module') return
  if (existing.source !== 'defined') {
    throw invalid(
      code,
      `this is a code of ${existing.source === 'http'
        ? 'HTTP itself'
        : 'the ScaiGrid reference'} and cannot be redefined: choose another name`
    )
  }
  if (!isDeepStrictEqual(existing, entry)) {
    throw invalid(code, 'already defined differently: define it in one place, or make both definitions the same')
  }
}

function add (code: string, definition: ErrorDefinition, source: ErrorSource): void {
  // A getter, since a data property that is neither writable nor configurable could not be corrected.
  if (!entries.has(code)) Object.defineProperty(rows, code, { enumerable: true, get: () => entries.get(code) })
  entries.set(code, toEntry(code, definition, source))
}
