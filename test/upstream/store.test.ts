import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Cluster, Redis } from 'ioredis'
import { createConnection } from 'mysql2'
import mysql from 'mysql2/promise'
import pg from 'pg'
import t from 'tap'
import type { Test } from 'tap'
import { fromStore } from '../../src/upstream.js'
import { SECRET } from '../fixtures/conformance.js'
import { serve } from '../fixtures/service.js'
import { closedPort, leaks, misbehave } from '../fixtures/upstreams.js'

/** Asks a store at this port for something; throws what its driver throws. */
type Driver = (port: number) => Promise<unknown>

const host = '127.0.0.1'

/** A `timeout` bounds everything where a store may stall. */
function createDrivers (timeout: number) {
  return {
    async mysql2 (port) {
      const connection = await mysql.createConnection({ host, port, user: 'hunter2', password: 'hunter2', connectTimeout: timeout })
      await connection.query('SELECT 1')
    },
    async 'a pool of mysql2' (port) {
      const pool = mysql.createPool({ host, port, user: 'hunter2', connectTimeout: timeout })
      await pool.query('SELECT 1').finally(() => pool.end())
    },
    async pg (port) {
      const client = new pg.Client({ host, port, user: 'hunter2', password: 'hunter2', connectionTimeoutMillis: timeout })
      client.on('error', () => {})
      await client.connect().finally(() => client.end().catch(() => {}))
    },
    async 'a pool of pg' (port) {
      const pool = new pg.Pool({ host, port, user: 'hunter2', connectionTimeoutMillis: timeout })
      await pool.query('SELECT 1').finally(() => pool.end())
    },
    async ioredis (port) {
      const redis = new Redis({
        host,
        port,
        connectTimeout: timeout,
        commandTimeout: 2 * timeout,
        maxRetriesPerRequest: 0,
        retryStrategy: () => 10
      })
      redis.on('error', () => {})
      await redis.get('hunter2').finally(() => redis.disconnect())
    },
    async 'ioredis without a queue' (port) {
      const redis = new Redis({ host, port, connectTimeout: timeout, enableOfflineQueue: false, retryStrategy: () => null })
      redis.on('error', () => {})
      await redis.get('hunter2').finally(() => redis.disconnect())
    },
    async 'ioredis that does not retry' (port) {
      const redis = new Redis({ host, port, connectTimeout: timeout, commandTimeout: 2 * timeout, retryStrategy: () => null })
      redis.on('error', () => {})
      await redis.get('hunter2').finally(() => redis.disconnect())
    },
    async 'a cluster of ioredis' (port) {
      const cluster = new Cluster([{ host, port }], {
        redisOptions: { connectTimeout: timeout, commandTimeout: 2 * timeout },
        clusterRetryStrategy: () => null,
        slotsRefreshTimeout: timeout
      })
      cluster.on('error', () => {})
      await cluster.get('hunter2').finally(() => cluster.disconnect())
    },
    async 'a cluster of ioredis, as its event says' (port) {
      const cluster = new Cluster([{ host, port }], { clusterRetryStrategy: () => null, slotsRefreshTimeout: timeout })
      const [error] = await once(cluster, 'error')
      cluster.on('error', () => {}).disconnect()
      throw error
    },
    async 'a cluster of ioredis without a queue' (port) {
      const cluster = new Cluster([{ host, port }], {
        enableOfflineQueue: false,
        clusterRetryStrategy: () => null,
        slotsRefreshTimeout: timeout
      })
      cluster.on('error', () => {})
      await cluster.get('hunter2').finally(() => cluster.disconnect())
    }
  } as const satisfies Record<string, Driver>
}

const patient = createDrivers(30_000)
const impatient = createDrivers(100)

/** A service whose store is asked for each request; what its caller gets. */
async function storeService (t: Test): Promise<(call: () => Promise<unknown>) => Promise<[code: string, leaks: string[]]>> {
  let call: () => Promise<unknown>
  const service = await serve(t, app => app.get('/', async () => { throw fromStore(await call().catch((error: unknown) => error)) }))
  return async ask => {
    call = ask
    const answer = await service.request('/')
    t.match(service.errorLines().at(-1), { err: { type: 'ScaiError' } })
    return [answer.body.error.code, leaks(answer)]
  }
}

const UNAVAILABLE = ['SERVICE_UNAVAILABLE', []]

