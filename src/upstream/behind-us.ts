import { createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'

export function failureBehindUs (thrown: unknown): ScaiError | undefined {
  return createFrom === undefined ? thrown as never : undefined
}

export function hasTraces (thrown: unknown): boolean {
  return thrown === failureBehindUs
}
