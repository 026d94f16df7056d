// The same test of a service by each runner: it passes, and fails where the service lacks the plugin.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { titleOf } from '../version.js'

/** In milliseconds. */
const PATIENCE = 120_000

/** Of each runner: how it is called, and what it says of tests that pass and of one that fails. */
const runners = {
  'Node.js': { args: ['--test', '--test-reporter=tap', 'node-test/service.test.js'], passed: /^# pass 3$/m, failed: /^# fail [1-9]/m },
  tap: {
    args: ['node_modules/tap/dist/esm/run.mjs', '--disable-coverage', '--reporter=tap', 'tap/service.test.js'],
    passed: /^# \{ total: \d+, pass: \d+ \}$/m,
    failed: /^# \{.* fail: [1-9]/m
  },
  vitest: { args: ['node_modules/vitest/vitest.mjs', 'run', '--dir', 'vitest'], passed: /Tests +3 passed/, failed: /Tests +\d failed/ },
  jest: {
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--watchman=false', '--forceExit'],
    passed: /^Tests: +3 passed/m,
    failed: /^Tests: +\d failed/m
  }
}

for (const [name, { args, passed, failed }] of Object.entries(runners)) {
  test(titleOf(name, import.meta.url), async t => {
    await t.test('passes', () => { check(run(args), 0, passed) })
    await t.test('fails without the plugin', () => { check(run(args, { BROKEN: '1' }), 1, failed) })
  })
}

function check ({ status, text }, expected, said) {
  assert.deepEqual({ status, said: said.test(text) }, { status: expected, said: true }, text)
}

function run (args, env) {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname, encoding: 'utf8', timeout: PATIENCE, env: { ...own, NO_COLOR: '1', ...env }
  })
  return { status, text: stdout + stderr }
}
