import type { Together } from '../check-options.ts'

// What must hold between the scope of a limit and its other options, wherever they are given. With `scope: 'process'`
// written out, what belongs to `global` only waits, so that in an emergency nothing but the scope need be changed.

const sharing = ['weight', 'byCriticality', 'engineLost', 'minProcesses', 'engine']
/** What finds a limit by losses; of many processes together it is one number, which all of them must have. */
const learning = ['min', 'initial', 'increase', 'backoff', 'latencyAbove']

/** Of a limit on a rate. */
export const rateTogether: Together = (given) => (given['scope'] === undefined ? wrong(given, sharing, "only with scope: 'global', without which it means nothing") : nothing)

/** Of a limit on calls in flight. */
export const slotsTogether: Together = (given) => {
  if (given['scope'] !== 'global') return rateTogether(given)
  const missing: ReturnType<Together> = given['max'] === undefined ? [['max', "a whole number from 1 to 1,000,000: with scope: 'global' it is the limit of all processes together"]] : nothing
  return [...missing, ...wrong(given, learning, "only with scope: 'process': of all processes together the limit is max, and nothing is learnt")]
}

const nothing: ReturnType<Together> = []

function wrong(given: Readonly<Record<string, unknown>>, names: readonly string[], accepted: string): ReturnType<Together> {
  return names.filter((name) => given[name] !== undefined).map((name) => [name, accepted])
}
