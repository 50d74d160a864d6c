import { DecisionLog } from '../decisions/log.ts'
import { systemNow } from './clock.ts'
import type { Endpoint, RecordDecisions } from './messages.ts'

/** A log of what this process decides, with the names that the scenario has for endpoints. Those may become known later. */
export function recordDecisions({ every, duration }: RecordDecisions, endpoints: readonly Endpoint[]): DecisionLog {
  const nameOf = (key: string): string => endpoints.find(({ url }) => originOf(url) === originOf(key))?.name ?? key
  return new DecisionLog({ every, duration, nameOf })
}

/** From now on it is known when the warm-up ends. A mesh tells the time by `performance.now()`, whose start is this process's own. */
export function beginAt(log: DecisionLog, epoch: number): void {
  log.begin(systemNow() - performance.now() - epoch)
}

function originOf(key: string): string {
  return URL.canParse(key) ? new URL(key).origin : key
}
