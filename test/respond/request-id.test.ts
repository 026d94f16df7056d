import t from 'tap'
import { createRequestId, isRequestId } from '../../src/respond/request-id.js'
import { serve } from '../fixtures/service.js'

const PATTERN = /^req_[A-Za-z0-9_-]{1,64}$/
const TRUSTED = 'req_from-the-gateway_01'

t.test('ids have the documented form and at least 96 random bits', async t => {
  const id = createRequestId()
  t.match(id, PATTERN)
  t.ok((id.length - 'req_'.length) * 6 >= 96)
})

t.test('a hundred thousand ids are all different', async t => {
  t.equal(new Set(Array.from({ length: 100_000 }, createRequestId)).size, 100_000)
})

t.test('every character of the alphabet turns up in every place of an id', async t => {
  const seen = Array.from({ length: 20 }, () => new Set<string>())
  for (let i = 0; i < 10_000; i++) [...createRequestId().slice(4)].forEach((character, place) => seen[place]!.add(character))
  for (const characters of seen) t.equal(characters.size, 64)
})

for (const [value, accepted] of [
  ['req_a', true],
  ['req_' + 'x'.repeat(64), true],
  ['req_A-Z_0', true],
  ['req_', false],
  ['req_' + 'x'.repeat(65), false],
  ['req-1', false],
  ['req_a b', false],
  ['req_a\n', false],
  ['req_"', false],
  [' req_a', false],
  [undefined, false],
  [['req_a', 'req_b'], false]
] as const) {
  t.test(`${JSON.stringify(value)} is ${accepted ? 'an' : 'no'} id`, async t => {
    t.equal(isRequestId(value), accepted)
  })
}

t.test('the id is the same in the header, the envelope and every log line', async t => {
  const service = await serve(t, app => app.get('/', async () => { throw new Error('boom') }))
  const { headers, body } = await service.request('/')
  t.match(body.meta.request_id, PATTERN)
  t.equal(headers.get('x-request-id'), body.meta.request_id)
  const lines = service.log.filter(({ req, event }) => req || event)
  t.equal(lines.length, 2)
  for (const line of lines) t.equal(line.request_id, body.meta.request_id)
})

t.test('a success has the id in its header, too', async t => {
  const { request } = await serve(t, app => app.get('/', async () => 'ok'))
  t.match((await request('/')).headers.get('x-request-id'), PATTERN)
})

t.test('an inbound id', async t => {
  const inbound = async (trustRequestId: boolean | undefined, id: string) => {
    const { request } = await serve(t, app => app.get('/', async (request) => ({ id: request.id })), {
      errors: trustRequestId === undefined
        ? {}
        : { trustRequestId }
    })
    const { headers, text } = await request('/', { headers: { 'x-request-id': id } })
    t.equal(headers.get('x-request-id'), JSON.parse(text).id)
    return headers.get('x-request-id')
  }
  t.not(await inbound(undefined, TRUSTED), TRUSTED, 'is not taken over by default')
  t.equal(await inbound(true, TRUSTED), TRUSTED, 'is taken over if trusted')
  for (const id of ['req_', 'abc', 'req_' + 'x'.repeat(65), 'req_"}']) {
    const own = await inbound(true, id)
    t.match(own, PATTERN, `${id} is replaced`)
    t.not(own, id)
  }
})

t.test('an id that the service sets itself is not sent unless it has the documented form', async t => {
  const service = await serve(t, app => {
    app.addHook('onRequest', async request => { request.id = 'x"\r\n' })
    app.get('/', async () => { throw new Error('boom') })
  })
  const { headers, body } = await service.request('/')
  t.match(body.meta.request_id, PATTERN)
  t.equal(headers.get('x-request-id'), body.meta.request_id)
  t.equal(service.errorLines()[0]?.request_id, body.meta.request_id)
})
