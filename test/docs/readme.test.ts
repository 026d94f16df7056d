import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { codeBlocksOf, readPage } from '../fixtures/markdown.js'
import { runProgram } from '../fixtures/program.js'

const blocks = codeBlocksOf(readPage('README.md'))

t.test('the first example answers as printed', async t => {
  const text = blocks.find(({ language }) => language === 'js')!.text
    .replace('logger: true', 'logger: false').replace('await app.listen({ port: 3000 })', 'export { app }')
  const { app } = await runProgram(t, { 'server.mts': text }) as { app: FastifyInstance }

  const [head] = blocks.filter(({ language }) => language === 'http').map(({ text }) => text.split('\n\n')[0])
  const { statusCode, statusMessage, headers } = await app.inject('/v1/models/gpt-9')
  const printed = head!.split('\n')
  t.equal(printed[0], `HTTP/1.1 ${statusCode} ${statusMessage}`)
  const own = printed.slice(1).map(line => line.split(': ') as [string, string]).filter(([name]) => /^[a-z]/.test(name))
  t.strictSame(withoutIds(own.map(([name]) => [name, String(headers[name])])), withoutIds(own), 'but for those that Node.js adds')
  t.strictSame(own.map(([name]) => name).sort(), Object.keys(headers).filter(name => !['connection', 'date'].includes(name)).sort())

  const bodies = blocks.filter(({ language }) => language === 'http' || language === 'json').map(({ text }) => text.trim().split('\n').at(-1)!)
  const answers = [
    await app.inject('/v1/models/gpt-9'),
    await app.inject('/v1/busy'),
    await app.inject({ method: 'POST', url: '/v1/chat', payload: {} })
  ]
  t.strictSame(answers.map(({ body }) => withoutIds(body)), bodies.map(withoutIds))
  await app.close()
})

/** Every request has another id. */
function withoutIds<Value> (value: Value): Value {
  return JSON.parse(JSON.stringify(value).replace(/req_[\w-]{20}/g, 'req_'))
}
