import { read } from '../error/read.js'
import { signsOf, tableOf } from './signs.js'
import type { Signs } from './signs.js'

type Found = 'unavailable'

/** How drivers say that a store can't be reached, doesn't answer in time, or refuses service. */
const driverSign = tableOf<Found>({
  rows: {
    unavailable: [
      // mysql2, of MySQL and MariaDB: too many connections; shutting down; a lock or a statement that took too long; read-only; full.
      'ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED', 'ER_HOST_IS_BLOCKED', 'ER_SERVER_SHUTDOWN',
      'ER_CLIENT_INTERACTION_TIMEOUT',
      'ER_LOCK_WAIT_TIMEOUT', 'ER_QUERY_TIMEOUT', 'ER_STATEMENT_TIMEOUT', 'ER_CONNECTION_KILLED', 'ER_UNKNOWN_COM_ERROR',
      'ER_LOCK_DEADLOCK', 'ER_OPTION_PREVENTS_STATEMENT', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT',
      // Other errors of mysql2 and its pool have no code.
      'Can\'t add new command when connection is in closed state', 'No connections available.', 'Queue limit reached.', 'Pool is closed.',
      // mariadb
      'ER_GET_CONNECTION_TIMEOUT', 'ER_CONNECTION_TIMEOUT', 'ER_SOCKET_TIMEOUT', 'ER_SOCKET_UNEXPECTED_CLOSE', 'ER_SOCKET_BAD_PORT',
      'ER_SOCKET_DESTROYED',
      'ER_CMD_CONNECTION_CLOSED', 'ER_CONNECTION_ALREADY_CLOSED', 'ER_POOL_ALREADY_CLOSED', 'ER_CLOSING_POOL', 'ER_PING_TIMEOUT',
      // PostgreSQL: a statement or a lock that took too long, read-only, idle for too long in a transaction.
      '57014', '55P03', '25006', '25P03',
      // A deadlock, or a conflict with another write: another attempt may succeed.
      '40P01', '40001',
      // Errors of pg and its pool have no code.
      'timeout expired', 'timeout exceeded when trying to connect', 'Query read timeout', 'Connection terminated',
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout', 'Client has encountered a connection error and is not queryable',
      'Cannot use a pool after calling end on the pool',
      // postgres
      'CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECTION_CONNECT_TIMEOUT',
      // ioredis, its clusters and sentinels
      'MaxRetriesPerRequestError', 'ClusterAllFailedError', 'Connection is closed.', 'Command timed out',
      'None of startup nodes is available',
      'Stream isn\'t writeable and enableOfflineQueue options is false', 'Cluster isn\'t ready and enableOfflineQueue options is false',
      'All sentinels are unreachable and retry is disabled.',
      // node-redis
      'ClientOfflineError', 'ClientClosedError', 'SocketClosedUnexpectedlyError', 'ConnectionTimeoutError', 'SocketTimeoutError',
      'DisconnectsClientError',
      'RootNodesUnavailableError', 'ReconnectStrategyError',
      // Prisma
      'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034',
      // Sequelize, Knex
      'SequelizeConnectionRefusedError', 'SequelizeConnectionTimedOutError', 'SequelizeConnectionAcquireTimeoutError',
      'SequelizeHostNotFoundError',
      'SequelizeHostNotReachableError', 'KnexTimeoutError',
      // mongodb
      'MongoServerSelectionError', 'MongoNetworkError', 'MongoNetworkTimeoutError', 'MongoTopologyClosedError',
      'MongoNotConnectedError', 'MongoServerClosedError',
      'MongoClientClosedError', 'MongoPoolClearedError', 'MongoPoolClosedError', 'MongoWaitQueueTimeoutError', 'MongoOperationTimeoutError',
      // kafkajs
      'KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSBrokerNotFound',
      'KafkaJSNoBrokerAvailableError',
      'KafkaJSGroupCoordinatorNotFound', 'KafkaJSLockTimeout', 'KafkaJSNumberOfRetriesExceeded',
      // amqplib
      'IllegalOperationError', 'Channel ended, no reply will be forthcoming', 'Heartbeat timeout',
      'Socket closed abruptly during opening handshake'
    ]
  },
  patterns: [
    // PostgreSQL: connection exceptions, insufficient resources, operator intervention except cancelled queries.
    [/^(?:08[0-9A-Z]|53[0-9A-Z]|57P)[0-9A-Z]{2}$/, 'unavailable'],
    [/^All sentinels are unreachable\b/, 'unavailable'],
    // amqplib: the broker was stopped.
    [/^Connection closed: 320 /, 'unavailable']
  ]
})

/** Error numbers of MySQL and MariaDB. mysql2 doesn't name all of them: for MariaDB's 1927 and 1969 it has another name, or none. */
const MYSQL_NUMBERS: ReadonlySet<unknown> = new Set([
  1021, 1040, 1041, 1047, 1053, 1114, 1129, 1203, 1205, 1213, 1226, 1290, 1927, 1969, 3024, 4031
])

/** A reply of Redis begins with its code. Read-only after a failover, out of memory or replicas, starting, …: all are temporary. */
const REDIS_REPLY = /^(?:-?(?:LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|MISCONF|OOM|NOREPLICAS|BUSY|TRYAGAIN)|ERR max number of clients reached)\b/
const REDIS_CLASSES = tableOf<'redis'>({ rows: { redis: ['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError'] } })

/** The classes of drivers and mappers, or what their names begin with. */
const driverClass = tableOf<'driver'>({
  rows: {
    driver: [
      // pg, mariadb, mssql; better-sqlite3; TypeORM, Drizzle, MikroORM; mongodb; kafkajs; node-redis; amqplib
      'DatabaseError', 'SqlError', 'MSSQLError', 'SqliteError', 'QueryFailedError', 'DrizzleQueryError', 'DriverException',
      'MongoError', 'KafkaJSError',
      'RedisError', 'IllegalOperationError', 'PostgresError'
    ]
  },
  patterns: [[/^(?:PrismaClient|Sequelize|Mongo|Mongoose|Knex)[A-Z]/, 'driver']]
})

/** mongodb has names for its servers' codes: during an election, when a server stops, when a query takes too long. */
const MONGO_NAMES: ReadonlySet<unknown> = new Set([
  'InterruptedAtShutdown', 'InterruptedDueToReplStateChange', 'ShutdownInProgress', 'PrimarySteppedDown', 'NotWritablePrimary',
  'NotPrimaryNoSecondaryOk',
  'NotPrimaryOrSecondary', 'HostUnreachable', 'HostNotFound', 'NetworkTimeout', 'SocketException', 'MaxTimeMSExpired',
  'ExceededTimeLimit', 'LockTimeout', 'WriteConflict'
])

/** Whether a driver says that its store can't be reached, or refuses service. */
export function saysUnavailable (error: unknown, signs = signsOf(error)): boolean {
  return MYSQL_NUMBERS.has(read(error, 'errno')) || MONGO_NAMES.has(read(error, 'codeName')) || isRedisReply(signs) ||
    driverSign(signs) !== undefined
}

/** Whether an error is of a driver's class, whatever happened. */
export function isOfDriverClass (signs: Signs): boolean {
  return REDIS_CLASSES(signs) !== undefined || driverClass(signs) !== undefined
}

function isRedisReply (signs: Signs): boolean {
  return REDIS_CLASSES(signs) !== undefined && REDIS_REPLY.test(String(signs.message))
}
