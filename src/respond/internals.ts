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

/**
 * Makes a function that reads what Fastify keeps on every object of one kind. The symbol is looked up once, and
 * again for an object of another copy of Fastify.
 */
export function internalReader<Value> (description: string): (object: object) => Value {
  let symbol: symbol | undefined
  return object => {
    if (symbol === undefined || !(symbol in object)) symbol = internalSymbol(object, description)!
    return (object as Record<symbol, Value>)[symbol]!
  }
}
