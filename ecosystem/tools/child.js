// A service in a process of its own, as its log shows it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from './kit.js'

/**
 * Starts Node.js with these arguments, and waits until it listens; ended with the test at the latest.
 *
 * @returns its address, the process, what it has printed so far, the lines of its log among that, and a promise of how it ends
 */
export async function start (t, args, { cwd, env } = {}) {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const texts = []
  const lines = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', line => {
      texts.push(line)
      if (line.startsWith('{')) lines.push(JSON.parse(line))
    })
  }
  let url
  await until(() => {
    if (child.exitCode !== null) throw new Error(`It ended: ${texts.join('\n')}`)
    url = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(texts.join('\n'))?.[1]
    return url !== undefined
  })
  return { url, child, texts, exited, lines }
}
