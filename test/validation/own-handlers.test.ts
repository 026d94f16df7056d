import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import type { FastifyError, FastifyInstance } from 'fastify'
import t from 'tap'
import scaiErrors, { ScaiError, toScaiError } from '../../src/index.js'
import type { ErrorDetail } from '../../src/index.js'
import { json, listen, serve } from '../fixtures/service.js'

// Services that handle failed validations themselves, or word them.

const body = Type.Object({ a: Type.String(), b: Type.Integer() })
const SECRET = 'sk-live-4242'
const BOTH = [{ field: 'a', message: 'is required' }, { field: 'b', message: 'must be an integer' }]

/** In a child, where a handler of its own stands before ours. */
const inChild = (handle: Parameters<FastifyInstance['setErrorHandler']>[0]) => (app: FastifyInstance): void => {
  app.register(async child => {
    child.setErrorHandler(handle)
    child.post('/', { schema: { body } }, async () => 'ok')
  })
}
/** Under `attachValidation`, a handler that answers by itself. */
const attached = (status: number) => (app: FastifyInstance): void => {
  app.post('/', { schema: { body }, attachValidation: true }, async (request, reply) => {
    return request.validationError === undefined ? 'ok' : await reply.code(status).send({ message: request.validationError.message })
  })
}

type Handled = [title: string, define: (app: FastifyInstance) => void, status: number, code: string, details: ErrorDetail[] | undefined]

const handled: Handled[] = [
  [
    'a 400 of a child for what has error.validation',
    inChild((error, _request, reply) =>
      (error as FastifyError).validation ? reply.code(400).send((error as FastifyError).message) : reply.send(error)),
    422, 'VALIDATION_ERROR', BOTH
  ],
  ['a 422 of a child', inChild((_error, _request, reply) => reply.code(422).send('no')), 422, 'VALIDATION_ERROR', BOTH],
  ['another status of a child', inChild((_error, _request, reply) => reply.code(409).send('no')), 409, 'CONFLICT', undefined],
  ['what a child hands on', inChild((error, _request, reply) => reply.send(error)), 422, 'VALIDATION_ERROR', BOTH],
  ['a 422 under attachValidation', attached(422), 422, 'VALIDATION_ERROR', BOTH],
  ['a 400 under attachValidation', attached(400), 422, 'VALIDATION_ERROR', BOTH],
  ['another status under attachValidation', attached(409), 409, 'CONFLICT', undefined],
  [
    'what is thrown under attachValidation',
    app => app.post('/', { schema: { body }, attachValidation: true }, async request => { throw request.validationError }), 422,
    'VALIDATION_ERROR', BOTH
  ],
  [
    'a 400 that has nothing to do with the validation',
    app =>
      app.post('/', { schema: { body }, attachValidation: true }, async () => {
        throw Object.assign(new Error('No'), { statusCode: 400 })
      }),
    400, 'BAD_REQUEST', undefined
  ]
]

for (const [title, define, status, code, details] of handled) {
  t.test(`${title} is ${code}`, async t => {
    const { request } = await serve(t, define)
    const answer = await request('/', json({ b: SECRET }))
    t.strictSame([answer.status, answer.body.error.code, answer.body.error.details], [status, code, details])
  })
}

t.test('with normalizeReplies: false, the 400 of a handler stays', async t => {
  const define = inChild((_error, _request, reply) => reply.code(400).send({ mine: true }))
  const { request } = await serve(t, define, { errors: { normalizeReplies: false } })
  const { status, text } = await request('/', json({}))
  t.strictSame([status, text], [400, '{"mine":true}'])
})

interface Issue { instancePath: string, keyword: string, params: { missingProperty?: string } }
const localized = (issues: unknown[]): ErrorDetail[] =>
  (issues as Issue[]).map(({ instancePath, keyword, params }) =>
    ({ field: params.missingProperty ?? instancePath.slice(1), message: `Fehler: ${keyword}` }))

const OURS = [...BOTH, { field: 'query.limit', message: 'query parameter must be an integer' }]

