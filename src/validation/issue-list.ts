import { read } from '../error/read.js'
import { effectIssues } from './dialects/effect.js'
import { YUP } from './dialects/yup.js'
import { isRecord } from './issue.js'

/** Where validators keep their issues: Yup; Ajv's async schemas; Zod, Valibot and Standard Schema; Joi. */
const LISTS = ['inner', 'errors', 'issues', 'details']

/** The issues of a validator, in any form; `undefined` if there is no list. */
export function findIssues (left: unknown): readonly unknown[] | undefined {
  if (Array.isArray(left)) return left.length > 0 ? left : undefined
  if (!isRecord(left)) return undefined
  const tree = read(left, 'issue')
  if (tree !== undefined) return effectIssues(tree)
  for (const name of LISTS) {
    const list = read(left, name)
    // Yup has only texts in `errors`.
    if (Array.isArray(list) && list.length > 0 && isRecord(list[0])) return list
  }
  return YUP.isOf(left) ? [left] : undefined
}

/** The same; anything else is a single issue. */
export function issuesIn (left: unknown): readonly unknown[] {
  return findIssues(left) ?? [typeof left === 'string' ? { message: left } : left]
}
