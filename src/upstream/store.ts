import { ScaiError } from '../error/scai-error.js'
import { UPSTREAM_SIGNS, innermost, tableOf } from './causes.js'

/** How the drivers of MySQL and MariaDB (mysql2), PostgreSQL (pg) and Redis (ioredis) say that a store is out of reach. */
const STORE_SIGNS = tableOf({
  SERVICE_UNAVAILABLE: [
    'ER_CON_COUNT_ERROR', 'ER_SERVER_SHUTDOWN', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT',
    // What mysql2 and its pool say besides has no code.
    'Can\'t add new command when connection is in closed state', 'No connections available.', 'Queue limit reached.', 'Pool is closed.',
    // PostgreSQL: too many connections; it shuts down, has crashed, is starting.
    '53300', '57P01', '57P02', '57P03',
    // Neither has what pg and its pool say.
    'timeout expired', 'timeout exceeded when trying to connect', 'Query read timeout', 'Connection terminated', 'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout', 'Client has encountered a connection error and is not queryable',
    'MaxRetriesPerRequestError', 'ClusterAllFailedError',
    // Nor what ioredis says.
    'Connection is closed.', 'Command timed out', 'None of startup nodes is available',
    'Stream isn\'t writeable and enableOfflineQueue options is false', 'Cluster isn\'t ready and enableOfflineQueue options is false'
  ]
}, [
  // PostgreSQL: connection exceptions (class 08).
  [/^08[0-9A-Z]{3}$/, 'SERVICE_UNAVAILABLE'],
  // Redis: a reply begins with its code.
  [/^(?:LOADING|READONLY|CLUSTERDOWN|MASTERDOWN) /, 'SERVICE_UNAVAILABLE']
])

/**
 * What the driver of our own database or cache threw, as an error for the caller: `SERVICE_UNAVAILABLE`
 * where the store can't be reached, doesn't answer or refuses to serve now, else `INTERNAL_ERROR` (a
 * wrong query). What was thrown is its `cause`, for the log. A `ScaiError` is returned as it is.
 *
 * Never throws, whatever it is given.
 *
 * @example
 * try {
 *   return await pool.query('SELECT slug FROM models')
 * } catch (error) {
 *   throw fromStore(error)
 * }
 */
export function fromStore (thrown: unknown): ScaiError {
  try {
    const found = innermost(thrown, error => STORE_SIGNS(error) ?? (isOutOfReach(error) ? 'SERVICE_UNAVAILABLE' : undefined))
    return typeof found === 'object' ? found : new ScaiError(found ?? 'INTERNAL_ERROR', { cause: thrown })
  } catch (cause) {
    return new ScaiError('INTERNAL_ERROR', { cause })
  }
}

/** The network fails in the same words, whatever is at its other end. */
function isOutOfReach (error: unknown): boolean {
  const code = UPSTREAM_SIGNS(error)
  return code === 'BACKEND_TIMEOUT' || code === 'BACKEND_ERROR'
}
