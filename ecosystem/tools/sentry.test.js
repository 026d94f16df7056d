// Sentry with its own Fastify integration.

import { test } from 'node:test'
import * as Sentry from '@sentry/node'
import { titleOf } from './kit.js'
import { checksOf, startSentry } from './sentry-service.js'

test(titleOf('@sentry/node'), async t => {
  const { dsn, events } = await startSentry(t)
  Sentry.init({ dsn })
  for (const [path, check] of await checksOf(t, 'byItself', events)) await t.test(path, check)
})
