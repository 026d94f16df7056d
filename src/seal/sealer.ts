import type { ServerResponse } from 'node:http'
import { SEALED, seal } from './sealed-response.js'
import type { ServerState } from './server-state.js'

const METHODS = ['writeHead', 'flushHeaders', 'write', 'end', 'destroy'] as const

/**
 * Makes a function that seals a response that somebody else has made: `app.inject()`, or the user's own server. It
 * puts the methods of the sealed class on the response; changing its prototype would cost more than all of Fastify.
 * Told that somebody will change the prototype all the same, it does so where the class is sealed already, too.
 */
export function createSealer (server: ServerState): (response: ServerResponse, losesClass?: boolean) => void {
  const classes = new WeakMap<object, ServerResponse>()
  return (response, losesClass = false) => {
    const isSealed = SEALED in response
    if (isSealed && !losesClass) return
    const sealed = isSealed ? response : isPatched(response) ? sealedPrototype(patchedPrototype(response), server) : sealedClassOf(response)
    response.writeHead = sealed.writeHead
    response.flushHeaders = sealed.flushHeaders
    response.write = sealed.write
    response.end = sealed.end
    response.destroy = sealed.destroy
    if (!isSealed) (response as { [SEALED]?: true })[SEALED] = true
  }

  function sealedClassOf (response: ServerResponse): ServerResponse {
    const prototype = Object.getPrototypeOf(response) as object
    let sealed = classes.get(prototype)
    if (sealed === undefined) classes.set(prototype, sealed = sealedPrototype(prototype, server))
    return sealed
  }
}

/** Whether somebody has put methods on this response before; the sealed ones then wrap them. */
function isPatched (response: ServerResponse): boolean {
  return METHODS.some(name => Object.hasOwn(response, name))
}

function patchedPrototype (response: ServerResponse): object {
  const own = METHODS.filter(name => Object.hasOwn(response, name)).map(name => [name, response[name]])
  return Object.assign(Object.create(Object.getPrototypeOf(response)), Object.fromEntries(own))
}

function sealedPrototype (prototype: object, server: ServerState): ServerResponse {
  // Never called; only the prototype of its subclass is used.
  /* c8 ignore next */
  const Base = function (): void {} as unknown as typeof ServerResponse
  Object.defineProperty(Base, 'prototype', { value: prototype })
  return seal(Base, server).prototype
}
