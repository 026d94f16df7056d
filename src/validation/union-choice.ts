import { isDeepStrictEqual } from 'node:util'
import { isRecord, parentOf } from './issue.js'
import type { Issue } from './issue.js'
import { own, valueAt } from './schema-shape.js'
import type { Alternative, Node } from './union-tree.js'

/** How a validator says that a value is another one altogether. */
const MISMATCHES: ReadonlySet<string> = new Set(['const', 'enum', 'false schema', 'invalid_type', 'invalid_value', 'type'])

/** An alternative with the issues that are told of it. */
interface Candidate extends Alternative {
  readonly issues: readonly Issue[]
}

/**
 * The issues that are told of a tree: of a union, those of the alternative that was meant, or one for the
 * union itself.
 *
 * @param data what was validated, if it is known
 */
export function chooseIssues (nodes: readonly Node[], data: unknown): Issue[] {
  const issues: Issue[] = []
  for (const node of nodes) {
    for (const issue of issuesOf(node, data)) {
      // An enumeration of which a value is none need not be told twice, by its type.
      if (isSaidBy(issues.at(-1), issue)) issues.pop()
      issues.push(issue)
    }
  }
  return issues
}

function issuesOf ({ issue, alternatives, below = [] }: Node, data: unknown): readonly Issue[] {
  // Several alternatives match, which is the fault; what is wrong with the others doesn't matter.
  if (alternatives === undefined || issue.keyword === 'contains' || issue.params['passingSchemas'] != null) return [issue]
  const candidates = alternatives.map(alternative => ({ ...alternative, issues: chooseIssues(alternative.nodes, data) }))
  const { issues = [] } = meantAlternative(issue, candidates, data) ?? {}
  return issues.length > 0 ? issues : [asEnumeration(issue, chooseIssues(below, data))]
}

/** How to find the alternative that was meant: the first of these that leaves a single one. */
const CHOICES: ReadonlyArray<(candidates: readonly Candidate[], value: unknown) => readonly Candidate[]> = [
  candidates => candidates,
  byConstants,
  bySharedNames
]

function meantAlternative (union: Issue, candidates: readonly Candidate[], data: unknown): Candidate | undefined {
  const live = candidates.filter(candidate => isLive(union, candidate))
  const value = valueAt(data, union.instancePath)
  for (const choose of CHOICES) {
    const chosen = choose(live, value)
    if (chosen.length === 1) return chosen[0]
  }
  return undefined
}

/** Whether the input could be meant for an alternative: it is of its type. */
function isLive ({ keyword, instancePath }: Issue, { issues }: Candidate): boolean {
  // What the constants are doesn't show in Zod's issues, but that the input has others does.
  if (keyword === 'invalid_union' && issues.some(issue => isOfValues(issue) && parentOf(issue.instancePath) === instancePath)) return false
  return issues.length === 0 || !issues.every(issue => issue.instancePath === instancePath && MISMATCHES.has(issue.keyword))
}

/** Those whose constants are in the input; only what all of them have tells one from another. */
function byConstants (candidates: readonly Candidate[], value: unknown): readonly Candidate[] {
  const names = tagsOf(candidates)
  if (names.length === 0) return []
  return candidates.filter(({ shape: { constants } }) =>
    names.every(name => constants.get(name)?.some(constant => isDeepStrictEqual(constant, own(value, name)))))
}

/** The names of the constants that all alternatives have. */
function tagsOf ([first, ...others]: readonly Candidate[]): string[] {
  const names = Array.from(first?.shape.constants.keys() ?? [])
  return names.filter(name => others.every(({ shape }) => shape.constants.has(name)))
}

/** Those that share the most property names with the input. */
function bySharedNames (candidates: readonly Candidate[], value: unknown): readonly Candidate[] {
  if (!isRecord(value) || tagsOf(candidates).length > 0) return []
  const shared = candidates.map(({ shape: { names } }) => Array.from(names).filter(name => Object.hasOwn(value, name)).length)
  const most = Math.max(0, ...shared)
  return most === 0 ? [] : candidates.filter((_candidate, index) => shared[index] === most)
}

/** A union of constants, or of types, as one enumeration of them. */
function asEnumeration (union: Issue, issues: readonly Issue[]): Issue {
  if (issues.length === 0 || !issues.every(issue => issue.instancePath === union.instancePath && (isOfType(issue) || isOfValues(issue)))) return union
  const types = unique(issues.filter(isOfType).flatMap(({ params }) => params['type'] ?? params['expected']))
  const values = unique(issues.filter(isOfValues).flatMap(({ params }) => params['allowedValues'] ?? params['values'] ?? [params['allowedValue']]))
  if (values.length === 0) return { ...union, keyword: 'type', params: { type: types } }
  // Of the types, null is one of a single value.
  const isListed = types.every(type => type === 'null')
  return isListed ? { ...union, keyword: 'enum', params: { allowedValues: [...values, ...types.map(() => null)] } } : union
}

function isSaidBy (before: Issue | undefined, issue: Issue): boolean {
  return before?.keyword === 'type' && isOfValues(issue) &&
    before.instancePath === issue.instancePath && parentOf(before.schemaPath) === parentOf(issue.schemaPath)
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
