// Errors that the source of a stream threw. The error handler may see them much later, through Fastify and its
// hooks, so the error objects themselves are remembered.
const vouched = new WeakSet<object>()

/** Notes that an error came from a provider, whatever it looks like. */
export function vouchFor (thrown: unknown): void {
  if (Object(thrown) === thrown) vouched.add(thrown as object)
}

/** Whether an error was noted to come from a provider. */
export function isVouchedFor (thrown: unknown): boolean {
  return vouched.has(thrown as object)
}
