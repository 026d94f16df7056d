/** Calls the callback of a write that is swallowed: it may come in the place of any optional argument. */
export function callLast (args: unknown[]): void {
  const callback = args.find(arg => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
}
