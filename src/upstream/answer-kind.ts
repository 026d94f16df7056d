import { read } from '../error/read.js'
import { isStatus } from './answer.js'
import type { Answer } from './answer.js'
import { isFault } from './fault.js'
import type { Fault } from './fault.js'
import { MAX_SENTENCE, MODEL_WORDS, SENTENCES, STATUSES, TELLING_WORDS, WORDS } from './fault-words.js'
import type { UpstreamKind } from './kinds.js'

const telling = wordsOf(TELLING_WORDS)
const general = wordsOf(WORDS)

/**
 * The kind of an answer: by a word that is more specific than its status, by its sentence, by its status, and
 * within a stream, whose status was a success, by any word.
 */
export function answerKind ({ status }: Pick<Answer, 'status'>, fault: Fault): UpstreamKind {
  const error = status === undefined || status < 400 ? undefined : status
  return telling(fault) ?? modelKind(error, fault) ?? sentenceKind(error, fault) ??
    (error === undefined ? streamKind(fault) : statusKind(error, fault))
}

function modelKind (status: number | undefined, { code, type, param }: Fault): UpstreamKind | undefined {
  if (status !== undefined && status !== 400 && status !== 404) return undefined
  return MODEL_WORDS.includes(code as string) || MODEL_WORDS.includes(type as string) || (status === 404 && param === 'model')
    ? 'modelNotFound'
    : undefined
}

function sentenceKind (status: number | undefined, { message }: Fault): UpstreamKind | undefined {
  if (typeof message !== 'string') return undefined
  const sentence = message.slice(0, MAX_SENTENCE)
  return SENTENCES.find(({ statuses, pattern }) =>
    (status === undefined || (statuses?.includes(status) ?? true)) && pattern.test(sentence))?.kind
}

function statusKind (status: number, fault: Fault): UpstreamKind {
  // OpenRouter lists the reasons of a moderation.
  if (status === 403 && read(read(fault.source, 'metadata'), 'reasons') !== undefined) return 'contentFilter'
  // The AI SDK has this status for a failure under a good one; others have it for all that is wrong.
  return (status === 400 ? general(fault) : undefined) ?? STATUSES.get(status) ?? (status < 500 ? 'invalidRequest' : 'failed')
}

function streamKind (fault: Fault): UpstreamKind {
  // Gemini and OpenRouter use the status as the code.
  const status = isStatus(fault.code) && fault.code >= 400 ? fault.code : undefined
  if (status !== undefined) return statusKind(status, fault)
  return general(fault) ?? (isFault(fault) ? 'failed' : 'badShape')
}

/** Makes a function that recognizes a fault by its words. */
function wordsOf (table: { readonly [K in UpstreamKind]?: readonly string[] }): (fault: Fault) => UpstreamKind | undefined {
  const kinds = new Map<unknown, UpstreamKind>()
  for (const [kind, words] of Object.entries(table)) {
    for (const word of words) kinds.set(word, kind as UpstreamKind)
  }
  return ({ code, type }) => kinds.get(code) ?? kinds.get(type)
}
