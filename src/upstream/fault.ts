import { read } from '../error/read.js'

/** What a provider says about a fault, wherever it says it. */
export interface Fault {
  readonly code: unknown
  readonly type: unknown
  readonly param: unknown
  readonly message: unknown
  /** The object that says it. */
  readonly source: unknown
}

/** How many nested members `error` are followed: an SDK may keep a whole body under its own. */
const MAX_DEPTH = 3

/**
 * What a body says about a fault: of OpenAI and compatible ones, Anthropic (`error`, in a `type: 'error'`),
 * Gemini (a list of such; `status` in place of a type), Ollama (a text), Hugging Face (`error_type`),
 * GraphQL (a list; `extensions`), AWS (`__type`), FastAPI (`detail`), Azure (`innererror`), or an event of the Responses API.
 */
export function faultIn (body: unknown): Fault {
  const list = listIn(body)
  const outer = list === undefined ? body : list.find(item => read(item, 'error') !== undefined) ?? list[0]
  const source = sourceIn(read(read(outer, 'response'), 'error') ?? outer)
  return {
    code: firstOf(read(read(source, 'innererror'), 'code'), read(source, 'code'), read(read(source, 'extensions'), 'code'), unfinished(outer)),
    type: firstOf(typeOf(source), read(source, 'status'), read(source, 'error_type'), read(source, '__type'), read(source, 'name')),
    param: firstOf(read(source, 'param')),
    message: firstOf(source, read(source, 'message'), read(source, 'error'), read(source, 'detail')),
    source
  }
}

/** Faults in a list: of Gemini; of GraphQL, where others have details beside a message. */
function listIn (body: unknown): unknown[] | undefined {
  const list = Array.isArray(body) || read(body, 'message') !== undefined || read(body, 'error') !== undefined ? body : read(body, 'errors')
  return Array.isArray(list) ? list : undefined
}

/** Whether it says anything at all. */
export function isFault ({ code, type, message }: Fault): boolean {
  return [code, type, message].some(value => value !== undefined)
}

function sourceIn (body: unknown, depth = 0): unknown {
  const error = read(body, 'error') ?? undefined
  if (error === undefined || depth === MAX_DEPTH) return body
  // Beside a text there may be a type.
  return typeof error === 'string' ? body : sourceIn(error, depth + 1)
}

/** That of an event says only that it is one. */
function typeOf (source: unknown): unknown {
  const type = read(source, 'type')
  return type === 'error' ? undefined : type
}

/** Why an answer is incomplete: of the Responses API, of Gemini. */
function unfinished (body: unknown): unknown {
  const candidates = read(body, 'candidates')
  return read(read(read(body, 'response') ?? body, 'incomplete_details'), 'reason') ??
    read(read(body, 'promptFeedback'), 'blockReason') ??
    (Array.isArray(candidates) ? read(candidates[0], 'finishReason') : undefined)
}

function firstOf (...values: unknown[]): unknown {
  return values.find(value => typeof value === 'number' || (typeof value === 'string' && value !== ''))
}
