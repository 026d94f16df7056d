/**
 * What Fastify keeps under a private symbol, found by the symbol's description. Symbols and classes of the
 * Fastify that we import don't help, since another copy may have made the app.
 *
 * @param object an app, or one of its scopes; a reply
 */
export function internalOf (object: object, description: string): unknown {
  const symbol = internalSymbol(object, description)
  return symbol === undefined ? undefined : (object as Record<symbol, unknown>)[symbol]
}

export function internalSymbol (object: object | null, description: string): symbol | undefined {
  if (object === null) return undefined
  return Object.getOwnPropertySymbols(object).find(symbol => symbol.description === description) ??
    internalSymbol(Object.getPrototypeOf(object) as object | null, description)
}
