export { assertError } from './testing/assert.js'
export { checkConformance } from './testing/conformance.js'
export { watchErrors } from './testing/watch.js'

export type { FetchedResponse, InjectedResponse } from './testing/assert.js'
export type { ConformanceOptions } from './testing/conformance.js'
export type { ExpectedError } from './testing/differences.js'
export type { RouteError, WatchedErrors } from './testing/watch.js'
export type { Violation } from './testing/verdict.js'
