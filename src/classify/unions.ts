import { isDeepStrictEqual } from 'node:util'
import { pointerNames, toIssue } from './issues.js'
import type { Issue } from './issues.js'

/** What was validated, and by which schema. */
export interface Source {
  readonly schema: unknown
  readonly data: unknown
}

/**
 * Ajv reports a union as the faults of every branch, followed by one for the union itself, and
 * likewise `contains`, `if` and `propertyNames`. Each becomes one fault; a union of objects becomes
 * the faults of the branch that a constant in the input points at.
 *
 * @param source without it, no constant is looked for
 */
export function foldUnions (issues: readonly Issue[], source: Source | undefined): Issue[] {
  const folded: Issue[] = []
  for (const issue of issues) {
    const fold = FOLDS.get(issue.keyword)
    if (fold === undefined) folded.push(issue)
    else folded.push(...fold(issue, folded.splice(branchStart(folded, issue)), source))
  }
  return folded
}

type Fold = (whole: Issue, branches: Issue[], source: Source | undefined) => Issue[]

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['anyOf', foldUnion],
  ['oneOf', foldUnion],
  ['invalid_union', foldZodUnion],
  ['contains', whole => [whole]],
  ['propertyNames', whole => [whole]],
  // The faults of `then` or `else` say more than that there are some.
  ['if', (whole, branches) => branches.length > 0 ? branches : [whole]]
])

function foldUnion (union: Issue, branches: Issue[], source: Source | undefined): Issue[] {
  // Several branches match, which is the fault; what is wrong with the others doesn't matter.
  if (union.params['passingSchemas'] != null || branches.length === 0) return [union]
  const chosen = source === undefined ? [] : chosenBranch(union, branches, source)
  if (chosen.length > 0) return chosen
  return [branches.every(({ instancePath }) => instancePath === union.instancePath) ? foldValues(union, branches) : union]
}

/** Zod has the issues of the branches in the union's own. */
function foldZodUnion (union: Issue): Issue[] {
  const branches = [union.params['errors']].flat(2).map(toIssue)
  if (branches.length > 0 && branches.every(({ keyword, instancePath }) => keyword === 'invalid_value' && instancePath === '')) {
    return [{ ...union, keyword: 'invalid_value', params: { values: unique(branches.flatMap(({ params }) => params['values'])) } }]
  }
  return [union]
}

/** A union of constants, or of types, as one enumeration of them. */
function foldValues (union: Issue, branches: Issue[]): Issue {
  const types = unique(branches.filter(({ keyword }) => keyword === 'type').flatMap(({ params }) => params['type']))
  const values = unique(branches.filter(isOfValues).flatMap(({ params }) => params['allowedValues'] ?? [params['allowedValue']]))
  if (!branches.every(branch => branch.keyword === 'type' || isOfValues(branch))) return union
  if (values.length === 0) return { ...union, keyword: 'type', params: { type: types } }

  // TypeBox's literals come with their type; and null is a type of one value.
  const others = types.filter(type => !values.some(value => typesOf(value).includes(type)))
  if (others.some(type => type !== 'null')) return union
  return { ...union, keyword: 'enum', params: { allowedValues: [...values, ...others.map(() => null)] } }
}

function typesOf (value: unknown): unknown[] {
  return typeof value === 'number' ? ['number', 'integer'] : [typeof value]
}

function isOfValues ({ keyword }: Issue): boolean {
  return keyword === 'const' || keyword === 'enum'
}

function unique (values: unknown[]): unknown[] {
  return [...new Set(values)]
}

/** Where, at the end of the issues so far, those begin that stem from the branches of this one. */
function branchStart (issues: readonly Issue[], union: Issue): number {
  let start = issues.length
  while (start > 0 && isBranchOf(union, issues[start - 1]!)) start--
  return start
}

