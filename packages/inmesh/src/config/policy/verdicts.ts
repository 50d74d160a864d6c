import type { Duration } from '@inmesh/pipeline'
import { isCode, statusIn, type CodeVerdict } from '@inmesh/policy'
import { defined, millis } from '../defined.ts'

type Verdict = number | Duration | { readonly severity?: number | undefined; readonly ejectAfter?: number | undefined; readonly keepOff?: Duration | undefined }
type WholeVerdict = Exclude<Verdict, number | string>

/** A number is a severity, a text a time to keep traffic off. */
export function unfoldVerdict(value: number | string): WholeVerdict {
  return typeof value === 'number' ? { severity: value } : { keepOff: value as Duration }
}

export function resolveCodes(codes: Readonly<Record<string, Verdict>>): Record<string, number | CodeVerdict> {
  return Object.fromEntries(Object.entries(codes).map(([code, value]) => [code, resolveVerdict(code, value)]))
}

function resolveVerdict(code: string, value: Verdict): CodeVerdict {
  const { severity = usualSeverity(code), ejectAfter, keepOff } = typeof value === 'object' ? value : unfoldVerdict(value)
  return defined({ severity, ejectAfter, keepOff: millis(keepOff) })
}

const harmful: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNKNOWN', 'DATA_LOSS'])

/** As the policy judges a code that nobody lists; whoever lists a business code means that it is bad. */
function usualSeverity(code: string): number {
  const status = statusIn(code)
  if (status !== undefined) return status >= 500 ? 1 : 0
  return isCode(code) && !harmful.has(code) ? 0 : 1
}
