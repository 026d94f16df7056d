import Fastify from 'fastify'
import scaiErrors, {
  ScaiError, defineErrors, errSerializer, errorCatalog, errorResponses, isScaiError, scaiServerOptions, toErrorFrame, toScaiError
} from 'fastify-scai-errors'
import type { DefinedErrors, ErrorEnvelope, PublishedError, ScaiErrorCode } from 'fastify-scai-errors'
import { assertError, checkConformance, watchErrors } from 'fastify-scai-errors/testing'
import { fromModule, fromProvider, fromStore, relayReplies } from 'fastify-scai-errors/upstream'

const queueErrors = defineErrors({ SCAIQUEUE_QUEUE_PAUSED: { status: 503, message: 'The queue is paused', retryAfter: 'required' } })

declare module 'fastify-scai-errors' {
  interface ScaiErrorCatalog extends DefinedErrors<typeof queueErrors> {}
}

const app = Fastify(scaiServerOptions({ logger: { serializers: { err: errSerializer } } }))
const errors = watchErrors(app)
await app.register(scaiErrors, { mapError: thrown => thrown instanceof RangeError ? 'CONTENT_TOO_LARGE' : undefined, logLevels: { MODEL_NOT_FOUND: 'debug' } })
app.get('/', { config: { scaiErrors: { codes: ['MODEL_NOT_FOUND'] } }, schema: { response: errorResponses('MODEL_NOT_FOUND') } }, async (request, reply) => {
  request.log.info(request.id)
  return reply.scaiError('SCAIQUEUE_QUEUE_PAUSED', { retryAfter: 5 })
})
app.get('/stream', async (_request, reply) => reply.scaiStream(async function * () { yield toErrorFrame(new Error('a')) }()))
app.get('/http2', async () => Fastify(scaiServerOptions({ http2: true })))

const status: 404 = new ScaiError('MODEL_NOT_FOUND').statusCode
const code: ScaiErrorCode = toScaiError(null).code
const thrown: unknown = fromStore(fromProvider(null))
if (isScaiError(thrown, 'RATE_LIMITED')) thrown.retryAfter.toFixed()
// @ts-expect-error the delay is required
new ScaiError('RATE_LIMITED')
// @ts-expect-error a misspelt code
app.get('/misspelt', async (_request, reply) => reply.scaiError('MODEL_NOT_FOUN'))

const envelope: ErrorEnvelope = await assertError(await app.inject('/'), 'SCAIQUEUE_QUEUE_PAUSED', { retryAfter: 5 })
export const all: [PublishedError?] = []
export { status, code, envelope, errors, errorCatalog, fromModule, relayReplies, checkConformance }
