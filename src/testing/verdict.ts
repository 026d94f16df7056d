import { bodilessDifferences, differ, differencesOf, excerpt } from './differences.js'
import type { Received } from './differences.js'
import type { Probe } from './probes.js'
import { SECRET } from './stand-ins.js'
import type { Reply } from './wire.js'

/** What a service did that breaks the contract. */
export interface Violation {
  /** What went wrong with the request. */
  readonly title: string
  /** The request as it was sent, at most its first 1000 characters; or the name of a route, if its declaration is wrong. */
  readonly request: string
  /** What is wrong with the answer. */
  readonly problems: readonly string[]
}

/** What the answers to a probe must be, besides an envelope. */
export type Expected = Omit<Probe, 'request'>

/**
 * What is wrong with the reply to a request.
 *
 * @param shouldRetryHeader whether the service sends `x-should-retry`
 */
export function violationsOf (
  request: string, { answers, rest, ended }: Reply, expected: Expected, shouldRetryHeader: boolean
): Violation[] {
  const { title, methods = [methodOf(request)] } = expected
  const problems = [
    ...answers.flatMap((answer, i) => answerProblems(answer, methods[i]!, expected, shouldRetryHeader)),
    ...answers.length < methods.length
      ? [`${methods.length === 1 ? 'no answer' : `${answers.length} of ${methods.length} answers`} came ` +
        `${ended ? 'before the connection ended' : 'in time'}${rest === '' ? '' : `, but ${excerpt(rest)}`}`]
      : [],
    ...answers.length === methods.length && rest !== '' ? [`after the answer came ${excerpt(rest)}`] : [],
    ...new Set(answers.map(({ header }) => header('x-request-id'))).size < answers.length ? ['two answers have the same x-request-id'] : []
  ]
  return problems.length === 0 ? [] : [{ title, request: cut(request), problems }]
}

/** The most characters of a request that are shown: headers may be oversized. */
const MAX_REQUEST = 1000

function cut (request: string): string {
  return request.length <= MAX_REQUEST ? request : `${request.slice(0, MAX_REQUEST)}… (${request.length} characters)`
}

/** The method that the text of a request begins with. */
export function methodOf (request: string): string {
  return request.slice(0, request.indexOf(' '))
}

function answerProblems (answer: Received, method: string, expected: Expected, shouldRetryHeader: boolean): string[] {
  const { status, text } = answer
  const { mustFail, code, retryAfter, closes } = expected
  if (status < 400) return mustFail ? [`an error was expected, got status ${status}`] : []
  return [
    ...text.includes(SECRET) ? ['what was thrown or sent got out'] : [],
    ...closes ? differ('the header connection', answer.header('connection'), 'close') : [],
    ...method === 'HEAD'
      ? bodilessDifferences(answer)
      : differencesOf(answer, code, { shouldRetryHeader, ...retryAfter !== undefined && { retryAfter } })
  ]
}
