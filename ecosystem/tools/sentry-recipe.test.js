// Sentry as docs/tools-and-versions.md says: in a process of its own, since it can be set up only once.

import { test } from 'node:test'
import { titleOf } from './kit.js'
import { writeRecipe } from './recipe.js'
import { checksOf, startSentry } from './sentry-service.js'

test(`${titleOf('@sentry/node')} (as the page says)`, async t => {
  const { dsn, events } = await startSentry(t)
  process.env.SENTRY_DSN = dsn
  await import(writeRecipe('instrument.js', '@sentry/node'))
  for (const [path, check] of await checksOf(t, 'asWritten', events)) await t.test(path, check)
})
