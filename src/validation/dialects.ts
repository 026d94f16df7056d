import { ARKTYPE } from './dialects/arktype.js'
import { JOI } from './dialects/joi.js'
import { JOI_TEXT } from './dialects/joi-text.js'
import { UNTOLD } from './dialects/kind.js'
import type { Dialect, Kind, Reported } from './dialects/kind.js'
import { TYPEBOX } from './dialects/typebox.js'
import { VALIBOT } from './dialects/valibot.js'
import { YUP } from './dialects/yup.js'
import { ZOD } from './dialects/zod.js'
import { isRecord } from './issue.js'

/** Asked in this order. */
const DIALECTS: readonly Dialect[] = [ARKTYPE, VALIBOT, JOI, YUP, TYPEBOX, ZOD, JOI_TEXT]

/**
 * The kind of an issue that isn't Ajv's. The library's own text for an unknown kind isn't sent, since it may quote
 * the input.
 */
export function kindOf (reported: Reported): Kind {
  const dialect = DIALECTS.find(dialect => dialect.isOf(reported))
  if (dialect !== undefined) return dialect.kindOf(reported) ?? { keyword: UNTOLD, params: {} }
  const { keyword, code, params } = reported
  const zod = isRecord(params) ? ZOD.kindOf({ ...params, code: keyword }) : undefined
  return zod ?? {
    keyword: KEYWORDS.get(keyword) ?? (typeof keyword === 'string' ? keyword : typeof code === 'string' ? code : ''),
    params: isRecord(params) ? params : {}
  }
}

/** Several errors that are reported as one, each; any other alone. */
export function partsOf (reported: unknown): readonly unknown[] {
  return (isRecord(reported) && ARKTYPE.isOf(reported) ? ARKTYPE.partsOf(reported) : undefined) ?? [reported]
}

/** TypeBox 1 has its own names for a few keywords. */
const KEYWORDS: ReadonlyMap<unknown, string> = new Map([
  ['boolean', 'false schema'],
  ['~guard', 'errorMessage'],
  ['~refine', 'errorMessage']
])
