import { truncate } from '../scai-error.js'
import type { ErrorDetail } from '../scai-error.js'
import { foreignMessage, messageFor } from './validation-messages.js'
import type { Params } from './validation-messages.js'

/** The parts of a request, by the names that Fastify gives them in `validationContext`. */
const BODY: Part = { whole: 'body', prefix: [], label: '' }
const PARTS: ReadonlyMap<unknown, Part> = new Map([
  ['body', BODY],
  ['querystring', { whole: 'query', prefix: ['query'], label: 'query parameter' }],
  ['params', { whole: 'path', prefix: ['path'], label: 'path parameter' }],
  ['headers', { whole: 'header', prefix: ['header'], label: 'header' }]
])

interface Part {
  /** The field that stands for all of it. */
  whole: string
  /** What a field in it begins with. */
  prefix: readonly string[]
  /** What the message of a field in it begins with. */
  label: string
}

/** What a validator reports. Ajv's form; of others, as much as there is. */
interface Issue {
  keyword: string
  /** A JSON pointer (RFC 6901). */
  instancePath: string
  schemaPath: string
  params: Params
  message: unknown
}

/** A fault before it is put into words for its part. */
interface Fault extends Issue {
  /** Names below `instancePath` that the fault is about; without one, it is about `instancePath`. */
  names: readonly string[]
}

/** Of the issues of one validation, no more than this are looked at: a hostile body can cause millions. */
const MAX_ISSUES = 1000
/** Of a JSON pointer, no more than this is read; the field that it becomes is cut anyway. */
const MAX_POINTER = 1024

/**
 * What a validator reported, as the wire wants it: one entry for one fault, in the caller's words.
 *
 * @param reported Ajv's errors, or the issues of another validator
 * @param context the part of the request, as Fastify's `validationContext` names it
 * @param max how many entries at most
 * @returns the entries, and how many faults were left out for `max`
 */
export function toDetails (reported: readonly unknown[], context: unknown, max: number): { details: ErrorDetail[], omitted: number } {
  const part = partOf(context)
  const issues = reported.slice(0, MAX_ISSUES).map(toIssue)
  const details = new Map<string, ErrorDetail>()
  for (const fault of foldUnions(issues).flatMap(toFaults)) {
    const detail = toDetail(fault, part)
    // A validator that gives no keyword (TypeBox's own) reports a missing property twice, the second
    // time as one of the wrong type.
    const key = fault.keyword === '' ? detail.field : `${detail.field}\n${detail.message}`
    if (!details.has(key)) details.set(key, detail)
  }
  return {
    details: [...details.values()].slice(0, max),
    omitted: Math.max(0, details.size - max) + reported.length - issues.length
  }
}

/** The entry for a validator that tells no more than what is wrong with a part as a whole. */
export function wholePart (context: unknown, message: unknown): ErrorDetail {
  const { whole, label } = partOf(context)
  return { field: whole, message: withLabel(label, foreignMessage(message)) }
}

/** The message of an error that has more details than it shows. */
export function withOmitted (message: string, omitted: number): string {
  return omitted === 0 ? message : `${message} … (${omitted} more)`
}

function partOf (context: unknown): Part {
  return PARTS.get(context) ?? BODY
}

function toIssue (reported: unknown): Issue {
  const { keyword, instancePath, schemaPath, params, message, path } = (reported ?? {}) as Record<string, unknown>
  return {
    keyword: text(keyword),
    // Joi and Zod, used without an adapter, give a path of names and indexes.
    instancePath: Array.isArray(path) ? path.map(name => '/' + escapePointer(String(name))).join('') : text(instancePath),
    schemaPath: text(schemaPath),
    params: typeof params === 'object' && params !== null ? params as Params : {},
    message
  }
}