function isBranchOf (union: Issue, issue: Issue): boolean {
  if (issue.instancePath !== union.instancePath && !issue.instancePath.startsWith(union.instancePath + '/')) return false
  // The branches of `if` are its siblings.
  const below = union.keyword === 'if' ? [union.schemaPath.replace(/if$/, 'then/'), union.schemaPath.replace(/if$/, 'else/')] : [union.schemaPath + '/']
  return below.some(path => issue.schemaPath.startsWith(path)) || frameOf(issue) !== frameOf(union)
}

/** Keywords that lead from an object or an array to what is in it, and how many parts of a schema path they take. */
const DESCENTS: ReadonlyMap<string, 1 | 2> = new Map<string, 1 | 2>([
  ['additionalItems', 1], ['additionalProperties', 1], ['contains', 1], ['items', 1], ['patternProperties', 2],
  ['prefixItems', 2], ['properties', 2], ['unevaluatedItems', 1], ['unevaluatedProperties', 1]
])
const DEFINITIONS = /^#\/(?:definitions|\$defs)\/[^/]+/

/**
 * Two issues whose schema paths begin in the same schema, applied to the same place of the input,
 * have the same frame. Behind a `$ref` the schema path starts anew, so that the frame is another one.
 */
function frameOf ({ schemaPath, instancePath }: Issue): string {
  const start = DEFINITIONS.exec(schemaPath)?.[0] ?? schemaPath.slice(0, schemaPath.indexOf('#') + 1)
  const path = schemaPath.slice(start.length).split('/').slice(1)
  let descents = 0
  for (let i = 0; i < path.length - 1; i++) {
    const parts = DESCENTS.get(path[i]!)
    if (parts === undefined) continue
    descents++
    // A tuple has the index in its path.
    if (parts === 2 || (path[i] === 'items' && /^\d+$/.test(path[i + 1]!))) i++
  }
  return `${start}@${instancePath.split('/').length - 1 - descents}`
}

/** The issues of the branch whose constants the input has; none where that isn't one branch, or can't be told. */
function chosenBranch (union: Issue, issues: readonly Issue[], { schema, data }: Source): Issue[] {
  const frame = frameOf(union)
  // Behind a reference that isn't in the path, the path leads nowhere.
  if (!frame.startsWith('#/') && frame !== '#@0') return []
  const branches = follow(schema, union.schemaPath)
  const value = valueAt(data, union.instancePath)
  if (!Array.isArray(branches) || typeof value !== 'object' || value === null) return []

  const chosen = branches.flatMap((branch, index) => pointsAt(value, resolve(schema, branch)) ? [index] : [])
  if (chosen.length !== 1) return []
  const { $ref } = branches[chosen[0]!] as { $ref?: unknown }
  const own = `${union.schemaPath}/${chosen[0]}/`
  return issues.filter(({ schemaPath }) => schemaPath.startsWith(own) || (typeof $ref === 'string' && schemaPath.startsWith($ref + '/')))
}

/** Whether an object has the constants that a branch asks for, of which there must be some. */
function pointsAt (value: object, branch: unknown): boolean {
  const constants = Object.entries(record(record(branch)['properties'])).flatMap(([name, property]) => {
    const { const: constant, enum: values = constant === undefined ? undefined : [constant] } = record(property)
    return Array.isArray(values) ? [[name, values] as const] : []
  })
  return constants.length > 0 && constants.every(([name, values]) => values.some(allowed => isDeepStrictEqual(allowed, own(value, name))))
}

function resolve (schema: unknown, branch: unknown): unknown {
  const { $ref } = record(branch)
  return typeof $ref === 'string' && $ref.startsWith('#/') ? follow(schema, $ref) : branch
}

/** What a path within this schema (`#/…`) leads to. */
function follow (schema: unknown, path: string): unknown {
  return valueAt(schema, decodeURIComponent(path.slice(1)))
}

function valueAt (root: unknown, pointer: string): unknown {
  return pointerNames(pointer).reduce<unknown>((value, name) => own(value, name), root)
}

function own (value: unknown, name: string): unknown {
  return Object.hasOwn(record(value), name) ? record(value)[name] : undefined
}

function record (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
}
