import { kindOf, partsOf } from './dialects.js'
import { INTERSECTION } from './dialects/kind.js'
import type { Reported } from './dialects/kind.js'
import { own, valueAt } from './schema-shape.js'
import { escapePointer, isRecord, isWithin, parentOf, pointerNames } from './issue.js'
import type { Issue } from './issue.js'

/** How `fastify-type-provider-zod` marks its issues. */
const ZOD = Symbol.for('ZodFastifySchemaValidationError')

/** Turns the issues of any validator into Ajv's form, each fault once. */
export function readIssues (reported: readonly unknown[], data?: unknown, place?: string): readonly Issue[] {
  const issues: Issue[] = []
  for (const one of reported) {
    for (const part of partsOf(one)) issues.push(toIssue(part, data, place))
  }
  return issues.some(isSummary) ? issues.filter(issue => !issues.some(other => isSummaryOf(issue, other))) : issues
}

/**
 * Whether an issue of TypeBox may only follow from others: that a part of an intersection has failed, or that such a
 * part has evaluated no property, so that its properties are none of the allowed ones.
 */
function isSummary ({ keyword, params }: Issue): boolean {
  return keyword === INTERSECTION || Array.isArray(params['unevaluatedProperties'])
}

/** Whether an issue only follows from another one, of a part of the same intersection. */
function isSummaryOf (issue: Issue, other: Issue): boolean {
  if (!isSummary(issue) || isSummary(other)) return false
  return issue.keyword === INTERSECTION
    ? isWithin(other.instancePath, issue.instancePath)
    : isWithin(other.schemaPath, `${parentOf(issue.schemaPath)}/allOf`)
}

/**
 * Turns the issue of any validator into Ajv's form.
 *
 * @param data what was validated, if it is known: then a missing property is reported as missing
 * @param place of an issue of an alternative, where its union is
 */
export function toIssue (reported: unknown, data?: unknown, place?: string): Issue {
  if (isAjvIssue(reported)) return reported
  const issue = fromForeign(isRecord(reported) ? reported : {}, place ?? '')
  // The constants of alternatives show which one was meant.
  const isTag = place !== undefined && (issue.keyword === 'const' || issue.keyword === 'enum')
  return !isTag && isMissing(issue, data) ? { ...issue, keyword: 'required', params: {} } : issue
}

function isAjvIssue (reported: unknown): reported is Issue {
  if (!isRecord(reported) || ZOD in reported) return false
  const { keyword, instancePath, schemaPath, params } = reported
  const isOfForm = typeof keyword === 'string' && typeof instancePath === 'string' && typeof schemaPath === 'string' && isRecord(params)
  // TypeBox 1 has this form, but without the keyword in the path.
  return isOfForm && schemaPath.endsWith(keyword)
}

function fromForeign (reported: Reported, place: string): Issue {
  const { keyword, params, message } = kindOf(reported)
  return {
    keyword,
    instancePath: place + pointerOf(reported),
    schemaPath: schemaPathOf(reported),
    params,
    message: message ?? reported['message']
  }
}

function pointerOf (reported: Reported): string {
  const { path, instancePath } = reported
  // Not by its own method: ArkType's class of paths makes a path of one step of an empty one.
  if (Array.isArray(path)) return Array.from(path, step => '/' + escapePointer(String(nameOf(step)))).join('')
  if (typeof instancePath !== 'string') return typeof path === 'string' ? pointerOfText(path) : ''
  // Zod's adapter writes the root as "/", which as a JSON pointer is a property with an empty name.
  return ZOD in reported && instancePath === '/' ? '' : instancePath
}

/** A step of a path; Standard Schema allows `{ key }`. */
function nameOf (step: unknown): unknown {
  return isRecord(step) && 'key' in step ? step['key'] : step
}

/** TypeBox's pointers, and Yup's `messages[0]["a.b"].role`. */
function pointerOfText (path: string): string {
  if (path === '' || path.startsWith('/')) return path
  return Array.from(path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|[^.[\]]+/g), ([step, quoted]) => '/' + escapePointer(quoted ?? step)).join('')
}

function schemaPathOf ({ schemaPath, keyword }: Reported): string {
  if (typeof schemaPath !== 'string') return ''
  return typeof keyword === 'string' && !schemaPath.endsWith(keyword) ? `${schemaPath}/${keyword}` : schemaPath
}

/** The kinds that validators report for a missing value; an author's own rule may be more specific. */
const KINDS_OF_MISSING: ReadonlySet<string> = new Set(['', 'anyOf', 'const', 'enum', 'type'])

/** Whether a place is missing although its parent exists. */
function isMissing ({ keyword, instancePath }: Issue, data: unknown): boolean {
  if (instancePath === '' || !KINDS_OF_MISSING.has(keyword) || !isRecord(data)) return false
  const around = valueAt(data, parentOf(instancePath))
  return isRecord(around) && !Array.isArray(around) && own(around, pointerNames(instancePath).at(-1)!) === undefined
}
