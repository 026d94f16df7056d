import { escapePointer, isRecord, parentOf, pointerNames } from './issue.js'
import type { Issue } from './issue.js'
import { mostShared, narrowByTags } from './meant.js'
import { valueAt } from './schema-shape.js'
import type { Shape } from './schema-shape.js'
import { MAX_UNIONS } from './union-tree.js'
import type { Node } from './union-tree.js'

/** An alternative, with its own unions told by one issue each, or by those of the alternative that was meant. */
interface Branch {
  readonly issues: readonly Issue[]
  readonly shape: Shape
}

/** What was told of a node so far, by the node. */
type Told = Map<Node, readonly Issue[]>

/**
 * What is told of a tree: of each union the issues of the alternative that was meant, or else one.
 * The one that was meant is the only one
 * - of the input's type;
 * - whose constants the input has; where it has none of them, that is what is wrong;
 * - that shares the most of the input's property names.
 *
 * @param data what was validated, as far as it is known
 */
export function chooseIssues (nodes: readonly Node[], data: unknown): Issue[] {
  return choose(nodes, data, new Map(), 0)
}

/** Of an undecided union, the nodes are asked twice, by alternative and all together: what was told of them is kept. */
function choose (nodes: readonly Node[], data: unknown, told: Told, depth: number): Issue[] {
  const issues: Issue[] = []
  for (const node of nodes) {
    const ofNode = told.get(node) ?? issuesOf(node, data, told, depth)
    told.set(node, ofNode)
    for (const issue of ofNode) {
      // An enumeration of which a value is none need not be told twice, by its type.
      if (isSaidBy(issues.at(-1), issue)) issues.pop()
      issues.push(issue)
    }
  }
  return issues
}

function issuesOf ({ issue: union, alternatives, below = [] }: Node, data: unknown, told: Told, depth: number): readonly Issue[] {
  if (union.keyword === 'discriminator') return [ofDiscriminator(union, alternatives?.[0]?.shape, valueAt(data, union.instancePath))]
  // Several alternatives match, which is the fault; what is wrong with the others doesn't matter.
  if (alternatives === undefined || !UNIONS.has(union.keyword) || union.params['passingSchemas'] != null) return [union]
  if (depth === MAX_UNIONS) return [union]

  const branches = alternatives.map(({ nodes, shape }) => ({ shape, issues: choose(nodes, data, told, depth + 1) }))
  const ofType = branches.filter(({ issues }) => !isOtherType(union, issues))
  const value = valueAt(data, union.instancePath)
  const left = chooseByTags(union, ofType, value)
  if ('keyword' in left) return [left]
  const { issues = [] } = (left.length === 1 ? left[0] : takenAsScalar(left, value) ?? mostShared(left, value)) ?? {}
  return issues.length > 0 ? issues : [asEnumeration(union, choose(below, data, told, depth + 1))]
}

/** Ajv says of its keyword `discriminator` which property is the tag. */
function ofDiscriminator (issue: Issue, shape: Shape | undefined, value: unknown): Issue {
  const name = String(issue.params['tag'])
  const values = shape?.tags.get(name)?.values
  return values === undefined ? issue : tagIssue(issue, name, values, !isRecord(value) || Object.hasOwn(value, name))
}

const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'oneOf'])

/** How a validator says that a value is another one altogether. */
const MISMATCHES: ReadonlySet<string> = new Set(['const', 'enum', 'false schema', 'type'])

function isOtherType ({ instancePath }: Issue, issues: readonly Issue[]): boolean {
  return issues.length > 0 && issues.every(issue => issue.instancePath === instancePath && MISMATCHES.has(issue.keyword))
}

/**
 * Where Ajv makes lists of scalars, and scalars of such lists, the last alternative decides what is left of the input:
 * for a list of one scalar, the only branch that is none of lists was meant as well.
 */
