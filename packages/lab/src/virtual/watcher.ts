import type { Tick } from '../recording.ts'
import type { Step } from '../workload/timeline.ts'

/** Told while a run goes on. */
export interface Watcher {
  readonly tick?: (tick: Tick) => void
  readonly step?: (step: Step) => void
}
