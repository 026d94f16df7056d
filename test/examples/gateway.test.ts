import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { validate } from '@readme/openapi-parser'
import t from 'tap'

// Without coverage: another compiler's would not fit to that of the tests.
const env = { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0' }

t.test('the tour of the demo prints one answer of each kind, and ends', async t => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo', '--', '--tour'], { env })
  const answers = [...stdout.matchAll(/^(\d{3}) ({.*)$/gm)].map(([, status, body]) => ({ status: Number(status), body: JSON.parse(body!) }))
  t.strictSame(answers.map(({ status, body }) => [status, body.error?.code]), [
    [200, undefined],
    [404, 'MODEL_NOT_FOUND'],
    [404, 'NOT_FOUND'],
    [405, 'METHOD_NOT_ALLOWED'],
    [401, 'AUTH_TOKEN_MISSING'],
    [403, 'AUTHZ_PERMISSION_DENIED'],
    [422, 'VALIDATION_ERROR'],
    [422, 'VALIDATION_ERROR'],
    [422, 'VALIDATION_ERROR'],
    [415, 'UNSUPPORTED_MEDIA_TYPE'],
    [429, 'BACKEND_RATE_LIMITED'],
    [502, 'BACKEND_ERROR'],
    [202, undefined],
    [503, 'SCAIQUEUE_SCOPE_PAUSED'],
    [422, 'VALIDATION_ERROR'],
    [500, 'INTERNAL_ERROR']
  ])
  t.match(stdout, '200 data: {"token":"Hello"}\n\ndata: {"token":"!"}\n\ndata: [DONE]\n\n')
  t.match(
    stdout,
    '200 data: {"token":"Hello"}\n\nevent: error\ndata: {"code":"BACKEND_ERROR","message":"The upstream provider returned an error"}\n\ndata: [DONE]\n\n'
  )
  t.notMatch(stdout, /ECONNREFUSED|ECONNRESET|TypeError/)
})

t.test('the demo serves its documentation', async t => {
  const demo = spawn(process.execPath, ['--import', 'tsx', 'examples/gateway.ts'], { env: { ...env, PORT: '0' } })
  t.teardown(() => demo.kill())
  const docs = await new Promise<string>(resolve => {
    createInterface(demo.stdout).on('line', line => {
      if (line.startsWith('Documentation: ')) resolve(line.slice('Documentation: '.length))
    })
  })
  t.match(await (await fetch(docs)).text(), /swagger-ui/)
  t.match(await validate(await (await fetch(`${docs}/json`)).json() as never), { valid: true })
})
