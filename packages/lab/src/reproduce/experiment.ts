export type Unit = 'ms' | '%' | '×' | 'calls' | 's'

/** One published number and ours. Shares are told in per cent. */
export interface Figure {
  readonly what: string
  /** Undefined: nothing was published of this; it stands beside what was. */
  readonly published: number | undefined
  readonly ours: number
  readonly unit: Unit
}

export interface Experiment {
  readonly title: string
  /** Who published it, and where. */
  readonly source: string
  /** What differs in set-up from what was published. */
  readonly differs: readonly string[]
  /** `note` is told what is being run. */
  readonly run: (note: (what: string) => void) => Figure[]
}

export interface Reproduction extends Omit<Experiment, 'run'> {
  readonly name: string
  readonly figures: readonly Figure[]
}

/** The bar for "reproduced". */
export const WITHIN = 0.1

/** Ours ÷ published − 1; undefined where nothing was published. */
export function deviation({ published, ours }: Figure): number | undefined {
  return published === undefined || published === 0 ? undefined : ours / published - 1
}

/** Undefined where nothing was published. */
export function isReproduced(figure: Figure): boolean | undefined {
  const off = deviation(figure)
  return off === undefined ? undefined : Math.abs(off) <= WITHIN
}
