import { Readable } from 'node:stream'
import t from 'tap'
import { serve } from '../fixtures/service.js'

// A body that is replaced is released, be it what Node.js or the web calls a stream.

for (const [title, open] of [
  ['a stream of Node.js is destroyed', release => new Readable({ read () {}, destroy: (_error, done) => { release(); done(null) } })],
  [
    'a stream of Node.js that fails as it is destroyed is destroyed',
    release => new Readable({ read () {}, destroy: (_error, done) => { release(); done(new Error('boom')) } })
  ],
  ['a stream of the web is cancelled', release => new ReadableStream({ cancel: release })],
  [
    'a stream of the web that can not be cancelled is left',
    release => new ReadableStream({ cancel: async () => { release(); throw new Error('boom') } })
  ],
  ['the body of a fetch Response is cancelled', release => new Response(new ReadableStream({ cancel: release }), { status: 502 })]
] as Array<[string, (release: () => void) => unknown]>) {
  t.test(title, async t => {
    let released = 0
    const { request } = await serve(t, app => app.get('/', async (_request, reply) => reply.code(502).send(open(() => { released++ }))))
    t.equal((await request('/')).body.error.code, 'BACKEND_ERROR')
    await new Promise(setImmediate)
    t.equal(released, 1)
  })
}
