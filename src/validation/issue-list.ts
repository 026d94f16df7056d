import { read } from '../error/read.js'
import { effectIssues } from './dialects/effect.js'
import { YUP } from './dialects/yup.js'
import { isRecord } from './issue.js'

/** Where validators keep their issues: Yup; Ajv's async schemas; Zod, Valibot and Standard Schema; Joi. */
const LISTS = ['inner', 'errors', 'issues', 'details']

/** The issues that a validator has left, in whatever form; `undefined` where there is no list of them. */
export function findIssues (left: unknown): readonly unknown[] | undefined {
  if (Array.isArray(left)) return left.length > 0 ? left : undefined
  if (!isRecord(left)) return undefined
  const tree = read(left, 'issue')
  if (tree !== undefined) return effectIssues(tree)
  for (const name of LISTS) {
    const list = read(left, name)
    // Yup has the bare texts in `errors`.
    if (Array.isArray(list) && list.length > 0 && isRecord(list[0])) return list
  }
  return YUP.isOf(left) ? [left] : undefined
}

/** The same; what is no list is one issue. */
export function issuesIn (left: unknown): readonly unknown[] {
  return findIssues(left) ?? [typeof left === 'string' ? { message: left } : left]
}
