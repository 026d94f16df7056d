import { readIssues } from './foreign-issue.js'
import { isWithin, parentOf } from './issue.js'
import type { Issue } from './issue.js'
import { UNKNOWN_SHAPE, follow, record, shapeOf } from './schema-shape.js'
import type { Schemas, Shape } from './schema-shape.js'

/** What is known about a validator's run: the data, and the schema. */
export interface Origin {
  /** The schema; without it, the shapes of alternatives are unknown. */
  readonly schema?: unknown
  /** The schemas that it may refer to. */
  readonly schemas?: (() => Schemas) | undefined
  readonly data?: unknown
  /** Whether the validator's issues may hold values of the input. */
  readonly quotesInput?: boolean
  /** Whether the validator reports only the first error. */
  readonly stopsAtFirst?: boolean
  /** For a collecting validator: the meaning of its marks, by number. */
  readonly marks?: readonly Mark[] | undefined
}

/** What a collecting validator knows about an alternative where it begins. */
export interface Mark {
  readonly isFirst: boolean
  readonly shape: Shape
}

/** A node of the tree: a union with its alternatives, or any other issue alone. */
export interface Node {
  readonly issue: Issue
  readonly alternatives?: readonly Alternative[]
  /** What was reported for all alternatives. */
  readonly below?: readonly Node[]
}

/** An alternative of a union, and why it doesn't match. */
export interface Alternative {
  readonly shape: Shape
  readonly nodes: readonly Node[]
}

/** The keyword by which a collecting validator marks where the issues of an alternative begin; its number follows. */
export const MARK = 'fastify-scai-errors: alternative '

/** Unions within unions are read so far; one that lies deeper is told as a whole. A hostile body nests thousands. */
export const MAX_UNIONS = 32

/** Keywords whose issue comes after those of their alternatives, or items. */
const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'contains', 'discriminator'])

export function isMark ({ keyword }: Issue): boolean {
  return keyword.startsWith(MARK)
}

/**
 * Parses a validator's flat report into a tree. Ajv reports the issues of every alternative of a union, followed by
 * one for the union itself, and likewise for `contains`, `if` and `propertyNames`. Zod and others have them in the
 * union's own issue.
 *
 * Collecting validators mark where an alternative begins; in other reports, the paths show it.
 */
export function parseUnions (issues: readonly Issue[], origin: Origin = {}): Node[] {
  return parse(issues, origin, 0)
}

function parse (issues: readonly Issue[], origin: Origin, depth: number): Node[] {
  const nodes: Node[] = []
  // Indexes in `nodes` of the marks whose unions are still to come.
  const marks: number[] = []
  for (const issue of issues) {
    // The issues of `then` or `else` are more specific than that of `if`.
    if (issue.keyword === 'if' && nodes.length > 0 && isWithin(nodes.at(-1)!.issue.instancePath, issue.instancePath)) continue
    const start = startOf(issue, nodes, marks, origin)
    while (marks.length > 0 && marks.at(-1)! >= start) marks.pop()
    if (isMark(issue)) marks.push(nodes.length)
    nodes.push(toNode(issue, nodes.splice(start), origin, depth))
  }
  return nodes
}

/** The index in the nodes so far at which those that belong to an issue begin. */
function startOf (issue: Issue, nodes: readonly Node[], marks: readonly number[], origin: Origin): number {
  const { marks: known } = origin
  if (issue.keyword === 'propertyNames') return backWhile(nodes, node => node.issue.propertyName === issue.params['propertyName'])
  if (!UNIONS.has(issue.keyword)) return nodes.length
  if (known === undefined) return startByPath(issue, nodes, origin)

  let start = nodes.length
  for (let i = marks.length - 1; i >= 0; i--) {
    const { issue: mark } = nodes[marks[i]!]!
    if (!isMarkOf(mark, issue)) break
    start = marks[i]!
    if (markOf(mark, known).isFirst) break
  }
  return start
}

function toNode (issue: Issue, below: Node[], origin: Origin, depth: number): Node {
  if (!UNIONS.has(issue.keyword)) return { issue }
  const { errors } = issue.params
  if (Array.isArray(errors)) return depth === MAX_UNIONS ? { issue } : nestedUnion(issue, errors, origin.data, depth + 1)
  return origin.marks === undefined
    ? { issue, below, alternatives: alternativesBySchema(issue, below, origin) }
    : { issue, below: below.filter(node => !isMark(node.issue)), alternatives: alternativesByMark(below, origin.marks) }
}

