// The same 404 by everyone: same envelope, same headers, ids by the same generator. But for Fastify's
// default handler, which has a body of its own. Each imports what it needs: nobody else's process has it.

import { createServer } from 'node:http'
import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../dist/index.js'
import { createRequestId } from '../../dist/respond/request-id.js'
import { get, plain } from './common.js'

export const title = 'The same error, 404 with a code and the request id in an envelope, by others'
export const base = 'plain 200 (bare Fastify)'
export const bases = { 'fastify-scai-errors, thrown (against @fastify/sensible)': '@fastify/sensible' }
export const gates = { 'fastify-scai-errors, thrown (against @fastify/sensible)': 3 }

const code = 'MODEL_NOT_FOUND'
const message = 'The model does not exist'
const expect = `{"status":"error","error":{"code":"${code}","message":"${message}"},"meta":{"request_id":"req_`

const envelope = (code, message, id) => ({ status: 'error', error: { code, message }, meta: { request_id: id } })
const headersOf = id => ({ 'x-request-id': id, 'cache-control': 'no-store', 'x-should-retry': 'false' })
const foreign = () => Object.assign(new Error(message), { statusCode: 404, code })
const scaiThrown = scai(async () => { throw new ScaiError(code) })

export const variants = {
  'plain 200 (bare Fastify)': plain,
  'node:http, a ready string': serve(raw),
  'fastify-scai-errors, reply.scaiError': scai((_request, reply) => { reply.scaiError(code) }),
  'fastify-scai-errors, thrown': scaiThrown,
  'fastify-scai-errors, thrown (against @fastify/sensible)': scaiThrown,
  '@fastify/error': onFastify(() => fastifyError(true), asIs),
  '@fastify/error, no stack': onFastify(() => fastifyError(false), asIs),
  '@fastify/sensible': onFastify(sensible, asIs),
  '@fastify/sensible, no stack': withoutStacks(onFastify(sensible, asIs)),
  'http-errors': onFastify(httpErrors, asIs),
  '@hapi/boom': onFastify(boom, ({ output, data, message }) => ({ status: output.statusCode, code: data.code, message })),
  'Fastify, its default handler': serve(defaultHandler, `"code":"${code}"`),
  'NestJS on Fastify': serve(nest),
  Hono: serve(hono),
  h3: serve(h3),
  'Express 5': serve(express)
}

function serve (start, expected = expect) {
  return async () => ({ server: await start(), request: get('/'), expect: expected })
}

function scai (handler) {
  return serve(async () => {
    const app = Fastify(scaiServerOptions())
    await app.register(scaiErrors)
    app.get('/', handler)
    await app.ready()
    return app.server
  })
}

/**
 * An error of a library, made an envelope by an error handler as its users write it.
 *
 * @param prepare resolves to what makes the error
 * @param read what the error says
 */
function onFastify (prepare, read) {
  return serve(async () => {
    const app = Fastify({ genReqId: createRequestId })
    const createError = await prepare(app)
    app.setErrorHandler((error, request, reply) => {
      const { status, code, message } = read(error)
      reply.code(status).headers(headersOf(request.id)).send(envelope(code, message, request.id))
    })
    app.get('/', async () => { throw createError() })
    await app.ready()
    return app.server
  })
}

function asIs ({ statusCode, code, message }) {
  return { status: statusCode, code, message }
}

/** How much of a peer's cost is the stack alone. */
function withoutStacks (variant) {
  return async () => {
    const service = await variant()
    Error.stackTraceLimit = 0
    return service
  }
}

async function fastifyError (captureStackTrace) {
  const { default: createError } = await import('@fastify/error')
  const ModelNotFound = createError(code, message, 404, Error, captureStackTrace)
  return () => new ModelNotFound()
}

async function sensible (app) {
  await app.register(import('@fastify/sensible'))
  return () => app.httpErrors.createError(404, message, { code })
}

async function httpErrors () {
  const { default: createError } = await import('http-errors')
  return () => createError(404, message, { code })
}

async function boom () {
  const { default: Boom } = await import('@hapi/boom')
  return () => Boom.notFound(message, { code })
}

function raw () {
  return createServer((_request, response) => {
    const id = createRequestId()
    const body = `${expect}${id.slice('req_'.length)}"}}`
    response.writeHead(404, {
      'x-request-id': id,
      'cache-control': 'no-store',
      'x-should-retry': 'false',
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length
    })
    response.end(body)
  })
}

async function defaultHandler () {
  const app = Fastify()
  app.get('/', async () => { throw foreign() })
  await app.ready()
  return app.server
}

async function nest () {
  await import('reflect-metadata')
  const { Catch, Controller, Get, Module, NotFoundException } = await import('@nestjs/common')
  const { NestFactory } = await import('@nestjs/core')
  const { FastifyAdapter } = await import('@nestjs/platform-fastify')

  // Decorators are but functions: this is what a compiler makes of them.
  class Models {
    async find () { throw new NotFoundException({ code, message }) }
  }
  Controller()(Models)
  Get()(Models.prototype, 'find', Object.getOwnPropertyDescriptor(Models.prototype, 'find'))
  class Envelopes {
    catch (exception, host) {
      const reply = host.switchToHttp().getResponse()
      const { code, message } = exception.getResponse()
      const { id } = reply.request
      reply.code(exception.getStatus()).headers(headersOf(id)).send(envelope(code, message, id))
    }
  }
  Catch()(Envelopes)
  class Service {}
  Module({ controllers: [Models] })(Service)

  const app = await NestFactory.create(Service, new FastifyAdapter({ genReqId: createRequestId }), { logger: false })
  const fastify = app.getHttpAdapter().getInstance()
  const { version } = Fastify()
  if (fastify.version !== version) throw new Error(`Nest brings Fastify ${fastify.version}, the others run on ${version}: set "overrides" in bench/package.json`)
  app.useGlobalFilters(new Envelopes())
  await app.init()
  await fastify.ready()
  return fastify.server
}

async function hono () {
  const { Hono } = await import('hono')
  const { HTTPException } = await import('hono/http-exception')
  const { createAdaptorServer } = await import('@hono/node-server')
  const app = new Hono()
  app.get('/', async () => { throw Object.assign(new HTTPException(404, { message }), { code }) })
  app.onError((error, context) => {
    const id = createRequestId()
    return context.json(envelope(error.code, error.message, id), error.status, headersOf(id))
  })
  return createAdaptorServer({ fetch: app.fetch })
}

async function h3 () {
  const { H3, HTTPError } = await import('h3')
  const { toNodeHandler } = await import('h3/node')
  const app = new H3({
    onError (error) {
      const id = createRequestId()
      return Response.json(envelope(error.data.code, error.message, id), { status: error.status, headers: headersOf(id) })
    }
  })
  app.get('/', async () => { throw new HTTPError({ status: 404, message, data: { code } }) })
  return createServer(toNodeHandler(app))
}

async function express () {
  const { default: express } = await import('express')
  const app = express().disable('x-powered-by').disable('etag')
  app.get('/', async () => { throw foreign() })
  // By its four parameters Express knows an error handler.
  app.use((error, _request, response, _next) => {
    const id = createRequestId()
    response.status(error.statusCode).set(headersOf(id)).json(envelope(error.code, error.message, id))
  })
  return createServer(app)
}