for (const [title, stalls, port] of [
  ['a port that is closed', false, closedPort],
  ['a server that stalls', true, t => misbehave(t, () => {})],
  ['a server that hangs up', false, t => misbehave(t, socket => { socket.end() }, true)],
  ['a server that resets', false, t => misbehave(t, socket => { setTimeout(() => socket.resetAndDestroy(), 10) }, true)]
] as Array<[string, boolean, (t: Test) => Promise<number>]>) {
  t.test(`${title}: SERVICE_UNAVAILABLE, for every driver`, async t => {
    const ask = await storeService(t)
    const at = await port(t)
    for (const [name, driver] of Object.entries<Driver>(stalls
      ? impatient
      : patient)) t.strictSame(await ask(() => driver(at)), UNAVAILABLE, name)
  })
}

// What the stores themselves say

/** An error packet of MySQL, in place of the greeting (protocol of the client and server, "ERR_Packet"). */
function mysqlError (number: number): (socket: Socket) => void {
  const payload = Buffer.concat([Buffer.from([0xff, number & 0xff, number >> 8]), Buffer.from(SECRET)])
  return socket => { socket.end(Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload])) }
}

/** PostgreSQL's ErrorResponse to the start-up message (its manual, "Message Formats"). */
function postgresError (sqlState: string): (socket: Socket) => void {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0M${SECRET}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeUInt32BE(fields.length + 4, 1)
  return socket => { socket.end(Buffer.concat([head, fields])) }
}

/** An error reply of Redis to each command. */
function redisError (reply: string): (socket: Socket) => void {
  return socket => {
    socket.write('+OK\r\n')
    socket.on('data', () => socket.write(`-${reply}\r\n`))
  }
}

const replies: Array<[title: string, driver: Driver, reply: (socket: Socket) => void, greets: boolean, code: string]> = [
  ['MySQL has too many connections', patient.mysql2, mysqlError(1040), true, 'SERVICE_UNAVAILABLE'],
  ['MySQL shuts down', patient.mysql2, mysqlError(1053), true, 'SERVICE_UNAVAILABLE'],
  ['MySQL knows no such user', patient.mysql2, mysqlError(1045), true, 'INTERNAL_ERROR'],
  ...[
    '53300', '57P01', '57P02', '57P03', '08000', '08006', '08P01'
  ].map(state => [`PostgreSQL says ${state}`, patient.pg, postgresError(state), false, 'SERVICE_UNAVAILABLE'] as const),
  ...['28P01', '42601'].map(state => [`PostgreSQL says ${state}`, patient.pg, postgresError(state), false, 'INTERNAL_ERROR'] as const),
  ...[
    'LOADING Redis is loading', 'READONLY You can\'t write', 'CLUSTERDOWN The cluster is down', 'MASTERDOWN Link is down'
  ].map(reply => [`Redis says ${reply}`, say, redisError(reply), false, 'SERVICE_UNAVAILABLE'] as const),
  ...[
    'ERR hunter2', 'WRONGTYPE hunter2', 'NOAUTH hunter2'
  ].map(reply => [`Redis says ${reply}`, say, redisError(reply), false, 'INTERNAL_ERROR'] as const)
].map(row => [...row] as [string, Driver, (socket: Socket) => void, boolean, string])

async function say (port: number): Promise<void> {
  const redis = new Redis({ host, port, enableReadyCheck: false, disableClientInfo: true })
  redis.on('error', () => {})
  await redis.set('hunter2', 1).finally(() => redis.disconnect())
}

for (const [title, driver, reply, greets, code] of replies) {
  t.test(`${title}: ${code}`, async t => {
    const ask = await storeService(t)
    const port = await misbehave(t, reply, greets)
    t.strictSame(await ask(() => driver(port)), [code, []])
  })
}

/** A PostgreSQL that lets everybody in (AuthenticationOk, ReadyForQuery); what it does when it is asked a query. */
async function postgres (t: Test, onQuery: (socket: Socket) => void): Promise<{
  port: number
  connect (options?: pg.ClientConfig): Promise<pg.Client>
}> {
  const port = await misbehave(t, socket => {
    socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I'))
    socket.once('data', () => onQuery(socket))
  })
  return {
    port,
    async connect (options) {
      const client = new pg.Client({ host, port, ...options })
      client.on('error', () => {})
      await client.connect()
      return client
    }
  }
}

/** A MySQL that lets everybody in (its protocol's "Protocol::HandshakeV10", "OK_Packet"), and then says no more. */
function letIn (socket: Socket): void {
  const capabilities = Buffer.from([0x00, 0x82])
  const greeting = Buffer.concat([
    Buffer.from('\x0a8\0\x01\0\0\x0012345678\0'), capabilities, Buffer.from([33, 2, 0, 0, 0, 0]), Buffer.alloc(10),
    Buffer.from('123456789012\0')
  ])
  socket.write(Buffer.concat([Buffer.from([greeting.length, 0, 0, 0]), greeting]))
  socket.once('data', () => socket.write(Buffer.from([7, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0])))
}

