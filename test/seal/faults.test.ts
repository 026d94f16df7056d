import t from 'tap'
import { checkEnvelope } from '../fixtures/envelope.js'
import { json, serve } from '../fixtures/service.js'

// What a fault in a wall would change, and nothing else shows.

t.test('a HEAD request is answered even if Node.js refuses the body of such an answer', async t => {
  const { request } = await serve(t, app => app.get('/', async (_request, reply) => reply.scaiError('GONE')), {
    server: { http: { rejectNonStandardBodyWrites: true } }
  })
  for (const path of ['/', '/none']) {
    const { status, text } = await request(path, { method: 'HEAD' })
    t.strictSame([status, text], [path === '/' ? 410 : 404, ''])
  }
})

t.test('a handler that throws nothing is not taken for a failed validation that was attached', async t => {
  const { request } = await serve(t, app => app.register(async child => {
    child.setErrorHandler((_error, _request, reply) => { reply.code(400).send('mine') })
    const schema = { body: { type: 'object', required: ['a'] } }
    child.post('/', { schema, attachValidation: true }, async () => { throw undefined }) // eslint-disable-line no-throw-literal
  }))
  t.equal(checkEnvelope(await request('/', json({}))).error.code, 'BAD_REQUEST')
})

t.test('a hook that fails on an error is not asked about the next one', async t => {
  let asked = 0
  const { request, errorLines } = await serve(t, app => app.register(async child => {
    child.setErrorHandler((_error, _request, reply) => { reply.code(409).send('mine') })
    child.get('/', { onSend: async () => { asked++; throw new Error('boom') } }, async () => { throw new Error('boom') })
  }))
  t.equal(checkEnvelope(await request('/')).error.code, 'INTERNAL_ERROR')
  t.equal(asked, 1)
  t.strictSame(errorLines().map(({ code }) => code), ['CONFLICT', 'INTERNAL_ERROR'])
})
