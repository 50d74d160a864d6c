import type { Endpoint } from '../balance/endpoint.ts'
import type { Instant, Millis } from '../types.ts'
import { completedLately } from './completed.ts'

/** Of all tries of a priority: more, and it is the place that is broken rather than one operation. */
const DOWN = 0.5

/** Whether a whole priority fails, all its tries taken together. `span`: so many of the latest seconds. */
export function isLevelDown<T>(members: readonly Endpoint<T>[], priority: number, span: number, window: Millis, now: Instant): boolean {
  let tries = 0
  let failures = 0
  for (const member of members) {
    if (member.priority !== priority) continue
    tries += member.trial === undefined ? completedLately(member, window, now) : member.trial.window.triesIn(span, now)
    failures += member.trial === undefined ? 0 : member.trial.window.failuresIn(span, now)
  }
  return tries > 0 && failures >= DOWN * tries
}
