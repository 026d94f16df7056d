// SDKs in the middle of a stream: read in a handler, and as the source of reply.scaiStream.

import { test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { InferenceClient } from '@huggingface/inference'
import { ChatOpenAI } from '@langchain/openai'
import { Mistral } from '@mistralai/mistralai'
import { streamText } from 'ai'
import { CohereClientV2 } from 'cohere-ai'
import Groq from 'groq-sdk'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import Together from 'together-ai'
import { anthropic, google, ollama, openai } from './answers.js'
import { tell, titleOf } from './matrix.js'
import { PLANTED, ask, check, checkFrame } from '../service.js'
import { answer, startUpstream, stream } from './upstream.js'

const apiKey = PLANTED.key
const { text } = PLANTED
const messages = [{ role: 'user', content: PLANTED.prompt }]

const event = (data, name) => `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
const overloaded = { kind: 'overloaded' }

/** What providers send in a stream: how it begins, and how it tells of a failure. */
const openaiStream = {
  begins: [event({
    id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }]
  })],
  faults: {
    'too much to do': [event({ error: { message: text, type: 'server_error', code: 'server_is_overloaded', param: null } }), overloaded],
    'a limit': [event({ error: { message: text, type: 'tokens', code: 'rate_limit_exceeded', param: null } }), { kind: 'rateLimited', retryAfter: 1 }],
    'a failure': [event({ error: { message: text, type: 'server_error', code: null, param: null } }), { kind: 'failed' }]
  },
  refusal: openai['a limit, with a delay in milliseconds']
}

const responsesStream = {
  begins: [event({ type: 'response.created', sequence_number: 0, response: { id: 'r', object: 'response', status: 'in_progress', output: [] } }, 'response.created')],
  faults: {
    'an error': [event({ type: 'error', sequence_number: 1, code: 'rate_limit_exceeded', message: text, param: null }, 'error'), { kind: 'rateLimited', retryAfter: 1 }],
    'a failed response': [
      event({
        type: 'response.failed',
        sequence_number: 1,
        response: { id: 'r', object: 'response', status: 'failed', instructions: text, output: [], error: { code: 'server_error', message: text } }
      }, 'response.failed'),
      { kind: 'failed' }
    ]
  },
  refusal: openai['a limit, with a delay in milliseconds']
}

const anthropicStream = {
  begins: [
    event({
      type: 'message_start',
      message: { id: 'm', type: 'message', role: 'assistant', content: [], model: 'm', stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } }
    }, 'message_start'),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start'),
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }, 'content_block_delta')
  ],
  faults: {
    'too much to do': [event({ type: 'error', error: { type: 'overloaded_error', message: text } }, 'error'), overloaded],
    'a failure': [event({ type: 'error', error: { type: 'api_error', message: text } }, 'error'), { kind: 'failed' }]
  },
  refusal: anthropic['a limit']
}

const googleStream = {
  begins: [event({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hi' }] } }], usageMetadata: { promptTokenCount: 1 } })],
  faults: {
    'too much to do': [event({ error: { code: 503, message: text, status: 'UNAVAILABLE' } }), overloaded]
  },
  refusal: google['a limit']
}

const cohereStream = {
  begins: [event({ type: 'message-start', id: 'm', delta: { message: { role: 'assistant' } } }), event({ type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } })],
  faults: {},
  refusal: { status: 429, headers: { 'retry-after': '17' }, body: { message: text }, told: { kind: 'rateLimited', retryAfter: 17 } }
}

const ollamaStream = {
  type: 'application/x-ndjson',
  begins: [`${JSON.stringify({ model: 'm', message: { role: 'assistant', content: 'Hi' }, done: false })}\n`],
  faults: { 'a failure': [`${JSON.stringify({ error: text })}\n`, { kind: 'ourMistake' }] },
  refusal: ollama['a failure']
}

/** Where an SDK ends a stream that we gave up as if it were complete, `isComplete` has to tell. */
const ENDS = ['a deadline in mid-stream']
const bug = { kind: 'bug' }

/**
 * - `open`: begins a stream;
 * - `itemOf`: what of a part of it goes on, where that isn't the whole;
 * - `told`, `byItself`, `streamed`: by the name of a failure, where it is told otherwise, or the handler, or reply.scaiStream, can't know as much;
 * - `without`: what can't happen to it.
 */
const software = [
  {
    name: 'openai',
    ...openaiStream,
    without: ENDS,
    open: (baseURL, signal) => new OpenAI({ apiKey, baseURL, maxRetries: 0 }).chat.completions.create({ model: 'm', messages, stream: true }, { signal })
  },
  {
    name: 'openai',
    via: 'its Responses API',
    ...responsesStream,
    without: ENDS,
    open: (baseURL, signal) => new OpenAI({ apiKey, baseURL, maxRetries: 0 }).responses.create({ model: 'm', input: PLANTED.prompt, stream: true }, { signal })
  },
  {
    name: '@anthropic-ai/sdk',
    ...anthropicStream,
    without: ENDS,
    open: (baseURL, signal) =>
      new Anthropic({ apiKey, baseURL, maxRetries: 0 }).messages.create({ model: 'm', max_tokens: 1, messages, stream: true }, { signal })
  },
  {
    name: 'groq-sdk',
    ...openaiStream,
    without: ENDS,
    open: (baseURL, signal) => new Groq({ apiKey, baseURL, maxRetries: 0 }).chat.completions.create({ model: 'm', messages, stream: true }, { signal })
  },
  {
    name: '@mistralai/mistralai',
    ...openaiStream,
    // It checks each event by a schema that knows of no faults.
    told: { 'too much to do': { kind: 'badShape' }, 'a limit': { kind: 'badShape' }, 'a failure': { kind: 'badShape' } },
    byItself: { 'too much to do': bug, 'a limit': bug, 'a failure': bug },
    open: (serverURL, signal) => new Mistral({ apiKey, serverURL }).chat.stream({ model: 'm', messages }, { fetchOptions: { signal } })
  },
  {
    name: '@google/genai',
    ...googleStream,
    byItself: { 'a deadline in mid-stream': bug },
    // A part has the headers of the answer.
    itemOf: ({ text }) => ({ text }),
    open: (baseUrl, abortSignal) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl } })
      .models.generateContentStream({ model: 'm', contents: PLANTED.prompt, config: { abortSignal } })
  },
  ...[
    ['@ai-sdk/openai', url => createOpenAI({ apiKey, baseURL: url }).chat('m'), openaiStream, {}],
    // It brings the error out of a provider's event: that could be anybody's object.
    ['@ai-sdk/anthropic', url => createAnthropic({ apiKey, baseURL: url })('m'), anthropicStream, { 'too much to do': bug, 'a failure': bug }],
    ['@ai-sdk/google', url => createGoogleGenerativeAI({ apiKey, baseURL: url })('m'), googleStream, {}]
  ].map(([via, modelAt, provider, byItself]) => ({
    name: 'ai',
    via,
    ...provider,
    without: ENDS,
    byItself,
    // Another part has the request.
    itemOf: part => part.type === 'text-delta' || part.type === 'error' ? part : undefined,
    async open (url, abortSignal) {
      return streamText({ model: modelAt(url), prompt: PLANTED.prompt, maxRetries: 0, abortSignal, onError () {} }).fullStream
    }
  })),
  {
    name: '@langchain/openai',
    ...openaiStream,
    open: (baseURL, signal) =>
      new ChatOpenAI({ apiKey, model: 'm', maxRetries: 0, configuration: { baseURL } }).stream(PLANTED.prompt, { signal })
  },
  {
    name: 'cohere-ai',
    ...cohereStream,
    open: (environment, abortSignal) => new CohereClientV2({ token: apiKey, environment })
      .chatStream({ model: 'm', messages }, { maxRetries: 0, timeoutInSeconds: 5, abortSignal })
  },
  {
    name: 'together-ai',
    ...openaiStream,
    without: ENDS,
    open: (baseURL, signal) => new Together({ apiKey, baseURL, maxRetries: 0 }).chat.completions.create({ model: 'm', messages, stream: true }, { signal })
  },
  {
    name: '@huggingface/inference',
    ...openaiStream,
    refusal: { ...openaiStream.refusal, told: { kind: 'rateLimited', retryAfter: 1 } },
    open: async (endpointUrl, signal) =>
      new InferenceClient(apiKey, { endpointUrl, retry_on_error: false }).chatCompletionStream({ model: 'm', messages }, { signal })
  },
  {
    name: 'ollama',
    ...ollamaStream,
    // It throws a plain error.
    byItself: { 'a failure': bug },
    streamed: { 'a failure': bug },
    // It takes no signal.
    without: ['a deadline in mid-stream'],
    open: host => new Ollama({ host, headers: { authorization: apiKey } }).chat({ model: 'm', messages, stream: true })
  }
]

/** What a service makes of a stream. */
async function * itemsOf (parts, itemOf) {
  for await (const part of parts) {
    const item = itemOf(part)
    if (item !== undefined) yield item
  }
}

/** Reads a stream as one does, and throws what tells of a failure. */
async function readAll (items) {
  for await (const item of items) {
    if (item.type === 'error') throw item.error ?? item
    if (item.type === 'response.failed') throw item
  }
}

for (const { name, via, type, begins, faults, refusal, open, itemOf = part => part, byItself = {}, streamed = {}, told = {}, without = [] } of software) {
  test(titleOf(name, ['a stream', via].filter(Boolean).join(', ')), async t => {
    const begin = async (url, signal) => itemsOf(await open(url, signal), itemOf)
    const rows = [
      ...Object.entries(faults).map(([title, [fault, kind]]) => [title, { chunks: [...begins, fault] }, kind]),
      ['a connection cut in mid-stream', { chunks: begins, then: 'cut' }, { kind: 'unreachable' }],
      ['a deadline in mid-stream', { chunks: begins, then: 'stall' }, { kind: 'timeout' }]
    ]
    for (const [title, sent, row] of rows) {
      if (without.includes(title)) continue
      await t.test(title, async t => {
        const url = await startUpstream(t, stream({ type, ...sent }))
        const call = () => begin(url, title.includes('deadline') ? AbortSignal.timeout(150) : undefined)
        const expected = told[title] ?? row
        await tell(async () => readAll(await call()), { told: expected, byItself: byItself[title] })
        checkFrame(await ask('streamed', call), streamed[title] ?? expected)
      })
    }
    await t.test('a refusal before the stream', async t => {
      const url = await startUpstream(t, answer(refusal))
      await tell(async () => readAll(await begin(url)), { told: refusal.told })
      check(await ask('streamed', () => begin(url)), refusal.told)
    })
  })
}
