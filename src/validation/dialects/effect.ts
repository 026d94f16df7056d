import { isRecord } from '../issue.js'
import { AUTHORED, UNTOLD, enumOf, list, typeOf } from './kind.js'
import type { Kind, Reported } from './kind.js'

/** How deep a tree is followed: a schema may refer to itself. */
const MAX_DEPTH = 100

const TYPES: ReadonlyMap<unknown, string> = new Map([
  ['Arrays', 'array'],
  ['BigInt', 'integer'],
  ['Boolean', 'boolean'],
  ['Null', 'null'],
  ['Number', 'number'],
  ['Objects', 'object'],
  ['String', 'string']
])

/** By the tags of nodes; other nodes are described by those below. */
const KINDS: ReadonlyMap<unknown, (node: Reported) => Kind> = new Map<unknown, (node: Reported) => Kind>([
  ['AnyOf', union],
  ['Filter', ({ filter, issue }) => check(inside(filter, 'annotations', 'expected'), inside(issue, 'annotations', 'message'))],
  ['InvalidType', ({ ast }) => {
    const type = TYPES.get(inside(ast, '_tag'))
    return type === undefined ? literals([ast]) : typeOf(type)
  }],
  ['MissingKey', () => ({ keyword: 'required', params: {} })],
  ['UnexpectedKey', () => ({ keyword: 'false schema', params: {} })]
])

/** The issues of Effect's tree, each with its path and its kind. */
export function effectIssues (node: unknown, path: readonly unknown[] = [], depth = 0): readonly unknown[] {
  if (!isRecord(node) || depth > MAX_DEPTH) return []
  const place = [...path, ...list(node['path'])]
  const kindOf = KINDS.get(node['_tag'])
  if (kindOf !== undefined) return [{ path: place, ...kindOf(node) }]
  const below = [node['issues'], node['issue']].flat().filter(isRecord)
  return below.length > 0 ? below.flatMap(node => effectIssues(node, place, depth + 1)) : [{ path: place, keyword: UNTOLD }]
}

function check (expected: unknown, message: unknown): Kind {
  if (typeof expected === 'string') return { keyword: '', params: {}, message: `must be ${expected}` }
  return { keyword: AUTHORED, params: {}, ...typeof message === 'string' && { message } }
}

/** The nodes below are the issues of the alternatives that have the input's type. */
function union ({ ast, issues }: Reported): Kind {
  const types = inside(ast, 'types')
  const enumeration = literals(list(types))
  if (enumeration.keyword === 'enum') return enumeration
  return { keyword: 'anyOf', params: { errors: list(issues).map(issue => effectIssues(issue)) } }
}

function literals (types: readonly unknown[]): Kind {
  const isEnumeration = types.length > 0 && types.every(type => inside(type, '_tag') === 'Literal')
  return isEnumeration ? enumOf(types.map(type => inside(type, 'literal'))) : { keyword: UNTOLD, params: {} }
}

function inside (value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((value, name) => isRecord(value) ? value[name] : undefined, value)
}
