import 'reflect-metadata'
import { createServer } from 'node:http'
import createFastifyError from '@fastify/error'
import sensible from '@fastify/sensible'
import Boom from '@hapi/boom'
import { createAdaptorServer } from '@hono/node-server'
import { Catch, Controller, Get, HttpException, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import Fastify from 'fastify'
import { H3, HTTPError } from 'h3'
import { toNodeHandler } from 'h3/node'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import createHttpError from 'http-errors'
import scaiErrors, { ScaiError, scaiServerOptions } from '../../dist/index.js'
import { get, plain } from './common.js'

export const title = 'The same error, 404 with a code and the request id in an envelope, by others'
export const base = 'plain 200 (bare Fastify)'
export const bases = { 'fastify-scai-errors, thrown (against @fastify/sensible)': '@fastify/sensible' }
export const gates = { 'fastify-scai-errors, thrown (against @fastify/sensible)': 2.5 }

const CODE = 'MODEL_NOT_FOUND'
const MESSAGE = 'The model does not exist'
const envelope = (code, message, id) => ({ status: 'error', error: { code, message }, meta: { request_id: id } })

let count = 0
const nextId = () => `req-${++count % 10}`

async function scai (handler) {
  const app = Fastify(scaiServerOptions())
  await app.register(scaiErrors)
  app.get('/', handler)
  return await serve(app)
}

/** An error of a library, made an envelope by an error handler as its users write it. */
async function fastify (make, statusOf = error => error.statusCode, plugin = undefined) {
  const app = Fastify({ genReqId: nextId })
  if (plugin !== undefined) await app.register(plugin)
  app.setErrorHandler((error, request, reply) => { reply.code(statusOf(error)).send(envelope(CODE, error.message, request.id)) })
  app.get('/', () => { throw make(app) })
  return await serve(app)
}

async function serve (app) {
  await app.ready()
  return { server: app.server, request: get('/'), expect: '404' }
}

const ModelNotFound = createFastifyError(CODE, MESSAGE, 404)

async function nest () {
  // Decorators are but functions: this is what a compiler makes of them.
  class Models {
    find () { throw new HttpException(MESSAGE, 404) }
  }
  Controller()(Models)
  Get()(Models.prototype, 'find', Object.getOwnPropertyDescriptor(Models.prototype, 'find'))
  class Envelopes {
    catch (error, host) {
      const http = host.switchToHttp()
      http.getResponse().code(error.getStatus()).send(envelope(CODE, error.message, http.getRequest().id))
    }
  }
  Catch(HttpException)(Envelopes)
  class App {}
  Module({ controllers: [Models] })(App)

  const app = await NestFactory.create(App, new FastifyAdapter({ genReqId: nextId }), { logger: false })
  app.useGlobalFilters(new Envelopes())
  await app.init()
  return await serve(app.getHttpAdapter().getInstance())
}

function hono () {
  const app = new Hono()
  app.onError((error, context) => context.json(envelope(CODE, error.message, nextId()), error.status))
  app.get('/', () => { throw new HTTPException(404, { message: MESSAGE }) })
  return { server: createAdaptorServer({ fetch: app.fetch }), request: get('/'), expect: '404' }
}

function h3 () {
  const app = new H3({ onError: error => Response.json(envelope(CODE, error.message, nextId()), { status: error.status }) })
  app.get('/', () => { throw new HTTPError(MESSAGE, { status: 404 }) })
  return { server: createServer(toNodeHandler(app)), request: get('/'), expect: '404' }
}

function express5 () {
  const app = express()
  app.get('/', () => { throw createHttpError(404, MESSAGE) })
  // By its four parameters Express knows an error handler.
  app.use((error, _request, response, _next) => { response.status(error.statusCode).json(envelope(CODE, error.message, nextId())) })
  return { server: createServer(app), request: get('/'), expect: '404' }
}

function raw () {
  const server = createServer((_request, response) => {
    const body = `{"status":"error","error":{"code":"${CODE}","message":"${MESSAGE}"},"meta":{"request_id":"${nextId()}"}}`
    response.writeHead(404, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body)
  })
  return { server, request: get('/'), expect: '404' }
}

const thrown = () => { throw new ScaiError(CODE) }

export const variants = {
  'plain 200 (bare Fastify)': plain,
  'node:http, a ready string': raw,
  'fastify-scai-errors, reply.scaiError': () => scai((_request, reply) => { reply.scaiError(CODE) }),
  'fastify-scai-errors, thrown': () => scai(thrown),
  'fastify-scai-errors, thrown (against @fastify/sensible)': () => scai(thrown),
  '@fastify/error': () => fastify(() => new ModelNotFound()),
  '@hapi/boom': () => fastify(() => Boom.notFound(MESSAGE), error => error.output.statusCode),
  '@fastify/sensible': () => fastify(app => app.httpErrors.notFound(MESSAGE), undefined, sensible),
  'http-errors': () => fastify(() => createHttpError(404, MESSAGE)),
  'Fastify, its default handler': async () => {
    const app = Fastify()
    app.get('/', () => { throw Object.assign(new Error(MESSAGE), { statusCode: 404, code: CODE }) })
    return await serve(app)
  },
  'NestJS on Fastify': nest,
  Hono: hono,
  h3,
  'Express 5': express5
}