/** A union of Zod and others, which contains the issues of its alternatives. */
function nestedUnion (issue: Issue, errors: readonly unknown[], data: unknown, depth: number): Node {
  const place = issue.params['isAbsolute'] === true ? '' : issue.instancePath
  const alternatives = errors.map((issues): Alternative => ({
    shape: UNKNOWN_SHAPE,
    nodes: parse(readIssues([issues].flat(), data, place), { data }, depth)
  }))
  return { issue, alternatives, below: alternatives.flatMap(({ nodes }) => nodes) }
}

function alternativesByMark (below: readonly Node[], marks: readonly Mark[]): Alternative[] {
  const alternatives: Array<{ shape: Shape, nodes: Node[] }> = []
  for (const node of below) {
    if (isMark(node.issue)) alternatives.push({ shape: markOf(node.issue, marks).shape, nodes: [] })
    else alternatives.at(-1)?.nodes.push(node)
  }
  return alternatives
}

function alternativesBySchema (union: Issue, below: readonly Node[], { schema, schemas }: Origin): Alternative[] {
  // The union's schema has all alternatives, but none of them was checked.
  if (union.keyword === 'discriminator') {
    return [{ nodes: [], shape: shapeOf(follow(schema, parentOf(union.schemaPath)), schema, schemas?.()) }]
  }
  const alternatives = follow(schema, union.schemaPath)
  if (!Array.isArray(alternatives)) return []
  const paths = alternatives.map((alternative, index) => [`${union.schemaPath}/${index}`, record(alternative)['$ref']])
  const isOf = ({ issue }: Node, [own, reference]: readonly unknown[]): boolean =>
    isWithin(issue.schemaPath, String(own)) || (typeof reference === 'string' && isWithin(issue.schemaPath, reference))
  const lost = below.filter(node => !paths.some(path => isOf(node, path)))
  const isOnlyReference = paths.filter(([, reference]) => reference !== undefined).length === 1
  return alternatives.map((alternative, index) => {
    const path = paths[index]!
    const nodes = below.filter(node => isOf(node, path))
    return {
      // Behind a reference, the path may begin again at the root.
      nodes: isOnlyReference && path[1] !== undefined ? [...nodes, ...lost] : nodes,
      shape: shapeOf(alternative, schema, schemas?.())
    }
  })
}

function markOf ({ keyword }: Issue, marks: readonly Mark[]): Mark {
  return marks[Number(keyword.slice(MARK.length))]!
}

function isMarkOf (mark: Issue, union: Issue): boolean {
  return mark.instancePath === union.instancePath && parentOf(mark.schemaPath) === parentOf(union.schemaPath)
}

function startByPath (union: Issue, nodes: readonly Node[], origin: Origin): number {
  // The schema that contains the union; `allOf` counts as one schema.
  const schema = union.schemaPath.replace(/(?:\/allOf\/\d+)*\/\w+$/, '')
  return backWhile(nodes, ({ issue }) => isBranchOf(union, issue, schema, origin))
}

function backWhile (nodes: readonly Node[], belongs: (node: Node) => boolean): number {
  let start = nodes.length
  while (start > 0 && belongs(nodes[start - 1]!)) start--
  return start
}

/**
 * Whether an issue at or below the place of a union belongs to the union, not to the schema around it. Behind a
 * reference, the path begins again: it may lead nowhere in the schema, or to another keyword. A validator that stops
 * at the first error never came to the union after one of the schema around.
 */
function isBranchOf (union: Issue, { instancePath, schemaPath }: Issue, around: string, { schema, stopsAtFirst }: Origin): boolean {
  if (!isWithin(instancePath, union.instancePath)) return false
  const isAround = stopsAtFirst !== true && isWithin(schemaPath, around) &&
    !/^\/(?:definitions|\$defs)\//.test(schemaPath.slice(around.length)) && (schema === undefined || follow(schema, schemaPath) !== undefined)
  return !isAround || isWithin(schemaPath, union.schemaPath)
}
