/** Calls the callback of a discarded write. It may be any of the optional arguments. */
export function callLast (args: unknown[]): void {
  const callback = args.find(arg => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback)
}
