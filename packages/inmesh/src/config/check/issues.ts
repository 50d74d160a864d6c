import { nearest } from '@inmesh/pipeline'
import type * as z from 'zod'
import { separator } from '../schema/options.ts'
import { unknownOption, wrongValue, type Mistake } from './mistake.ts'
import { valueAt, type Path } from './path.ts'
import { misplacedOption } from './misplaced.ts'
import { balancerMeant, isUnavailable, isUnavailableBalancer, otherNames } from './unavailable.ts'

type Issue = z.core.$ZodIssue

/** The schema's issues as mistakes. An issue's message is what is accepted there; for unknown keys, the known ones. */
export function mistakesOf(issues: readonly Issue[], input: unknown, base: Path = []): Mistake[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], input, issue.message))
    const inside = issue.code === 'invalid_union' ? issue.errors.find((branch) => !branch.some(isOfAnotherKind)) : undefined
    return inside === undefined ? wrong(issue, path, valueAt(input, path)) : mistakesOf(inside, input, path)
  })
}

/** Of several ways to write a value, the one that was meant is the one that is wrong only further inside. */
function isOfAnotherKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== 'unrecognized_keys'
}

function wrong(issue: Issue, path: Path, value: unknown): Mistake {
  if (isUnavailableBalancer(path, value)) return wrongValue(path, value, `${issue.message}; ${JSON.stringify(value)} is not available in this version`)
  const meant = balancerMeant(path, value) ?? (typeof value === 'string' ? nearest(value, choices(issue)) : undefined)
  return wrongValue(path, value, issue.message, meant === undefined ? undefined : `'${meant}'`)
}

/** The words that would have been accepted. */
function choices(issue: Issue): string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap((inner) => (inner.path.length === 0 ? choices(inner) : []))
  return issue.code === 'invalid_value' ? issue.values.filter((value) => typeof value === 'string') : []
}

function unknownKey(path: Path, input: unknown, known: string): Mistake {
  if (isUnavailable(path)) return wrongValue(path, valueAt(input, path), 'nothing: not available in this version')
  return unknownOption(path, valueAt(input, path), known, misplacedOption(path, input) ?? meantBy(String(path.at(-1)), known.split(separator)))
}

function meantBy(key: string, known: readonly string[]): string | undefined {
  const other = otherNames.find(([name, ours]) => name === key && known.some((one) => ours === one || ours.startsWith(`${one} (`)))
  return other?.[1] ?? nearest(key, known)
}
