// Plugins of Fastify that bring others' code: middleware, routes from files, a context of the request.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import autoload from '@fastify/autoload'
import expressPlugin from '@fastify/express'
import middie from '@fastify/middie'
import { fastifyRequestContext, requestContext } from '@fastify/request-context'
import Fastify from 'fastify'
import scaiErrors, { ScaiError, scaiServerOptions } from 'fastify-scai-errors'
import { checkError, collectLog, listen, titleOf } from './kit.js'

/** A service with the plugin before or after another one. */
async function serve (t, order, plugin, define = () => {}) {
  const { lines, logger } = collectLog()
  const app = Fastify(scaiServerOptions({ logger }))
  if (order === 'before') await app.register(scaiErrors)
  await plugin(app)
  if (order === 'after') await app.register(scaiErrors)
  await define(app)
  app.get('/good', async () => ({ good: true }))
  app.get('/bad', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
  app.post('/body', { schema: { body: { type: 'object', required: ['model'] } } }, async ({ body }) => body)
  return { url: await listen(t, app), lines }
}

/** What middleware of Express's kind does. */
const middleware = {
  '/counted': (_request, response, next) => {
    response.setHeader('x-counted', '1')
    next()
  },
  '/next': (_request, _response, next) => { next(Object.assign(new Error('hunter2'), { statusCode: 409, code: 'E_OWN' })) },
  '/bug': () => { throw new TypeError('hunter2') },
  '/coded': (_request, _response, next) => { next(new ScaiError('QUOTA_EXCEEDED')) },
  '/raw': (_request, response) => {
    response.statusCode = 403
    response.setHeader('content-type', 'text/html')
    response.end('<h1>hunter2</h1>')
  },
  '/own': (_request, response) => { response.end('from middleware') }
}

/** What becomes of it. */
const told = { '/next': 'CONFLICT', '/bug': 'INTERNAL_ERROR', '/coded': 'QUOTA_EXCEEDED', '/raw': 'AUTHZ_PERMISSION_DENIED' }

for (const [name, plugin] of Object.entries({ '@fastify/middie': middie, '@fastify/express': expressPlugin })) {
  test(titleOf(name), async t => {
    for (const order of ['before', 'after']) {
      const { url, lines } = await serve(t, order, app => app.register(plugin), app => {
        for (const [path, run] of Object.entries(middleware)) app.use(path, run)
        app.get('/counted/good', async () => ({ good: true }))
        app.get('/counted/bad', async () => { throw new ScaiError('MODEL_NOT_FOUND') })
        for (const path of [...Object.keys(told), '/own']) app.get(path, async () => 'not reached')
      })
      for (const [path, code] of Object.entries(told)) {
        // Express has answered by itself before our first hook.
        if (path === '/raw' && name === '@fastify/express' && order === 'after') continue
        await t.test(`${path} of middleware, the plugin ${order} it: ${code}`, async () => {
          await checkError(await fetch(url + path), code, lines)
        })
      }
      await t.test(`what goes through middleware is as ever, the plugin ${order} it`, async () => {
        const good = await fetch(`${url}/counted/good`)
        assert.deepEqual([good.status, good.headers.get('x-counted'), await good.json()], [200, '1', { good: true }])
        assert.equal(await (await fetch(`${url}/own`)).text(), 'from middleware')
        const bad = await fetch(`${url}/counted/bad`)
        assert.equal(bad.headers.get('x-counted'), '1')
        await checkError(bad, 'MODEL_NOT_FOUND', lines)
        await checkError(await fetch(`${url}/nowhere`), 'NOT_FOUND', lines)
        await checkError(await postJson(`${url}/body`, {}), 'VALIDATION_ERROR', lines)
      })
    }
  })
}

test(titleOf('@fastify/autoload'), async t => {
  const { url, lines } = await serve(t, 'before', app => app.register(autoload, { dir: new URL('autoloaded', import.meta.url).pathname, routeParams: true }))
  for (const [path, code] of [['/models/gpt-9', 'MODEL_NOT_FOUND'], ['/models/gpt-9/bug', 'INTERNAL_ERROR'], ['/nowhere', 'NOT_FOUND'], ['/models', 'NOT_FOUND']]) {
    await t.test(`${path}: ${code}`, async () => { await checkError(await fetch(url + path), code, lines) })
  }
  await t.test('an error handler of a folder', async () => {
    const response = await fetch(`${url}/own/bad`)
    assert.equal(response.headers.get('x-own'), '1')
    await checkError(response, 'CONFLICT', lines)
  })
  await t.test('a success', async () => { assert.deepEqual(await (await fetch(`${url}/models/gpt-4`)).json(), { slug: 'gpt-4' }) })
})

test(titleOf('@fastify/request-context'), async t => {
  for (const order of ['before', 'after']) {
    await t.test(`the plugin ${order} it`, async t => {
      const seen = []
      const note = () => { seen.push(requestContext.get('id')) }
      const { url, lines } = await serve(t, order, async app => {
        await app.register(fastifyRequestContext, { defaultStoreValues: request => ({ id: request.id }) })
      }, app => {
        app.addHook('onError', async () => note())
        app.addHook('onSend', async () => note())
        app.addHook('onResponse', async () => note())
      })
      for (const [ask, code] of [
        [() => fetch(`${url}/bad`), 'MODEL_NOT_FOUND'],
        [() => fetch(`${url}/nowhere`), 'NOT_FOUND'],
        [() => postJson(`${url}/body`, {}), 'VALIDATION_ERROR']
      ]) {
        seen.length = 0
        const response = await ask()
        const { request_id: id } = await checkError(response, code, lines)
        assert.deepEqual(seen, [id, id, id], 'onError, onSend and onResponse are within the request\'s context')
      }
    })
  }
  await t.test('mapError is within it as well', async t => {
    const { lines, logger } = collectLog()
    const app = Fastify(scaiServerOptions({ logger }))
    await app.register(fastifyRequestContext, { defaultStoreValues: { code: 'TENANT_SUSPENDED' } })
    await app.register(scaiErrors, { mapError: () => requestContext.get('code') })
    app.get('/', async () => { throw new Error('no matter') })
    await checkError(await fetch(await listen(t, app)), 'TENANT_SUSPENDED', lines)
  })
})

function postJson (url, body) {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}
