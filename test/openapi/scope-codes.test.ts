import t from 'tap'
import scaiErrors, { ScaiError } from '../../src/index.js'
import type { ScaiErrorCode } from '../../src/index.js'
import { serve } from '../fixtures/service.js'

t.test('registered twice in one scope, the codes of both are declared', async t => {
  const { request, log } = await serve(t, async app => {
    await app.register(scaiErrors, { codes: ['TENANT_SUSPENDED'] })
    app.get('/:code', async ({ params }) => { throw new ScaiError((params as { code: ScaiErrorCode }).code as 'GONE') })
  }, { errors: { codes: ['MODEL_NOT_FOUND'] } })
  for (const code of ['MODEL_NOT_FOUND', 'TENANT_SUSPENDED', 'GONE']) await request(`/${code}`)
  t.match(log.filter(({ event }) => event === 'undocumented_error'), [{ code: 'GONE' }])
})
