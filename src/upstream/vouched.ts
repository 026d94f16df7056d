// What the source of a stream threw. The handler that answers it may be Fastify's, many turns later,
// so the error itself is remembered: it reaches hooks and the service's own handlers as it was thrown.
const vouched = new WeakSet<object>()

/** Says of what was thrown that it came from a provider, whatever it looks like. */
export function vouchFor (thrown: unknown): void {
  if (Object(thrown) === thrown) vouched.add(thrown as object)
}

/** Whether somebody said of this that it came from a provider. */
export function isVouchedFor (thrown: unknown): boolean {
  return vouched.has(thrown as object)
}
