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
      const redis = new Redis({ host, port, connectTimeout: timeout, commandTimeout: 2 * timeout, maxRetriesPerRequest: 0, retryStrategy: () => 10 })
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
      const cluster = new Cluster([{ host, port }], { redisOptions: { connectTimeout: timeout, commandTimeout: 2 * timeout }, clusterRetryStrategy: () => null, slotsRefreshTimeout: timeout })
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
      const cluster = new Cluster([{ host, port }], { enableOfflineQueue: false, clusterRetryStrategy: () => null, slotsRefreshTimeout: timeout })
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
    for (const [name, driver] of Object.entries<Driver>(stalls ? impatient : patient)) t.strictSame(await ask(() => driver(at)), UNAVAILABLE, name)
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
  ...['53300', '57P01', '57P02', '57P03', '08000', '08006', '08P01'].map(state => [`PostgreSQL says ${state}`, patient.pg, postgresError(state), false, 'SERVICE_UNAVAILABLE'] as const),
  ...['28P01', '42601'].map(state => [`PostgreSQL says ${state}`, patient.pg, postgresError(state), false, 'INTERNAL_ERROR'] as const),
  ...['LOADING Redis is loading', 'READONLY You can\'t write', 'CLUSTERDOWN The cluster is down', 'MASTERDOWN Link is down'].map(reply => [`Redis says ${reply}`, say, redisError(reply), false, 'SERVICE_UNAVAILABLE'] as const),
  ...['ERR hunter2', 'WRONGTYPE hunter2', 'NOAUTH hunter2'].map(reply => [`Redis says ${reply}`, say, redisError(reply), false, 'INTERNAL_ERROR'] as const)
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

t.test('a query that gets no answer: SERVICE_UNAVAILABLE', async t => {
  const ask = await storeService(t)
  // It lets everybody in (AuthenticationOk, ReadyForQuery), and then says no more.
  const port = await misbehave(t, socket => { socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I')) })
  t.strictSame(await ask(async () => {
    const client = new pg.Client({ host, port, query_timeout: 100 })
    client.on('error', () => {})
    await client.connect()
    await client.query('SELECT 1').finally(() => client.end().catch(() => {}))
  }), UNAVAILABLE)
})

t.test('a connection that is lost while a query runs, and every query after it: SERVICE_UNAVAILABLE', async t => {
  const ask = await storeService(t)
  const port = await misbehave(t, socket => {
    socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I'))
    socket.once('data', () => socket.destroy())
  })
  const client = new pg.Client({ host, port })
  const ended = new Promise(resolve => client.on('error', () => {}).once('end', resolve))
  await client.connect()
  t.strictSame(await ask(() => client.query('SELECT 1')), UNAVAILABLE)
  await ended
  t.strictSame(await ask(() => client.query('SELECT 1')), UNAVAILABLE)
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

async function failureOf (pool: mysql.Pool): Promise<unknown> {
  return await pool.query('SELECT 1').catch(fromStore)
}

t.test('what is no failure of a store is INTERNAL_ERROR, with the original as its cause', async t => {
  for (const thrown of [new TypeError('hunter2'), Object.assign(new Error('hunter2'), { code: 'ER_DUP_ENTRY' }), 'hunter2', null, undefined]) {
    const error = fromStore(thrown)
    t.strictSame([error.code, error.cause], ['INTERNAL_ERROR', thrown])
  }
})