const worded: Array<[title: string, formatter: (issues: unknown[], context: string) => Error, details: unknown]> = [
  [
    'a plain error: its message', (issues, context) => new Error(`${context} has ${issues.length}`),
    [{ field: 'body', message: 'body has 2' }, { field: 'query', message: 'query parameter querystring has 1' }]
  ],
  [
    'a plain error with details', issues => Object.assign(new Error('x'), { details: localized(issues) }),
    [{ field: 'a', message: 'Fehler: required' }, { field: 'b', message: 'Fehler: type' }, { field: 'limit', message: 'Fehler: type' }]
  ],
  [
    'a plain error with details of another form', issues => Object.assign(new Error('Nein'), { details: issues }),
    [{ field: 'body', message: 'Nein' }, { field: 'query', message: 'query parameter Nein' }]
  ],
  [
    'a plain error whose details quote the input', () => Object.assign(new Error('x'), { details: [{ field: 'a', message: `saw ${SECRET}` }] }),
    [{ field: 'a', message: 'is not valid' }]
  ],
  ['a plain error that quotes the input', () => new Error(`no ${SECRET}`), OURS],
  ['a plain error with a stack in its message', () => new Error(`no\n    at Object.<anonymous> (/${SECRET}.js:1:1)`), OURS],
  [
    'a ScaiError',
    issues => new ScaiError('VALIDATION_ERROR', { message: 'Ungültig', headers: { 'x-own': '1' }, details: localized(issues) }),
    [{ field: 'a', message: 'Fehler: required' }, { field: 'b', message: 'Fehler: type' }, { field: 'limit', message: 'Fehler: type' }]
  ],
  [
    'a ScaiError with nothing but details',
    issues => new ScaiError('VALIDATION_ERROR', { details: localized(issues), context: { own: true } }),
    [{ field: 'a', message: 'Fehler: required' }, { field: 'b', message: 'Fehler: type' }, { field: 'limit', message: 'Fehler: type' }]
  ],
  ['a ScaiError that becomes another', (() => {
    let asked = 0
    return (issues: unknown[]): Error =>
      asked++ > 0 ? new ScaiError('SLUG_CONFLICT') : new ScaiError('VALIDATION_ERROR', { details: localized(issues) })
  })(), [{ field: 'a', message: 'Fehler: required' }]],
  ['a ScaiError without details', () => new ScaiError('SLUG_CONFLICT'), undefined],
  ['one that fails when it is asked again', (() => {
    let asked = 0
    return (): Error => {
      if (asked++ > 0) throw new Error('not again')
      return new Error('x')
    }
  })(), OURS]
]

for (const [title, schemaErrorFormatter, details] of worded) {
  t.test(`the service's own formatter words all errors: ${title}`, async t => {
    const schema = { body, querystring: Type.Object({ limit: Type.Integer() }) }
    const { request } = await serve(t, app =>
      app.post('/', { schema, schemaErrorFormatter: schemaErrorFormatter as never }, async () => 'ok'))
    const answer = await request(`/?limit=${SECRET}`, json({ b: SECRET }))
    t.strictSame(answer.body.error.details, details)
    t.notMatch(answer.text, SECRET)
    if (title === 'a ScaiError') t.strictSame([answer.body.error.message, answer.headers.get('x-own')], ['Ungültig', '1'])
  })
}

t.test('Fastify\'s own formatter does not count as the service\'s, also without scaiServerOptions', async t => {
  const app = Fastify()
  await app.register(scaiErrors)
  app.post('/', { schema: { body } }, async () => 'ok')
  const { request } = await listen(t, app)
  t.strictSame((await request('/', json({ b: SECRET }))).body.error.details, [{ field: 'a', message: 'is required' }])
})

t.test('outside of a request, the error of a formatter is what it is', async t => {
  const error = Object.assign(new ScaiError('SLUG_CONFLICT'), { validation: [], validationContext: 'body' })
  t.equal(toScaiError(error), error)
})
