import { isDeepStrictEqual } from 'node:util'
import { isRecord, parentOf, pointerNames, toIssue } from './issue.js'
import type { Issue } from './issue.js'

/** What was validated, and how. */
export interface Source {
  /** The schema; without it, no constant is looked for. */
  readonly schema?: unknown
  /** Those that it may refer to, by their `$id`. */
  readonly schemas?: (() => Schemas) | undefined
  readonly data?: unknown
  /** Whether the validator's errors may hold values of the input. */
  readonly quotesInput?: boolean
  /** Whether the validator reports but the first fault. */
  readonly stopsAtFirst?: boolean
  /** Of a twin: what its marks stand for. */
  readonly alternatives?: readonly Alternative[] | undefined
}

export type Schemas = Readonly<Record<string, unknown>>

/** One alternative of a union. */
export interface Alternative {
  readonly isFirst: boolean
  readonly constants: Constants
}

/** By name, the values that an alternative allows for a property that may have but a few. */
type Constants = ReadonlyMap<string, readonly unknown[]>

/** The keyword by which a twin marks where the faults of an alternative begin; its number follows. */
export const MARK = 'fastify-scai-errors: alternative '

/**
 * Ajv reports a union as the faults of every alternative, followed by one for the union itself, and
 * likewise `contains`, `if` and `propertyNames`. Each becomes one fault, or those of the alternative
 * that was meant: the only one of the input's type, or the one that a constant in the input points at.
 *
 * Where an alternative begins, twins mark; in all other reports, the paths have to tell.
 */
export function foldUnions (issues: readonly Issue[], source: Source = {}): Issue[] {
  const folded: Issue[] = []
  // Where in `folded` the marks of unions are that are still to come.
  const marks: number[] = []
  for (const issue of issues) {
    const fold = FOLDS.get(issue.keyword)
    if (fold !== undefined) {
      for (const fault of fold(issue, folded, marks, source)) add(folded, fault)
    } else {
      if (isMark(issue)) marks.push(folded.length)
      add(folded, issue)
    }
  }
  // A single fault comes last, after what it was folded from; behind references, not all of that may have been known.
  return source.stopsAtFirst === true ? folded.slice(-1) : folded
}

function add (folded: Issue[], fault: Issue): void {
  const before = folded[folded.length - 1]
  // An enumeration of which a value is none need not be told twice, by its type.
  const isTold = before?.keyword === 'type' && isOfValues(fault) &&
    before.instancePath === fault.instancePath && parentOf(before.schemaPath) === parentOf(fault.schemaPath)
  if (isTold) folded[folded.length - 1] = fault
  else folded.push(fault)
}

type Fold = (whole: Issue, folded: Issue[], marks: number[], source: Source) => Issue[]

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['anyOf', foldUnion],
  ['oneOf', foldUnion],
  ['invalid_union', foldZodUnion],
  ['contains', (whole, ...rest) => {
    takeBranches(whole, ...rest)
    return [whole]
  }],
  ['propertyNames', (whole, folded) => {
    while (folded.length > 0 && folded.at(-1)?.propertyName === whole.params['propertyName']) folded.pop()
    return [whole]
  }],
  // The faults of `then` or `else` say more than that there are some.
  ['if', (whole, folded) => folded.length > 0 && isWithin(folded.at(-1)!.instancePath, whole.instancePath) ? [] : [whole]]
])

/** An alternative, and why it doesn't match. */
interface Branch {
  readonly issues: Issue[]
  readonly constants: Constants
}

function foldUnion (union: Issue, folded: Issue[], marks: number[], source: Source): Issue[] {
  const { issues, branches } = takeBranches(union, folded, marks, source)
  // Several alternatives match, which is the fault; what is wrong with the others doesn't matter.
  if (union.params['passingSchemas'] != null) return [union]
  return meant(union, branches, source.data) ?? [foldValues(union, issues)]
}

/** Zod has the issues of the alternatives in the union's own. */
function foldZodUnion (union: Issue): Issue[] {
  const { errors } = union.params
  const branches = (Array.isArray(errors) ? errors : []).map(issues => ({
    constants: new Map(),
    issues: [issues].flat().map(toIssue).map(issue => ({ ...issue, instancePath: union.instancePath + issue.instancePath }))
  }))
  // What the constants are doesn't show, but that the input has others does.
  const likely = branches.filter(({ issues }) => !issues.some(issue => isOfValues(issue) && parentOf(issue.instancePath) === union.instancePath))
  return meant(union, likely, undefined) ?? [foldValues(union, branches.flatMap(({ issues }) => issues))]
}

/** How a validator says that a value is another one altogether. */
const MISMATCHES: ReadonlySet<string> = new Set(['const', 'enum', 'false schema', 'invalid_type', 'invalid_value', 'type'])

/** The faults of the alternative that was meant, where any of them are known. */
function meant (union: Issue, branches: readonly Branch[], data: unknown): Issue[] | undefined {
  const { issues = [] } = chosenBranch(union, branches, data) ?? {}
  return issues.length > 0 ? issues : undefined
}

/** The only alternative of the input's type, or the one that its constants point at. */
function chosenBranch ({ instancePath }: Issue, branches: readonly Branch[], data: unknown): Branch | undefined {
  const live = branches.filter(({ issues }) => issues.length === 0 || !issues.every(issue => issue.instancePath === instancePath && MISMATCHES.has(issue.keyword)))
  if (live.length < 2) return live[0]

  // Only what all of them have tells one from another.
  const names = Array.from(live[0]!.constants.keys()).filter(name => live.every(({ constants }) => constants.has(name)))
  if (names.length === 0) return undefined
  const value = valueAt(data, instancePath)
  const chosen = live.filter(({ constants }) => names.every(name => constants.get(name)?.some(constant => isDeepStrictEqual(constant, own(value, name)))))
  return chosen.length === 1 ? chosen[0] : undefined
}

