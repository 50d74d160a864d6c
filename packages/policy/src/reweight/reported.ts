import { isCode, statusIn } from '../codes.ts'
import type { Outcome } from '../types.ts'
import { isFailingCode } from './verdicts.ts'

/**
 * What a code told after the fact says of its try: a code, a status, or, for anything else, a business code, which is a
 * failure as it is when `classify` gives it. Whoever reports one that nobody has listed still means that it is bad.
 */
export function reportedOutcome(code: string): Outcome {
  const status = statusIn(code)
  if (status !== undefined) return ofStatus(status)
  if (!isCode(code)) return { kind: 'failure', code: 'UNKNOWN', business: code, reach: 'processed' }
  return isFailingCode(code) || code === 'RESOURCE_EXHAUSTED' ? { kind: 'failure', code, reach: 'processed' } : { kind: 'success', code }
}

function ofStatus(status: number): Outcome {
  if (status < 500 && status !== 429) return { kind: 'success', code: 'OK', status }
  return { kind: 'failure', code: status === 429 ? 'RESOURCE_EXHAUSTED' : 'UNKNOWN', status, reach: 'processed' }
}
