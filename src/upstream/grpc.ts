import { read } from '../error/read.js'
import type { UpstreamKind } from './kinds.js'

/** The codes of gRPC (its documentation, "Status codes and their use in gRPC"); the others are failures. */
const CODES: ReadonlyMap<unknown, UpstreamKind> = new Map([
  // We cancelled it. Since our client is still there, it was a deadline.
  [1, 'timeout'], [4, 'timeout'],
  [8, 'rateLimited'],
  [14, 'unreachable'],
  [7, 'refusedKey'], [16, 'refusedKey'],
  [3, 'invalidRequest'], [5, 'invalidRequest'], [6, 'invalidRequest'], [9, 'invalidRequest'], [11, 'invalidRequest'], [12, 'invalidRequest']
])

/** The kind of an error of `@grpc/grpc-js`. Its other properties show that its code is one of gRPC. */
export function grpcIn (error: unknown): UpstreamKind | undefined {
  const code = read(error, 'code')
  const isGrpc = Number.isInteger(code) && (code as number) >= 1 && (code as number) <= 16 &&
    typeof read(error, 'details') === 'string' && Object(read(error, 'metadata')) === read(error, 'metadata')
  return isGrpc ? CODES.get(code) ?? 'failed' : undefined
}
