// pino-pretty: the lines of errors, as a person reads them.

import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import Fastify from 'fastify'
import pretty from 'pino-pretty'
import scaiErrors, { ScaiError, scaiServerOptions } from 'fastify-scai-errors'
import { assertError } from 'fastify-scai-errors/testing'
import { checkError, collectLog, listen, titleOf } from './kit.js'

test(titleOf('pino-pretty'), async t => {
  let text = ''
  const destination = new Writable({
    write (chunk, _encoding, done) {
      text += chunk
      done()
    }
  })
  const plain = collectLog()
  const ask = async logger => {
    const app = Fastify(scaiServerOptions({ logger }))
    await app.register(scaiErrors)
    app.get('/404', async () => { throw new ScaiError('MODEL_NOT_FOUND', { context: { slug: 'gpt-9' } }) })
    app.get('/502', async () => { throw new ScaiError('BACKEND_ERROR', { cause: Object.assign(new Error('provider'), { key: 'hunter2' }) }) })
    const url = await listen(t, app)
    return path => fetch(url + path)
  }
  const asPretty = await ask({ level: 'info', stream: pretty({ destination, colorize: false, sync: true }) })
  const asPlain = await ask(plain.logger)

  for (const [path, code, level] of [['/404', 'MODEL_NOT_FOUND', 'INFO'], ['/502', 'BACKEND_ERROR', 'ERROR'], ['/none', 'NOT_FOUND', 'INFO']]) {
    await t.test(path, async () => {
      const line = await checkError(await asPlain(path), code, plain.lines)
      text = ''
      const { error: { message }, meta: { request_id: id } } = await assertError(await asPretty(path), code)
      const [own, ...further] = text.split(/^(?=\[)/m).filter(entry => entry.includes('event: '))
      assert.deepEqual(further, [])
      assert.match(own, new RegExp(`^\\[[^\\]]+\\] ${level} \\(\\d+\\): ${message}\\n`))
      assert.ok(own.includes(`request_id: "${id}"`))
      const fields = Array.from(own.matchAll(/^ {4}(\w+): /gm), ([, name]) => name)
      const hidden = ['level', 'time', 'pid', 'hostname', 'msg']
      assert.deepEqual(fields.sort(), Object.keys(line).filter(name => !hidden.includes(name)).sort(), 'the same fields')
      if (path === '/502') assert.match(own, /^ {8,}"?caused by: Error: provider/m)
      assert.doesNotMatch(text, /hunter2/)
    })
  }
})
