import type { Duration, Fallback } from '@inmesh/pipeline'
import { unfoldBalance, unfoldSlowStart, type Balancing } from './policy/balance.ts'
import { unfoldDrop } from './policy/drop.ts'
import { unfoldFallback } from './policy/fallback.ts'
import { unfoldTimeout } from './policy/timeout.ts'
import { unfoldVerdict } from './policy/verdicts.ts'

/** What a shorthand stands for, by where it stands; anything else as it is. */
export function unfolded(keys: readonly string[], value: unknown): unknown {
  if (keys[0] !== 'services' || keys[2] !== 'policy') return value
  if (keys.length === 6 && keys[3] === 'reweight' && keys[4] === 'codes') return isText(value) || isNumber(value) ? unfoldVerdict(value) : value
  if (keys.length === 5 && keys[3] === 'balance' && keys[4] === 'slowStart') return isText(value) || isNumber(value) ? unfoldSlowStart(value as Duration) : value
  return keys.length === 4 ? unfoldPolicy(keys[3], value) : value
}

function unfoldPolicy(name: string | undefined, value: unknown): unknown {
  if (name === 'timeout' && (isText(value) || isNumber(value))) return unfoldTimeout(value as Duration)
  if (name === 'balance' && isText(value)) return unfoldBalance(value as Balancing)
  if (name === 'drop' && isNumber(value)) return unfoldDrop(value)
  if (name === 'fallback' && typeof value === 'function') return unfoldFallback(value as Fallback)
  return value
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
