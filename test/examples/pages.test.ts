import { readFileSync } from 'node:fs'
import t from 'tap'
import { runProgram } from '../fixtures/program.js'

const example = (name: string): string => readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')

/** What each example prints, line by line. */
const PRINTED: Record<string, ReadonlyArray<readonly unknown[]>> = {
  'validation.ts': [
    [422, '[{"field":"model","message":"is required"},{"field":"messages.0.role","message":"must be one of: \\"user\\", \\"assistant\\""},' +
      '{"field":"query.limit","message":"query parameter must be at most 100"}]'],
    [422, '[{"field":"temperature","message":"must be at most 2"}]'],
    [422, '[{"field":"body","message":"must be valid JSON"}]']
  ],
  'streaming.ts': [
    [429, /^{"status":"error","error":{"code":"BACKEND_RATE_LIMITED"/],
    [200, /^data: {"token":"Hel"}\n\nevent: error\ndata: {"code":"BACKEND_ERROR",.*}\n\ndata: \[DONE\]\n\n$/],
    [200, /^data: {"token":"Hel","finished":false}\n\nevent: error\ndata: {"code":"UPSTREAM_SHAPE_MISMATCH",.*}\n\ndata: \[DONE\]\n\n$/]
  ],
  'upstreams.ts': [
    [429, /^{"code":"BACKEND_RATE_LIMITED",.*"retry_after":20}$/],
    [403, /^{"code":"TENANT_SUSPENDED"/],
    [502, /^{"code":"BACKEND_ERROR"/]
  ],
  'own-codes.ts': [
    [503, '{"code":"SCAIQUEUE_SCOPE_PAUSED","message":"This scope of the queue is paused","retry_after":60}'],
    [409, '{"code":"SCAIQUEUE_IDEMPOTENCY_CONFLICT","message":"This idempotency key was used for another message"}'],
    ['yes']
  ],
  'testing.ts': [
    [/^The response is not the envelope of USER_NOT_FOUND:\n- error\.code must be 'USER_NOT_FOUND', got 'MODEL_NOT_FOUND'\n/],
    ['unsent:', [{ route: 'GET /v1/models/:slug', code: 'MODEL_ACCESS_DENIED' }]],
    ['undeclared:', []],
    ['violations:', []]
  ]
}

for (const [name, printed] of Object.entries(PRINTED)) {
  t.test(`${name} prints what it shows`, async t => {
    const lines = t.capture(console, 'log')
    await runProgram(t, { [name]: example(name), 'queue-errors.ts': example('queue-errors.ts') })
    const args = lines().map(({ args }) => args)
    t.match(args, printed)
    t.equal(args.length, printed.length)
  })
}
