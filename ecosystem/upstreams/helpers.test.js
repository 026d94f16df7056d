// What the SDKs' helpers make of an answer that is no good: they read a stream, or parse what a model wrote.

import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { generateText } from 'ai'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { z } from 'zod'
import { tell, titleOf } from './matrix.js'
import { PLANTED } from '../service.js'
import { answer, startUpstream, stream } from './upstream.js'

const apiKey = PLANTED.key
const messages = [{ role: 'user', content: PLANTED.prompt }]
const badShape = { kind: 'badShape' }

const chunk = 'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
const started = 'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"model":"m",' +
  '"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n'
const overload = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"${PLANTED.text}"}}\n\n`
const completion = (finish, message) => answer({
  status: 200,
  body: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: '{', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  }
})

const openai = baseURL => new OpenAI({ apiKey, baseURL, maxRetries: 0 })
const chat = url => openai(url).chat.completions.stream({ model: 'm', messages }).finalContent()
const respond = url => openai(url).responses.stream({ model: 'm', input: PLANTED.prompt }).finalResponse()
const parsed = url => openai(url).chat.completions.parse({
  model: 'm', messages, response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema: { type: 'object' } } }
})
const message = baseURL => new Anthropic({ apiKey, baseURL, maxRetries: 0 }).messages.stream({ model: 'm', max_tokens: 1, messages }).finalMessage()
async function generate (baseURL) {
  const model = createOpenAI({ apiKey, baseURL }).chat('m')
  const { toolCalls } = await generateText({ model, prompt: PLANTED.prompt, maxRetries: 0, tools: { known: { inputSchema: z.object({}) } } })
  throw toolCalls.find(({ invalid }) => invalid).error
}
async function lines (host) {
  const parts = (await new Ollama({ host }).chat({ model: 'm', messages, stream: true }))[Symbol.asyncIterator]()
  while (!(await parts.next()).done);
}
const tool = name => completion('tool_calls', { content: null, tool_calls: [{ id: 't', type: 'function', function: { name, arguments: '[' } }] })

/** By the name of a package: what its upstream does, what is called, and what must be told. */
const software = {
  openai: [
    ['a stream without an item', stream({ chunks: [] }), chat, badShape],
    ['a stream of nothing but its end', stream({ chunks: ['data: [DONE]\n\n'] }), chat, badShape],
    ['a stream without its end', stream({ chunks: [chunk] }), chat, badShape],
    ['a stream of events without one', stream({ chunks: [] }), respond, badShape],
    ['a success without a body', answer({ status: 204, body: '' }), url => chat(url), badShape],
    ['an object that was cut', completion('length'), parsed, badShape],
    ['an object that was filtered', completion('content_filter'), parsed, { kind: 'contentFilter' }]
  ],
  '@anthropic-ai/sdk': [
    ['a stream without an item', stream({ chunks: [] }), message, badShape],
    ['a stream without its end', stream({ chunks: [started] }), message, badShape],
    ['too much to do in mid-stream', stream({ chunks: [started, overload] }), message, { kind: 'overloaded' }]
  ],
  ai: [
    ['a tool that is not there', tool('unknown'), generate, badShape],
    ['a tool that is called as it may not be', tool('known'), generate, badShape]
  ],
  ollama: [
    ['a stream without its end', stream({ type: 'application/x-ndjson', chunks: ['{"message":{"content":"Hi"},"done":false}\n'] }), lines, badShape]
  ]
}

for (const [name, rows] of Object.entries(software)) {
  test(titleOf(name, 'its helpers'), async t => {
    for (const [title, behave, call, told] of rows) {
      await t.test(title, async t => {
        const url = await startUpstream(t, behave)
        await tell(() => call(url), { told })
      })
    }
  })
}
