import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

t.test('the module\'s own tests pass, with the runner of Node.js', async t => {
  // Without coverage: another compiler's would not fit to that of these tests.
  const env = { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0' }
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', 'examples/module.test.ts']
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  t.match(stdout, /^# pass 2\n# fail 0$/m)
})
