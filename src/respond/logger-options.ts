import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify'
import { errSerializer } from './err-serializer.js'

type LoggerOptions = Pick<FastifyServerOptions, 'logger' | 'loggerInstance'>

/** Where pino keeps its serializers. */
const SERIALIZERS = Symbol.for('pino.serializers')
/** The name of pino's own serializer of errors. */
const STOCK_SERIALIZER = 'errSerializer'

/** A logger that may be pino's. */
type Logger = FastifyBaseLogger & { readonly [SERIALIZERS]?: { readonly err?: { readonly name: string } } }

/**
 * The options `logger` and `loggerInstance` of `Fastify()` with our `err` serializer, so that Fastify's own
 * lines don't show the properties of foreign errors either. A serializer of the user's stays, and so does a
 * logger that isn't pino.
 */
export function withErrSerializer ({ logger, loggerInstance }: LoggerOptions): LoggerOptions {
  const serializers = { err: errSerializer }
  if (loggerInstance !== undefined) {
    const { [SERIALIZERS]: own } = loggerInstance as Logger
    return { loggerInstance: own?.err?.name === STOCK_SERIALIZER ? loggerInstance.child({}, { serializers }) : loggerInstance }
  }
  if (!logger) return {}
  const options = logger === true ? {} : logger
  return { logger: { ...options, serializers: { ...serializers, ...options.serializers } } } as LoggerOptions
}