function takenAsScalar (branches: readonly Branch[], value: unknown): Branch | undefined {
  if (!Array.isArray(value) || value.length !== 1 || isRecord(value[0])) return undefined
  const ofScalars = branches.filter(({ shape: { types } }) => types !== undefined && !types.has('array'))
  return ofScalars.length === 1 ? ofScalars[0] : undefined
}

/**
 * The branches that allow the input's tags, the properties for which each has but a few values; or the
 * issue of the tag that no branch allows.
 */
function chooseByTags (union: Issue, branches: readonly Branch[], value: unknown): readonly Branch[] | Issue {
  if (branches.length < 2) return branches
  if (branches.every(({ shape }) => shape.tags.size === 0)) return chooseByReportedTags(union, branches, value)
  const left = narrowByTags(branches, value)
  return 'tag' in left ? tagIssue(union, left.tag, left.allowed, !isRecord(value) || Object.hasOwn(value, left.tag)) : left
}

/** Where the constants are only known from what was reported: a branch that reports none has the one of the input. */
function chooseByReportedTags (union: Issue, branches: readonly Branch[], value: unknown): readonly Branch[] | Issue {
  const isTag = (issue: Issue): boolean => isOfValues(issue) &&
    issue.instancePath !== union.instancePath && parentOf(issue.instancePath) === union.instancePath
  const reported = branches.map(({ issues }) => issues.filter(isTag))
  const likely = branches.filter((_, index) => reported[index]!.length === 0)
  if (likely.length > 0) return likely
  const [first, ...others] = reported.map(issues => new Set(issues.map(({ instancePath }) => instancePath)))
  const place = [...first!].find(place => others.every(places => places.has(place)))
  if (place === undefined) return branches
  const values = reported.flat().filter(({ instancePath }) => instancePath === place).flatMap(allowedValues)
  const name = pointerNames(place).at(-1)!
  return tagIssue(union, name, values, !isRecord(value) || Object.hasOwn(value, name))
}

/** The one fault of a union whose tag is missing, or unknown. */
function tagIssue ({ instancePath, schemaPath }: Issue, name: string, values: readonly unknown[], isPresent: boolean): Issue {
  return isPresent
    ? { keyword: 'enum', instancePath: `${instancePath}/${escapePointer(name)}`, schemaPath, params: { allowedValues: unique(values) } }
    : { keyword: 'required', instancePath, schemaPath, params: { missingProperty: name } }
}

/** A union of constants, or of types, as one enumeration of them. */
function asEnumeration (union: Issue, issues: readonly Issue[]): Issue {
  const isOfWhole = (issue: Issue): boolean => issue.instancePath === union.instancePath && (issue.keyword === 'type' || isOfValues(issue))
  if (issues.length === 0 || !issues.every(isOfWhole)) return union
  const types = unique(issues.filter(({ keyword }) => keyword === 'type').flatMap(({ params }) => params['type']))
  const values = unique(issues.filter(isOfValues).flatMap(allowedValues))
  if (values.length === 0) return { ...union, keyword: 'type', params: { type: types } }
  // Of the types, null is one of a single value.
  const isListed = types.every(type => type === 'null')
  return isListed ? { ...union, keyword: 'enum', params: { allowedValues: [...values, ...types.map(() => null)] } } : union
}

function isSaidBy (before: Issue | undefined, issue: Issue): boolean {
  return before?.keyword === 'type' && isOfValues(issue) &&
    before.instancePath === issue.instancePath && parentOf(before.schemaPath) === parentOf(issue.schemaPath)
}

/** Whether an issue says which values are allowed. */
function isOfValues ({ keyword }: Issue): boolean {
  return keyword === 'const' || keyword === 'enum'
}

function allowedValues ({ params }: Issue): unknown[] {
  return [params['allowedValues'] ?? [params['allowedValue']]].flat()
}

function unique (values: readonly unknown[]): unknown[] {
  return [...new Set(values)]
}
