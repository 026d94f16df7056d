import { inspect } from 'node:util'
import type { FastifyContextConfig, RouteOptions } from 'fastify'
import { findEntry, showUnknown } from '../error/catalog.js'
import { findUnknownOption } from '../error/unknown-option.js'
import { keyOf } from '../respond/route-declaration.js'

type Declaration = Exclude<FastifyContextConfig['scaiErrors'], false | undefined>

/** What each key of a declaration may be. */
const KEYS: Readonly<Record<keyof Declaration, (value: unknown) => boolean>> = {
  codes: value => value === undefined || Array.isArray(value),
  normalizeReplies: value => value === undefined || typeof value === 'boolean'
}

/**
 * What a route declares about its errors; `false` if it opts out.
 *
 * @throws {TypeError} on an invalid declaration, a misspelt member, and an unknown code
 */
export function declarationOf ({ config }: Pick<RouteOptions, 'config'>, name: string): Declaration | false {
  const { scaiErrors: declared = {} }: { scaiErrors?: unknown } = config ?? {}
  if (declared === false) return false
  if (!isDeclaration(declared)) {
    const unknown = isPlainObject(declared) ? findUnknownOption(declared, Object.keys(KEYS)) : undefined
    if (unknown !== undefined) throw new TypeError(`${name}: config.scaiErrors: ${unknown}`)
    throw new TypeError(`${name}: config.scaiErrors must be false or { codes?: ['MODEL_NOT_FOUND', …], normalizeReplies?: boolean }, got ${inspect(declared)}`)
  }
  checkCodes(declared.codes ?? [], `${name}: config.scaiErrors`)
  return declared
}

/**
 * @param where begins the message
 * @throws {TypeError} on a code that the catalog lacks
 */
export function checkCodes (codes: Iterable<unknown>, where: string): void {
  for (const code of codes) {
    if (findEntry(code) === undefined) throw new TypeError(`${where}: unknown error code ${showUnknown(code)}`)
  }
}

function isDeclaration (value: unknown): value is Declaration {
  return isPlainObject(value) &&
    Object.entries(value).every(([key, own]) => Object.hasOwn(KEYS, key) && KEYS[key as keyof Declaration](own))
}

function isPlainObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name of a route, in messages and as a key: `'GET /v1/models/:slug'`, with the prefixes of its scopes. */
export function routeName ({ method, url }: { readonly method: string | readonly string[], readonly url: string }): string {
  // Fastify makes a HEAD route of each GET route: they are one.
  return keyOf({ method, url }).replace(/^HEAD /, 'GET ')
}
