// A MariaDB of a test's own, where one is installed.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { freePort } from '../free-port.js'
import { PLANTED } from '../service.js'

/** Why there is no MariaDB to test against, for `skip`. */
export const missing = ['mariadbd', 'mariadb-install-db'].some(command => spawnSync(command, ['--version']).error !== undefined)
  ? 'MariaDB is not installed here'
  : false

const user = `--user=${userInfo().username}`

/** The data of a new server: made once, since that takes seconds, and copied for each. */
let template
function dataFor (folder) {
  if (template === undefined) {
    template = mkdtempSync(join(tmpdir(), 'mariadb-'))
    process.on('exit', () => rmSync(template, { recursive: true }))
    execFileSync('mariadb-install-db', [
      '--no-defaults', `--datadir=${template}`, user, '--auth-root-authentication-method=normal', '--skip-test-db'
    ], { stdio: 'ignore' })
  }
  cpSync(template, folder, { recursive: true })
  return folder
}

/** @param {import('node:test').TestContext} t */
export async function startMariaDb (t) {
  // The path of a socket must be short.
  const folder = mkdtempSync(join(tmpdir(), 'mariadb-'))
  const socketPath = join(folder, 'socket')
  const datadir = dataFor(join(folder, 'data'))
  const port = await freePort()
  const server = spawn('mariadbd', [
    '--no-defaults', `--datadir=${datadir}`, user, `--socket=${socketPath}`, `--port=${port}`, '--bind-address=127.0.0.1',
    `--pid-file=${join(folder, 'pid')}`, '--max-connections=10', '--innodb-buffer-pool-size=16M', '--innodb-log-file-size=4M'
  ])
  const exited = once(server, 'exit')
  t.after(async () => {
    server.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })
  })
  for await (const lines of server.stderr.iterator({ destroyOnReturn: false })) {
    if (String(lines).includes('ready for connections')) break
  }
  server.stderr.resume()

  const admin = await mysql.createConnection({ socketPath, user: 'root' })
  admin.on('error', () => {})
  for (const statement of [
    'CREATE DATABASE app', `CREATE USER app@'127.0.0.1' IDENTIFIED BY '${PLANTED.key}'`, "GRANT ALL ON app.* TO app@'127.0.0.1'",
    'CREATE TABLE app.models (slug VARCHAR(64) PRIMARY KEY, size INT)', "INSERT INTO app.models VALUES ('taken', 1)"
  ]) await admin.query(statement)
  return { port, admin, signal: name => server.kill(name) }
}
