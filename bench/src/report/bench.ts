import type { Bar } from './bar.ts'
import type { Row } from './result.ts'

/** What a bench has found out. */
export interface Finding {
  readonly rows: readonly Row[]
  readonly bars: readonly Bar[]
  /** What a reader must know beside the numbers. */
  readonly notes: readonly string[]
}

export interface Bench {
  readonly name: string
  /** `seconds`: about how long it may take. */
  readonly run: (seconds: number) => Promise<Finding>
}
