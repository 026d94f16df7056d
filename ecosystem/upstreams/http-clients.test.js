// Clients of HTTP, and of APIs that aren't models'.

import { Client } from '@elastic/elasticsearch'
import axios from 'axios'
import got from 'got'
import { GraphQLClient } from 'graphql-request'
import ky from 'ky'
import nodeFetch from 'node-fetch'
import { Octokit } from 'octokit'
import { ofetch } from 'ofetch'
import Stripe from 'stripe'
import superagent from 'superagent'
import * as undici from 'undici'
import wretch from 'wretch'
import AbortAddon from 'wretch/addons/abort'
import * as answers from './answers.js'
import { testSoftware } from './matrix.js'
import { PLANTED } from '../service.js'

const headers = { authorization: `Bearer ${PLANTED.key}` }
const json = { prompt: PLANTED.prompt }
const body = JSON.stringify(json)
const path = `/v1?key=${PLANTED.key}`

/** An `AbortError` could be anybody's. */
const aborted = { 'an abort by us': { kind: 'bug' } }
/** What a socket says, with nothing of a client around it. */
const bare = { 'a refused connection': { kind: 'dependency' }, 'a connection cut in mid-body': { kind: 'dependency' } }

/** As everybody uses fetch: an answer with an error status is thrown itself. */
async function accept (response) {
  if (!response.ok) throw response
  return await response.json()
}

const patience = ({ timeout, signal }) => timeout === undefined ? signal : AbortSignal.timeout(timeout)

testSoftware({
  name: 'Node.js',
  via: 'fetch',
  answers: answers.plain,
  returns: true,
  byItself: aborted,
  call: async (url, settings) => await accept(await fetch(url + path, { method: 'POST', headers, body, signal: patience(settings) }))
})

testSoftware({
  name: 'undici',
  via: 'fetch',
  answers: answers.plain,
  returns: true,
  byItself: aborted,
  call: async (url, settings) => await accept(await undici.fetch(url + path, { method: 'POST', headers, body, signal: patience(settings) }))
})

testSoftware({
  name: 'undici',
  via: 'request',
  answers: answers.plain,
  returns: true,
  byItself: { ...aborted, ...bare },
  call: async (url, { timeout, signal }) => {
    const response = await undici.request(url + path, { method: 'POST', headers, body, headersTimeout: timeout, signal })
    if (response.statusCode >= 400) throw response
    return await response.body.json()
  }
})

testSoftware({
  name: 'undici',
  via: 'request, with its interceptor',
  answers: answers.plain,
  byItself: { ...aborted, ...bare },
  call: async (url, { timeout, signal }) => {
    const dispatcher = new undici.Agent().compose(undici.interceptors.responseError())
    const response = await undici.request(url + path, { method: 'POST', headers, body, headersTimeout: timeout, signal, dispatcher })
    return await response.body.json()
  }
})

testSoftware({
  name: 'node-fetch',
  answers: answers.plain,
  returns: true,
  without: ['a timeout of its own'],
  byItself: aborted,
  call: async (url, { signal }) => await accept(await nodeFetch(url + path, { method: 'POST', headers, body, signal }))
})

testSoftware({
  name: 'axios',
  answers: answers.plain,
  call: (url, settings) => axios.post(url + path, json, { headers, ...settings })
})

testSoftware({
  name: 'axios',
  via: 'its fetch adapter',
  answers: answers.plain,
  call: (url, settings) => axios.post(url + path, json, { headers, adapter: 'fetch', ...settings })
})

testSoftware({
  name: 'got',
  answers: answers.plain,
  call: (url, { timeout, signal }) =>
    got.post(url + path, { headers, json, retry: { limit: 0 }, timeout: { request: timeout }, signal }).json()
})

testSoftware({
  name: 'ky',
  answers: answers.plain,
  byItself: aborted,
  call: (url, settings) => ky.post(url + path, { headers, json, retry: 0, ...settings }).json()
})

testSoftware({
  name: 'ofetch',
  answers: answers.plain,
  call: (url, settings) => ofetch(url + path, { method: 'POST', headers, body: json, retry: 0, ...settings })
})

testSoftware({
  name: 'wretch',
  answers: answers.plain,
  // It aborts itself.
  byItself: { ...aborted, 'a timeout of its own': { kind: 'bug' } },
  call: (url, { timeout, signal }) => {
    const request = wretch(url + path).addon(AbortAddon()).headers(headers).options({ signal }).post(json)
    return (timeout === undefined ? request : request.setTimeout(timeout)).json()
  }
})

testSoftware({
  name: 'superagent',
  answers: answers.plain,
  byItself: { ...aborted, ...bare },
  call: (url, { timeout, signal }) => {
    const request = superagent.post(url + path).set(headers).timeout(timeout)
    signal?.addEventListener('abort', () => { request.abort() })
    return request.send(json)
  }
})

testSoftware({
  name: 'graphql-request',
  answers: answers.graphql,
  // Its message quotes the variables of the query.
  secrets: [PLANTED.key, PLANTED.header],
  without: ['a timeout of its own'],
  byItself: aborted,
  call: (url, { signal }) =>
    new GraphQLClient(url + path, { headers, signal }).request('query ($prompt: String) { answer(prompt: $prompt) }', json)
})

testSoftware({
  name: 'octokit',
  answers: answers.github,
  // It takes what is cut for an answer without a body.
  without: ['a timeout of its own', 'a connection cut in mid-body'],
  byItself: aborted,
  call: (baseUrl, { signal }) => new Octokit({ auth: PLANTED.key, baseUrl, throttle: { enabled: false }, retry: { enabled: false } })
    .request('POST /repos/{owner}/{repo}/issues', { owner: 'o', repo: 'r', title: PLANTED.prompt, request: { signal } })
})

testSoftware({
  name: 'stripe',
  answers: answers.stripe,
  without: ['an abort by us'],
  told: { 'HTML of a load balancer': { kind: 'badShape' } },
  call: (url, { timeout }) => {
    const { hostname: host, port } = new URL(url)
    return new Stripe(PLANTED.key, { host, port, protocol: 'http', maxNetworkRetries: 0, timeout }).customers.create({ name: PLANTED.prompt })
  }
})

testSoftware({
  name: '@elastic/elasticsearch',
  answers: answers.elasticsearch,
  call: (node, { timeout, signal }) => new Client({ node, auth: { apiKey: PLANTED.key }, maxRetries: 0, requestTimeout: timeout })
    .search({ index: 'i', query: { match: { text: PLANTED.prompt } } }, { signal })
})
