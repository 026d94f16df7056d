// Of each software one line, with its version and how much was checked; of what fails, all.

import { inspect } from 'node:util'

export default async function * report (events) {
  const rows = new Map()
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const { file, name, nesting, details } = data
    if (type === 'test:fail' && details.error.failureType !== 'subtestsFailed') {
      yield `✖ ${name}\n${inspect(details.error.cause ?? details.error)}\n`
    }
    if (nesting > 0) {
      rows.set(file, (rows.get(file) ?? 0) + 1)
      continue
    }
    const count = rows.get(file) ?? 0
    rows.delete(file)
    yield data.skip === undefined ? `${type === 'test:pass' ? '✔' : '✖'} ${name}: ${count} rows\n` : `- ${name}: ${data.skip}\n`
  }
}
