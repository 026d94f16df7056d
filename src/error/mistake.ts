type Caller = NonNullable<Parameters<typeof Error.captureStackTrace>[1]>

const mistakes = new WeakSet()

/** A mistake in using this package. Its stack begins at the line that called `caller`, which is the one to correct. */
export function mistake (message: string, caller: Caller): TypeError {
  const error = new TypeError(message)
  mistakes.add(error)
  Error.captureStackTrace(error, caller)
  return error
}

/** Makes the stack of such a mistake begin at the line that called `caller`. */
export function pointAt (thrown: unknown, caller: Caller): unknown {
  if (mistakes.has(thrown as TypeError)) Error.captureStackTrace(thrown as TypeError, caller)
  return thrown
}
