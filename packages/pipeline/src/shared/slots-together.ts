import type { Together } from '../check-options.ts'

/** What finds a limit by losses; of many processes together it is one number, which all of them must have. */
const learning = ['min', 'initial', 'increase', 'backoff', 'latencyAbove']
const sharing = ['weight', 'engineLost', 'minProcesses', 'engine']

/**
 * What must hold between the options of a concurrency limit, wherever they are given. With `scope: 'process'` written out,
 * what belongs to `global` only waits, so that in an emergency nothing but the scope need be changed.
 */
export const slotsTogether: Together = (given) => {
  const wrong = (names: readonly string[], accepted: string): [string, string][] => names.filter((name) => given[name] !== undefined).map((name) => [name, accepted])
  if (given['scope'] !== 'global') return given['scope'] === undefined ? wrong(sharing, "only with scope: 'global', without which it means nothing") : []
  const missing: readonly [string, string][] = given['max'] === undefined ? [['max', "a whole number from 1 to 1,000,000: with scope: 'global' it is the limit of all processes together"]] : []
  return [...missing, ...wrong(learning, "only with scope: 'process': of all processes together the limit is max, and nothing is learnt")]
}
