type Caller = NonNullable<Parameters<typeof Error.captureStackTrace>[1]>

const mistakes = new WeakSet()

/** A mistake in using this package. Its stack begins at the line that called `caller`: there it is mended. */
export function mistake (message: string, caller: Caller): TypeError {
  const error = new TypeError(message)
  mistakes.add(error)
  Error.captureStackTrace(error, caller)
  return error
}

/** Has the stack of what was thrown begin at the line that called `caller`, if it is a mistake of that kind. */
export function pointAt (thrown: unknown, caller: Caller): unknown {
  if (mistakes.has(thrown as TypeError)) Error.captureStackTrace(thrown as TypeError, caller)
  return thrown
}
