import { createFinal, createFrom } from '../error/scai-error.js'
import type { ScaiError } from '../error/scai-error.js'
import type { ErrorDetail } from '../error/options.js'
import { answerKind } from './answer-kind.js'
import { contextOf } from './answer.js'
import type { Answer } from './answer.js'
import { faultIn } from './fault.js'
import type { Fault } from './fault.js'
import { kindOf } from './kinds.js'
import type { UpstreamCodes, UpstreamKind } from './kinds.js'
import { limitReset, retryDelay } from './retry-delay.js'

/** Makes the error for our client from a failure of this kind. */
export function failure (
  kind: UpstreamKind,
  cause: unknown,
  as: UpstreamCodes = {},
  options: object = { context: { upstream: { kind } } }
): ScaiError {
  const { code, retry } = kindOf(kind)
  return (retry === 'no' ? createFinal : createFrom)(cause, as[kind] ?? code, options)
}

/** Makes the error for our client from a provider's answer: without any text of the provider. */
export function answered (answer: Answer, cause: unknown, as?: UpstreamCodes): ScaiError {
  const fault = faultIn(answer.body)
  const kind = answerKind(answer, fault)
  const { carries } = kindOf(kind)
  return failure(kind, cause, as, {
    context: contextOf(answer, fault, kind),
    ...(carries === 'retryAfter' && { retryAfter: delayOf(kind, answer, fault) }),
    ...(carries === 'details' && { details: detailsOf(fault) })
  })
}

/** Every answer of OpenAI says when its limits are reset, which matters only if one is reached. */
function delayOf (kind: UpstreamKind, { header }: Answer, fault: Fault): number | undefined {
  return retryDelay(header, fault) ?? (kind === 'rateLimited' ? limitReset(header, fault) : undefined)
}

/** Names, with dots between, and indexes in brackets or without. */
const PLAIN_PATH = /^[A-Za-z_]\w*(?:\.\w+|\[\d+\])*$/

/** The field that a provider refused, if it is a plain path, which the client itself may have sent. */
function detailsOf ({ param }: Fault): ErrorDetail[] {
  const field = typeof param === 'string' && param.length <= 64 && PLAIN_PATH.test(param) ? param.replace(/\[(\d+)\]/g, '.$1') : 'body'
  return [{ field, message: 'was not accepted by the provider' }]
}
