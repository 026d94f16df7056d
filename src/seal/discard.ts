import { finished } from 'node:stream'

/** A fetch `Response`: Fastify takes over its status only after the onSend hooks. */
export function isResponse (payload: unknown): payload is Response {
  return typeof payload === 'object' && payload !== null && Object.prototype.toString.call(payload) === '[object Response]'
}

/** Releases the resources of a body that won't be read. */
export function discard (payload: unknown): void {
  const body = isResponse(payload) ? payload.body : payload
  if (typeof body !== 'object' || body === null) return
  if ('pipe' in body) {
    ignoreFailure(body)
    ;(body as { destroy?: () => void }).destroy?.()
  } else if ('getReader' in body) {
    (body as ReadableStream).cancel().catch(() => {})
  }
}

/** Without a listener, an error of a Node stream that nobody reads would end the process. */
export function ignoreFailure (payload: unknown): void {
  if (typeof payload === 'object' && payload !== null && 'pipe' in payload) finished(payload as NodeJS.ReadableStream, () => {})
}
