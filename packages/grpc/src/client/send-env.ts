import type { Clock, LoadReports } from '@inmesh/pipeline'
import type { Millis } from '@inmesh/policy'
import type { Classifier } from './classify.ts'

/** How tries of one client go over the wire. */
export interface SendEnv extends Classifier {
  readonly clock: Clock
  readonly wallNow: () => number
  /** Between two messages of a reply; undefined for no limit. */
  readonly idle: Millis | undefined
  /** Hears what trailers say of their server's load; undefined where nobody balances by it. */
  readonly reports: LoadReports | undefined
  /** Whether messages are bytes here, as beneath a channel; above an interceptor they are the user's own. */
  readonly serialised: boolean
}