t.test('a query that gets no answer: SERVICE_UNAVAILABLE', async t => {
  const { connect } = await postgres(t, () => {})
  const client = await connect({ query_timeout: 100 })
  t.match(await failureOf(client), { code: 'SERVICE_UNAVAILABLE', cause: /Query read timeout/ })

  const connection = await mysql.createConnection({ host, port: await misbehave(t, letIn, true) })
  t.match(await connection.query({ sql: 'SELECT 1', timeout: 100 }).catch(fromStore), {
    code: 'SERVICE_UNAVAILABLE',
    cause: { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }
  })
  connection.destroy()
})

t.test('a connection that is lost while a query runs, and every query after it: SERVICE_UNAVAILABLE', async t => {
  const { connect } = await postgres(t, socket => { socket.destroy() })
  const client = await connect()
  const ended = new Promise(resolve => client.once('end', resolve))
  t.match(await failureOf(client), { code: 'SERVICE_UNAVAILABLE', cause: /Connection terminated unexpectedly/ })
  await ended
  t.match(await failureOf(client), { code: 'SERVICE_UNAVAILABLE', cause: /not queryable/ })
})

t.test('a connection that we close while a query runs: SERVICE_UNAVAILABLE', async t => {
  const { connect } = await postgres(t, socket => { socket.end() })
  const client = await connect()
  const failure = failureOf(client)
  client.end().catch(() => {})
  t.match(await failure, { code: 'SERVICE_UNAVAILABLE', cause: /Connection terminated$/ })
})

t.test('a query on a connection that was lost before: SERVICE_UNAVAILABLE', async t => {
  const ask = await storeService(t)
  const connection = createConnection({ host, port: await misbehave(t, socket => { socket.end() }, true) })
  const [lost] = await once(connection, 'error')
  t.equal(fromStore(lost).code, 'SERVICE_UNAVAILABLE')
  t.strictSame(await ask(() => connection.promise().query('SELECT 1')), UNAVAILABLE)
})

t.test('a pool that is used up, and one that is closed: SERVICE_UNAVAILABLE', async t => {
  const port = await misbehave(t, () => {})
  const waiting = mysql.createPool({ host, port, connectionLimit: 1, queueLimit: 1, connectTimeout: 100 })
  const impatient = mysql.createPool({ host, port, connectionLimit: 1, waitForConnections: false, connectTimeout: 100 })
  const first = [waiting.query('SELECT 1'), waiting.query('SELECT 1'), impatient.query('SELECT 1')].map(query => query.catch(() => {}))
  t.match(await failureOf(waiting), { code: 'SERVICE_UNAVAILABLE', cause: /Queue limit reached/ })
  t.match(await failureOf(impatient), { code: 'SERVICE_UNAVAILABLE', cause: /No connections available/ })
  await Promise.all(first)
  await Promise.all([waiting.end(), impatient.end()])
  t.match(await failureOf(waiting), { code: 'SERVICE_UNAVAILABLE', cause: /Pool is closed/ })
})

t.test('a pool of pg that is used up: SERVICE_UNAVAILABLE', async t => {
  const { port } = await postgres(t, () => {})
  const pool = new pg.Pool({ host, port, max: 1 })
  const client = await pool.connect()
  client.on('error', () => {})
  // Only now: connecting may take its time.
  pool.options.connectionTimeoutMillis = 100
  t.match(await failureOf(pool), { code: 'SERVICE_UNAVAILABLE', cause: /timeout exceeded when trying to connect/ })
  client.release(true)
  await pool.end()

  // Of older versions, without a cause.
  t.equal(fromStore(new Error('Connection terminated due to connection timeout')).code, 'SERVICE_UNAVAILABLE')
})

async function failureOf (store: { query (sql: string): Promise<unknown> }): Promise<unknown> {
  return await store.query('SELECT 1').catch(fromStore)
}

t.test('what is no failure of a store is INTERNAL_ERROR, with the original as its cause', async t => {
  for (const thrown of [
    new TypeError('hunter2'), Object.assign(new Error('hunter2'), { code: 'ER_DUP_ENTRY' }), 'hunter2', null, undefined
  ]) {
    const error = fromStore(thrown)
    t.strictSame([error.code, error.cause], ['INTERNAL_ERROR', thrown])
  }
})
