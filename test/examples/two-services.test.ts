import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import { json } from '../fixtures/service.js'
import type { LogLine } from '../fixtures/service.js'

t.test('an error of the module comes back through the gateway as it is, under one id in both logs', async t => {
  // Without coverage: another compiler's would not fit to that of the tests.
  const env = { ...process.env, PORT: '0', _TAPJS_PROCESSINFO_COVERAGE_: '0' }
  const gateway = spawn(process.execPath, ['--import', 'tsx', 'examples/gateway.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => gateway.kill())
  // The module has its output from the gateway: both logs are in one.
  const output = createInterface(gateway.stdout)
  const ended = once(output, 'close')
  const log: LogLine[] = []
  output.on('line', line => { if (line.startsWith('{')) log.push(JSON.parse(line)) })

  async function logged (count: number, wanted: (line: LogLine) => boolean): Promise<LogLine[]> {
    while (log.filter(wanted).length < count) await once(output, 'line')
    return log.filter(wanted)
  }

  const LISTENING = 'Server listening at '
  const listening = await logged(2, ({ msg }) => msg.startsWith(LISTENING))
  const [gatewayUrl, moduleUrl] = [true, false].map(own =>
    listening.find(({ pid }) => (pid === gateway.pid) === own)!.msg.slice(LISTENING.length))

  for (const [title, message, status, expected] of [
    [
      'details and delay', { scope: 'nightly', text: 'Hi' }, 503,
      { code: 'SCAIQUEUE_SCOPE_PAUSED', retry_after: 60, details: [{ field: 'scope' }] }
    ],
    ['details', { scope: 'daily', text: '' }, 422, { code: 'VALIDATION_ERROR', details: [{ field: 'text' }] }],
    ['neither', { scope: 'daily', text: 'Hi', key: 'used' }, 409, { code: 'SCAIQUEUE_IDEMPOTENCY_CONFLICT' }]
  ] as const) {
    const direct = await post(`${moduleUrl}/messages`, message)
    const through = await post(`${gatewayUrl}/v1/queue/messages`, message)
    t.match(direct.body.error, expected, title)
    t.strictSame([through.status, through.body.error], [status, direct.body.error])
    for (const name of ['retry-after', 'x-should-retry']) t.equal(through.headers.get(name), direct.headers.get(name), name)

    const { request_id: id } = through.body.meta
    t.equal(through.headers.get('x-request-id'), id)
    const lines = await logged(2, line => line.event === 'request_error' && line.request_id === id)
    t.strictSame(lines.map(({ code, status }) => [code, status]), [[expected.code, status], [expected.code, status]])
    t.equal(new Set(lines.map(({ pid }) => pid)).size, 2, 'from two processes')
  }

  const { status, body } = await post(`${gatewayUrl}/v1/queue/messages`, { scope: 'daily', text: 'Hi' })
  t.match([status, body], [202, { id: String }], 'and so does an answer')

  gateway.kill()
  await ended
  t.pass('the module ends with its gateway')
})

interface Posted {
  status: number
  headers: Headers
  body: { error: { code: string }, meta: { request_id: string } }
}

async function post (url: string, message: object): Promise<Posted> {
  const response = await fetch(url, json(message))
  return { status: response.status, headers: response.headers, body: await response.json() as Posted['body'] }
}
