// The SDKs of providers of models.

import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { InferenceClient } from '@huggingface/inference'
import { ChatOpenAI } from '@langchain/openai'
import { Mistral } from '@mistralai/mistralai'
import { generateText } from 'ai'
import { CohereClientV2 } from 'cohere-ai'
import Groq from 'groq-sdk'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import Replicate from 'replicate'
import Together from 'together-ai'
import * as answers from './answers.js'
import { testSoftware } from './matrix.js'
import { PLANTED } from '../service.js'

const apiKey = PLANTED.key

/** An `AbortError` could be anybody's. */
const aborted = { 'an abort by us': { kind: 'bug' } }
const messages = [{ role: 'user', content: PLANTED.prompt }]

testSoftware({
  name: 'openai',
  answers: answers.openai,
  call: (baseURL, { timeout, signal }) =>
    new OpenAI({ apiKey, baseURL, maxRetries: 0, timeout }).chat.completions.create({ model: 'm', messages }, { signal })
})

testSoftware({
  name: 'openai',
  via: 'its Responses API',
  answers: answers.openai,
  call: (baseURL, { timeout, signal }) =>
    new OpenAI({ apiKey, baseURL, maxRetries: 0, timeout }).responses.create({ model: 'm', input: PLANTED.prompt }, { signal })
})

testSoftware({
  name: '@anthropic-ai/sdk',
  answers: answers.anthropic,
  call: (baseURL, { timeout, signal }) =>
    new Anthropic({ apiKey, baseURL, maxRetries: 0, timeout }).messages.create({ model: 'm', max_tokens: 1, messages }, { signal })
})

testSoftware({
  name: 'groq-sdk',
  answers: answers.groq,
  call: (baseURL, { timeout, signal }) =>
    new Groq({ apiKey, baseURL, maxRetries: 0, timeout }).chat.completions.create({ model: 'm', messages }, { signal })
})

testSoftware({
  name: '@mistralai/mistralai',
  answers: answers.mistral,
  call: (serverURL, { timeout = -1, signal }) =>
    new Mistral({ apiKey, serverURL, timeoutMs: timeout }).chat.complete({ model: 'm', messages }, { fetchOptions: { signal } })
})

testSoftware({
  name: '@google/genai',
  answers: answers.google,
  // It aborts itself.
  byItself: { ...aborted, 'a timeout of its own': { kind: 'bug' } },
  call: (baseUrl, { timeout, signal }) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl, timeout } })
    .models.generateContent({ model: 'm', contents: PLANTED.prompt, config: { abortSignal: signal } })
})

for (const [via, create, rows] of [
  ['@ai-sdk/openai', createOpenAI, answers.openai],
  ['@ai-sdk/anthropic', createAnthropic, answers.anthropic],
  ['@ai-sdk/google', createGoogleGenerativeAI, answers.google]
]) {
  testSoftware({
    name: 'ai',
    via,
    answers: rows,
    byItself: aborted,
    call: (baseURL, { timeout, signal }) =>
      generateText({ model: create({ apiKey, baseURL })('m'), prompt: PLANTED.prompt, maxRetries: 0, timeout, abortSignal: signal })
  })
}

testSoftware({
  name: '@langchain/openai',
  answers: answers.openai,
  byItself: aborted,
  call: (baseURL, { timeout, signal }) =>
    new ChatOpenAI({ apiKey, model: 'm', maxRetries: 0, timeout, configuration: { baseURL } }).invoke(PLANTED.prompt, { signal })
})

testSoftware({
  name: 'cohere-ai',
  answers: answers.cohere,
  call: (environment, { timeout = 5000, signal }) => new CohereClientV2({ token: apiKey, environment })
    .chat({ model: 'm', messages }, { maxRetries: 0, timeoutInSeconds: timeout / 1000, abortSignal: signal })
})

testSoftware({
  name: 'together-ai',
  answers: answers.together,
  call: (baseURL, { timeout, signal }) =>
    new Together({ apiKey, baseURL, maxRetries: 0, timeout }).chat.completions.create({ model: 'm', messages }, { signal })
})

testSoftware({
  name: '@huggingface/inference',
  answers: answers.huggingFace,
  byItself: aborted,
  // It keeps no header.
  told: { 'a limit': { kind: 'rateLimited', retryAfter: 1 } },
  without: ['a timeout of its own'],
  call: (endpointUrl, { signal }) =>
    new InferenceClient(apiKey, { endpointUrl, retry_on_error: false }).chatCompletion({ model: 'm', messages }, { signal })
})

testSoftware({
  name: 'replicate',
  answers: answers.replicate,
  byItself: aborted,
  without: ['a timeout of its own'],
  call: (baseUrl, { signal }) =>
    new Replicate({ auth: apiKey, baseUrl }).predictions.create({ model: 'a/m', input: { prompt: PLANTED.prompt }, signal })
})

testSoftware({
  name: 'ollama',
  answers: answers.ollama,
  without: ['a timeout of its own', 'an abort by us'],
  call: host => new Ollama({ host, headers: { authorization: apiKey } }).chat({ model: 'm', messages })
})

testSoftware({
  name: '@aws-sdk/client-bedrock-runtime',
  answers: answers.bedrock,
  http2: true,
  call: (endpoint, { timeout, signal }) => new BedrockRuntimeClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'id', secretAccessKey: apiKey, sessionToken: apiKey },
    maxAttempts: 1,
    requestHandler: { requestTimeout: timeout, throwOnRequestTimeout: true }
  }).send(new ConverseCommand({ modelId: 'm', messages: [{ role: 'user', content: [{ text: PLANTED.prompt }] }] }), { abortSignal: signal })
})
