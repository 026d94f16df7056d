// The drivers of MySQL and MariaDB, against a real MariaDB.

import { test } from 'node:test'
import mariadb from 'mariadb'
import mysql from 'mysql2/promise'
import { PLANTED, ask, check } from '../service.js'
import { versionOf } from '../version.js'
import { missing, startMariaDb } from './mariadb-server.js'

/** How each driver connects, and keeps a pool of connections. */
const drivers = {
  mysql2: {
    connect: settings => mysql.createConnection(settings),
    poolOf: settings => mysql.createPool({ ...settings, connectionLimit: 1, waitForConnections: false })
  },
  mariadb: {
    connect: settings => mariadb.createConnection(settings),
    poolOf: settings => mariadb.createPool({ ...settings, connectionLimit: 1, acquireTimeout: 200 })
  }
}

const dependency = { kind: 'dependency' }
const bug = { kind: 'bug' }

/**
 * What goes wrong, as a call that fails, and what must be told of it. Each gets the server, `connect`, and
 * `admin`, a connection of the administrator's.
 */
const rows = {
  'a port that nobody listens on': {
    call: ({ connect }) => connect({ port: 1 }),
    told: dependency
  },
  'too many connections': {
    async call ({ connect }) {
      for (let i = 0; i <= 10; i++) await connect()
    },
    told: dependency
  },
  'too many connections of a user': {
    async call ({ connect, admin }) {
      await admin.query("GRANT USAGE ON *.* TO app@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
      try {
        await connect()
        await connect()
      } finally {
        await admin.query("GRANT USAGE ON *.* TO app@'127.0.0.1' WITH MAX_USER_CONNECTIONS 0")
      }
    },
    told: dependency
  },
  'a pool whose connections are all in use': {
    async call ({ pool }) {
      const busy = await pool.getConnection()
      try {
        await pool.getConnection()
      } finally {
        await busy.release()
      }
    },
    told: dependency
  },
  'a pool that was closed': {
    async call ({ pool }) {
      await pool.end()
      await pool.query('SELECT 1')
    },
    told: dependency
  },
  'a connection that is killed in mid-query': {
    async call ({ connect, admin }) {
      const connection = await connect()
      const query = connection.query('SELECT SLEEP(5)')
      query.catch(() => {})
      await admin.query(`KILL CONNECTION ${connection.threadId}`)
      await query
    },
    told: dependency
  },
  'a connection that was killed': {
    async call ({ connect, admin }) {
      const connection = await connect()
      await admin.query(`KILL CONNECTION ${connection.threadId}`)
      await new Promise(resolve => setTimeout(resolve, 100))
      await connection.query('SELECT 1')
    },
    told: dependency
  },
  'a connection that was closed': {
    async call ({ connect }) {
      const connection = await connect()
      await connection.end()
      await connection.query('SELECT 1')
    },
    told: dependency
  },
  'a statement that takes too long': {
    call: async ({ connect }) => (await connect()).query('SET STATEMENT max_statement_time = 0.1 FOR SELECT SLEEP(5)'),
    told: dependency
  },
  'a query that the driver gives up': {
    call: async ({ connect }) => (await connect()).query({ sql: 'SELECT SLEEP(5)', timeout: 100 }),
    told: dependency
  },
  'a lock that takes too long': {
    async call ({ connect, admin }) {
      const connection = await connect()
      await connection.query('SET innodb_lock_wait_timeout = 1')
      await admin.query('BEGIN')
      try {
        await admin.query("UPDATE app.models SET size = 2 WHERE slug = 'taken'")
        await connection.query("UPDATE models SET size = 3 WHERE slug = 'taken'")
      } finally {
        await admin.query('ROLLBACK')
      }
    },
    told: dependency
  },
  'read-only': {
    async call ({ connect, admin }) {
      const connection = await connect()
      await admin.query('SET GLOBAL read_only = 1')
      try {
        await connection.query(`INSERT INTO models VALUES ('${PLANTED.prompt}', 1)`)
      } finally {
        await admin.query('SET GLOBAL read_only = 0')
      }
    },
    told: dependency
  },
  'a server that does not answer': {
    async call ({ connect, signal }) {
      signal('SIGSTOP')
      try {
        await connect({ connectTimeout: 200 })
      } finally {
        signal('SIGCONT')
      }
    },
    told: dependency
  },

  'a duplicate key': {
    call: async ({ connect }) => (await connect()).query("INSERT INTO models VALUES ('taken', 1)"),
    told: bug
  },
  'a wrong query': {
    call: async ({ connect }) => (await connect()).query(`SELECT '${PLANTED.prompt}' FORM models`),
    told: bug
  },
  'a table that is not there': {
    call: async ({ connect }) => (await connect()).query('SELECT * FROM nothing'),
    told: bug
  },
  'a value that does not fit': {
    call: async ({ connect }) => (await connect()).query("INSERT INTO models VALUES (REPEAT('a', 65), 1)"),
    told: bug
  },
  'a wrong password': {
    call: ({ connect }) => connect({ password: 'wrong' }),
    told: bug
  }
}

/** Each of these ends the server. */
const ends = {
  'a server that is shut down in mid-query': 'SIGTERM',
  'a server that dies in mid-query': 'SIGKILL'
}

/** What a driver's message quotes is in the log: a query, or a value of it. */
const SECRETS = [PLANTED.key, PLANTED.header]

for (const [name, { connect, poolOf }] of Object.entries(drivers)) {
  test(`${name} ${versionOf(name, import.meta.url)} against MariaDB`, { skip: missing }, async t => {
    const server = await startMariaDb(t)
    for (const [title, { call, told }] of Object.entries(rows)) {
      await t.test(title, async () => {
        for (const how of ['from-store', 'by-itself']) check(await ask(how, () => use(server, call), SECRETS), told)
      })
    }
    for (const [title, signal] of Object.entries(ends)) {
      await t.test(title, async t => {
        for (const how of ['from-store', 'by-itself']) {
          const server = await startMariaDb(t)
          check(await ask(how, () => use(server, async ({ connect, signal: kill }) => {
            const connection = await connect()
            const query = connection.query('SELECT SLEEP(30)')
            setTimeout(() => kill(signal), 50)
            await query
          }), SECRETS), dependency)
        }
      })
    }
  })

  /** Calls with connections that are closed afterwards, whatever comes of it. */
  async function use (server, call) {
    const settings = { host: '127.0.0.1', port: server.port, user: 'app', password: PLANTED.key, database: 'app' }
    const connections = []
    const pool = poolOf(settings)
    try {
      return await call({
        ...server,
        pool,
        async connect (options) {
          const connection = await connect({ ...settings, ...options })
          connection.on('error', () => {})
          connections.push(connection)
          return connection
        }
      })
    } finally {
      for (const connection of connections) connection.destroy()
      await pool.end().catch(() => {})
    }
  }
}