/** A union of constants, or of types, as one enumeration of them. */
function foldValues (union: Issue, issues: readonly Issue[]): Issue {
  if (issues.length === 0 || !issues.every(issue => issue.instancePath === union.instancePath && (isOfType(issue) || isOfValues(issue)))) return union
  const types = unique(issues.filter(isOfType).flatMap(({ params }) => params['type'] ?? params['expected']))
  const values = unique(issues.filter(isOfValues).flatMap(({ params }) => params['allowedValues'] ?? params['values'] ?? [params['allowedValue']]))
  if (values.length === 0) return { ...union, keyword: 'type', params: { type: types } }
  // Of the types, null is one of a single value.
  return types.every(type => type === 'null') ? { ...union, keyword: 'enum', params: { allowedValues: [...values, ...types.map(() => null)] } } : union
}

function isOfType ({ keyword }: Issue): boolean {
  return keyword === 'type' || keyword === 'invalid_type'
}

function isOfValues ({ keyword }: Issue): boolean {
  return keyword === 'const' || keyword === 'enum' || keyword === 'invalid_value'
}

function unique (values: unknown[]): unknown[] {
  return [...new Set(values)]
}

/** Takes the faults of the alternatives off the end of what is folded so far. */
function takeBranches (union: Issue, folded: Issue[], marks: number[], { alternatives, schema, schemas, data }: Source): { issues: Issue[], branches: Branch[] } {
  const branches: Branch[] = []
  if (alternatives === undefined) {
    const issues = folded.splice(branchStart(folded, union))
    return { issues, branches: branchesBySchema(union, issues, schema, schemas) }
  }
  for (let at = marks.at(-1); at !== undefined && isMarkOf(folded[at]!, union); at = marks.at(-1)) {
    marks.pop()
    const [mark, ...issues] = folded.splice(at)
    const { isFirst, constants } = alternatives[Number(mark!.keyword.slice(MARK.length))]!
    branches.unshift({ issues, constants })
    if (isFirst) break
  }
  return { issues: branches.flatMap(({ issues }) => issues), branches }
}

export function isMark ({ keyword }: Issue): boolean {
  return keyword.startsWith(MARK)
}

function isMarkOf (mark: Issue, union: Issue): boolean {
  return mark.instancePath === union.instancePath && parentOf(mark.schemaPath) === parentOf(union.schemaPath)
}

/** Where, at the end of what is folded so far, the faults of the alternatives begin. */
function branchStart (folded: readonly Issue[], union: Issue): number {
  // The schema that the union is in; what "allOf" combines counts as one.
  const schema = union.schemaPath.replace(/(?:\/allOf\/\d+)*\/\w+$/, '')
  let start = folded.length
  while (start > 0 && isBranchOf(union, folded[start - 1]!, schema)) start--
  return start
}

/** Whether a fault at or below the place of a union stems from it, rather than from the schema around it. Behind a reference, the path starts anew. */
function isBranchOf (union: Issue, { instancePath, schemaPath }: Issue, schema: string): boolean {
  if (!isWithin(instancePath, union.instancePath)) return false
  const isAround = isWithin(schemaPath, schema) && !/^\/(?:definitions|\$defs)\//.test(schemaPath.slice(schema.length))
  return !isAround || isWithin(schemaPath, union.schemaPath)
}

function isWithin (path: string, around: string): boolean {
  return path === around || path.startsWith(around + '/')
}

function branchesBySchema (union: Issue, issues: readonly Issue[], schema: unknown, schemas: Source['schemas']): Branch[] {
  const alternatives = follow(schema, union.schemaPath)
  if (!Array.isArray(alternatives)) return []
  return alternatives.map((alternative, index) => {
    const own = `${union.schemaPath}/${index}`
    const { $ref = own } = record(alternative)
    return {
      issues: issues.filter(({ schemaPath }) => isWithin(schemaPath, own) || isWithin(schemaPath, String($ref))),
      constants: constantsOf(alternative, schema, schemas?.())
    }
  })
}

/**
 * The constants of an alternative.
 *
 * @param root the schema that it is part of, for references within
 */
export function constantsOf (schema: unknown, root: unknown, schemas: Schemas | undefined): Constants {
  const { $ref, properties, allOf } = record(schema)
  if (typeof $ref === 'string') {
    const [id = '', pointer = ''] = $ref.split('#')
    const document = id === '' ? root : own(schemas, id)
    return constantsOf(follow(document, pointer), document, schemas)
  }
  const constants = Array.isArray(allOf) ? allOf.flatMap(part => [...constantsOf(part, root, schemas)]) : []
  for (const [name, property] of Object.entries(record(properties))) {
    const values = valuesOf(property)
    if (values !== undefined) constants.push([name, values])
  }
  return new Map(constants)
}

/** The values that a schema allows, if it lists them. */
function valuesOf (schema: unknown): readonly unknown[] | undefined {
  const { const: constant, enum: values, oneOf, anyOf = oneOf } = record(schema)
  if (constant !== undefined) return [constant]
  if (Array.isArray(values)) return values
  if (!Array.isArray(anyOf)) return undefined
  const lists = anyOf.map(valuesOf)
  return lists.includes(undefined) ? undefined : lists.flat()
}

/** What a path within a schema (`#/…`, or without the `#`) leads to. */
export function follow (schema: unknown, path: string): unknown {
  try {
    return valueAt(schema, decodeURIComponent(path.replace(/^#/, '')))
  } catch {
    return undefined
  }
}

function valueAt (root: unknown, pointer: string): unknown {
  return pointerNames(pointer).reduce<unknown>((value, name) => own(value, name), root)
}

function own (value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function record (value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
