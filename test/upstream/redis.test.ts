import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import type { Test } from 'tap'
import type { ScaiError } from '../../src/index.js'
import { fromStore } from '../../src/upstream.js'

const skip = spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed here'

interface Server {
  connect (options?: { commandTimeout?: number }): Redis
  stop (): Promise<void>
}

/** Not `t.testdir()`: the path of a socket must be short. */
function folderFor (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A Redis of this test's own, on a socket in this folder. */
async function start (t: Test, folder: string, ...options: string[]): Promise<Server> {
  const path = join(folder, 'redis.sock')
  const server = spawn('redis-server', [
    '--bind', '127.0.0.1', '--port', '0', '--unixsocket', path, '--dir', folder, '--save', '', ...options
  ])
  const exited = once(server, 'exit')
  t.teardown(() => server.kill('SIGKILL'))
  // It serves, if only to say that it loads.
  for await (const lines of server.stdout.iterator({ destroyOnReturn: false })) {
    if (/ready to accept|Loading RDB/i.test(String(lines))) break
  }
  server.stdout.resume()
  return {
    connect (options = {}) {
      const client = new Redis({ path, maxRetriesPerRequest: 0, enableReadyCheck: false, ...options })
      client.on('error', () => {})
      t.teardown(() => client.disconnect())
      return client
    },
    async stop () {
      server.kill('SIGKILL')
      await exited
    }
  }
}

/** What a command fails with: its code, and what Redis or its driver said. */
async function failureOf (command: Promise<unknown>): Promise<ScaiError> {
  return await command.then(() => { throw new Error('It went well') }, fromStore)
}

t.test('a Redis that serves', { skip }, async t => {
  const { connect } = await start(t, folderFor(t))
  const redis = connect()
  t.equal(await redis.set('a', 'b'), 'OK')
  t.match(await failureOf(redis.lpush('a', 'b')), { code: 'INTERNAL_ERROR', cause: /WRONGTYPE/ })
})

t.test('a replica that has lost its master: SERVICE_UNAVAILABLE', { skip }, async t => {
  const { connect } = await start(t, folderFor(t), '--replicaof', '127.0.0.1 1')
  const redis = connect()
  t.match(await failureOf(redis.set('a', 'b')), { code: 'SERVICE_UNAVAILABLE', cause: /^ReplyError: READONLY / })
  await redis.config('SET', 'replica-serve-stale-data', 'no')
  t.match(await failureOf(redis.get('a')), { code: 'SERVICE_UNAVAILABLE', cause: /^ReplyError: MASTERDOWN / })
})

t.test('a cluster without slots: SERVICE_UNAVAILABLE', { skip }, async t => {
  const { connect } = await start(t, folderFor(t), '--cluster-enabled', 'yes', '--port', String(20_000 + process.pid % 10_000))
  t.match(await failureOf(connect().set('a', 'b')), { code: 'SERVICE_UNAVAILABLE', cause: /^ReplyError: CLUSTERDOWN / })
})

t.test('a Redis that loads its data: SERVICE_UNAVAILABLE', { skip }, async t => {
  const folder = folderFor(t)
  const first = await start(t, folder)
  const redis = first.connect()
  await redis.mset(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key ${i}`, 'x'.repeat(100)])))
  await redis.save()
  await first.stop()
  const { connect } = await start(t, folder, '--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024')
  t.match(await failureOf(connect().get('key 1')), { code: 'SERVICE_UNAVAILABLE', cause: /^ReplyError: LOADING / })
})

t.test('a Redis that stalls, and one that dies: SERVICE_UNAVAILABLE', { skip }, async t => {
  const { connect, stop } = await start(t, folderFor(t))
  const impatient = connect({ commandTimeout: 100 })
  await connect().client('PAUSE', 500, 'ALL')
  t.match(await failureOf(impatient.get('a')), { code: 'SERVICE_UNAVAILABLE', cause: /Command timed out/ })
  const redis = connect()
  await redis.ping()
  const command = failureOf(redis.blpop('a', 0))
  await stop()
  t.match(await command, { code: 'SERVICE_UNAVAILABLE', cause: { name: 'MaxRetriesPerRequestError' } }, 'when it dies')
  t.match(await failureOf(redis.get('a')), { code: 'SERVICE_UNAVAILABLE', cause: { name: 'MaxRetriesPerRequestError' } }, 'when it is dead')
})
