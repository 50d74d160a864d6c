import type { Bar } from './bar.ts'
import type { Row } from './result.ts'

/** What a bench has found out. */
export interface Finding {
  readonly rows: readonly Row[]
  readonly bars: readonly Bar[]
  /** Of the interval of the ratio of the baseline against itself; 0 where nothing is a ratio. */
  readonly controlHalfWidth: number
  /** What a reader must know beside the numbers. */
  readonly notes: readonly string[]
}

export interface Bench {
  readonly name: string
  /** `seconds`: about how long it may take. */
  readonly run: (seconds: number) => Promise<Finding>
}
