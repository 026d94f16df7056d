// @fastify/aws-lambda: the events of API Gateway, of its two versions, and of a load balancer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertError } from 'fastify-scai-errors/testing'
import { titleOf } from './kit.js'
import { writeRecipe } from './recipe.js'

const { handler } = await import(writeRecipe('lambda.js', '@fastify/aws-lambda'))

/** An event of each kind, for a method and path. */
const kinds = {
  'API Gateway 1.0': (method, path, headers, body) => ({
    httpMethod: method, path, headers, body, requestContext: { requestId: 'c6af9ac6-7b61', stage: 'prod', resourcePath: path }
  }),
  'API Gateway 2.0': (method, path, headers, body) => ({
    version: '2.0', rawPath: path, headers, body, requestContext: { requestId: 'c6af9ac6-7b61', http: { method, sourceIp: '127.0.0.1' } }
  }),
  'a load balancer': (method, path, headers, body) => ({ httpMethod: method, path, headers, body, requestContext: { elb: {} } })
}

test(titleOf('@fastify/aws-lambda'), async t => {
  for (const [kind, eventOf] of Object.entries(kinds)) {
    for (const [method, path, code, headers = {}, body] of [
      ['GET', '/v1/models/gpt-9', 'MODEL_NOT_FOUND'],
      ['GET', '/nowhere', 'NOT_FOUND'],
      ['DELETE', '/v1/models/gpt-9', 'METHOD_NOT_ALLOWED'],
      ['GET', '/%zz', 'BAD_REQUEST'],
      ['POST', '/nowhere', 'VALIDATION_ERROR', { 'content-type': 'application/json' }, '{"a']
    ]) {
      await t.test(`${kind}: ${method} ${path}`, async () => {
        const { statusCode, headers: sent, body: payload, isBase64Encoded } = await handler(eventOf(method, path, headers, body), {})
        assert.equal(isBase64Encoded, false)
        await assertError({ statusCode, headers: sent, payload }, code)
      })
    }
  }
})