function text (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * Ajv reports a union as the faults of every branch, followed by one for the union itself, and
 * likewise `contains`, `if` and `propertyNames`. Each becomes one issue.
 */
function foldUnions (issues: readonly Issue[]): Issue[] {
  const folded: Issue[] = []
  for (const issue of issues) {
    const fold = FOLDS.get(issue.keyword)
    if (fold === undefined) {
      folded.push(issue)
      continue
    }
    const start = branchStart(folded, issue)
    folded.push(...fold(issue, folded.splice(start)))
  }
  return folded
}

const FOLDS: ReadonlyMap<string, (whole: Issue, branches: Issue[]) => Issue[]> = new Map([
  ['anyOf', foldUnion],
  ['oneOf', foldUnion],
  ['contains', whole => [whole]],
  ['propertyNames', whole => [whole]],
  // The faults of `then` or `else` say more than that there are some.
  ['if', (whole, branches) => branches.length > 0 ? branches : [whole]]
])

function foldUnion (union: Issue, branches: Issue[]): Issue[] {
  const shallow = branches.every(branch => branch.instancePath === union.instancePath)
  if (shallow && branches.length > 0) {
    if (branches.every(({ keyword }) => keyword === 'type')) {
      return [{ ...union, keyword: 'type', params: { type: unique(branches.flatMap(({ params }) => params['type'])) } }]
    }
    if (branches.every(({ keyword }) => keyword === 'const' || keyword === 'enum')) {
      return [{ ...union, keyword: 'enum', params: { allowedValues: unique(branches.flatMap(({ params }) => params['allowedValues'] ?? [params['allowedValue']])) } }]
    }
  }
  return [union]
}

function unique (values: unknown[]): unknown[] {
  return [...new Set(values)]
}

/** Where, at the end of the issues so far, those begin that stem from the branches of this one. */
function branchStart (issues: readonly Issue[], { keyword, instancePath, schemaPath }: Issue): number {
  // The branches of `if` are its siblings, `then` and `else`.
  const siblings = schemaPath.slice(0, -keyword.length)
  const below = keyword === 'if' ? siblings : schemaPath + '/'
  let start = issues.length
  for (; start > 0; start--) {
    const issue = issues[start - 1]!
    const inside = issue.instancePath === instancePath || issue.instancePath.startsWith(instancePath + '/')
    // Behind a `$ref` the schema path starts anew, so that it lies elsewhere altogether.
    const branch = issue.schemaPath.startsWith(below) || !issue.schemaPath.startsWith(siblings)
    if (!inside || !branch) break
  }
  return start
}

/** One fault for each name that an issue is about. */
function toFaults (issue: Issue): Fault[] {
  const names = namesOf(issue)
  return names.length > 0 ? names.map(name => ({ ...issue, names: [name] })) : [{ ...issue, names: [] }]
}

/** The properties that are missing, or one too many: they are named themselves, not their parent. */
function namesOf ({ keyword, params }: Issue): string[] {
  // `ajv-errors` puts its own text in place of the issues it was given.
  const original = keyword === 'errorMessage' && Array.isArray(params['errors']) && params['errors'].length === 1 ? toIssue(params['errors'][0]) : undefined
  if (original !== undefined) return namesOf(original)
  return [params['missingProperty'], params['additionalProperty'], params['unevaluatedProperty'], params['propertyName'], params['requiredProperties'], params['keys']]
    .flat()
    .filter(name => typeof name === 'string')
}

function toDetail ({ keyword, instancePath, params, message, names }: Fault, { whole, prefix, label }: Part): ErrorDetail {
  const path = [...prefix, ...pointerNames(instancePath, keyword), ...names]
  return {
    field: path.length === prefix.length ? whole : joinPath(path),
    message: withLabel(label, messageFor(keyword, params) ?? foreignMessage(message))
  }
}

function withLabel (label: string, message: string): string {
  return label === '' ? message : `${label} ${message}`
}

function pointerNames (pointer: string, keyword: string): string[] {
  // Zod's adapter writes the root as "/", which in a JSON pointer is a property without a name.
  if (pointer === '' || (pointer === '/' && keyword.includes('_'))) return []
  return pointer.slice(0, MAX_POINTER).split('/').slice(1).map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escapePointer (name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** `messages.0.role`; a name that would not survive that is written `["a.b"]`. */
function joinPath (names: readonly string[]): string {
  return names.reduce((path, name) => {
    const step = truncate(name)
    if (step === '' || /[.[\]]/.test(step)) return `${path}[${JSON.stringify(step)}]`
    return path === '' ? step : `${path}.${step}`
  }, '')
}
