import { differenceOf } from '../stats/difference.ts'
import type { Difference } from '../stats/difference.ts'
import { mean } from '../stats/interval.ts'
import { COMPARED } from '../stats/means.ts'
import type { ComparedKey } from '../stats/means.ts'
import type { ReadResult } from './read.ts'

export interface ComparedFigure extends Difference {
  readonly contender: string
  readonly figure: ComparedKey
  readonly first: number
  readonly second: number
}

/** Two results side by side. */
export interface ResultComparison {
  readonly first: Side
  readonly second: Side
  /** Compared seed by seed, or as two samples. */
  readonly paired: boolean
  readonly figures: readonly ComparedFigure[]
  /** What a reader has to know: who is in one of them only, what else differs. */
  readonly notes: readonly string[]
}

interface Side {
  readonly name: string
  readonly scenario: string
  readonly world: ReadResult['world']
  readonly seeds: readonly number[]
}

const KEYS: readonly ComparedKey[] = ['success', 'served', 'p50', 'p99', 'p999', 'extraLoad']

export function compareResults(
  names: readonly [string, string],
  first: ReadResult,
  second: ReadResult
): ResultComparison {
  const paired = first.world === second.world && first.scenario === second.scenario && sameSeeds(first, second)
  return {
    first: sideOf(names[0], first),
    second: sideOf(names[1], second),
    paired,
    figures: first.contenders.flatMap(({ name, perSeed }) => {
      const other = second.contenders.find((each) => each.name === name)?.perSeed
      const keys = KEYS.filter((key) =>
        [...perSeed, ...(other ?? [])].every((each) => COMPARED[key].of(each) !== undefined)
      )
      return other === undefined ? [] : keys.map((key) => compareFigure(name, key, perSeed, other, paired))
    }),
    notes: notesOf(names, first, second)
  }
}

function sideOf(name: string, { scenario, world, seeds }: ReadResult): Side {
  return { name, scenario, world, seeds }
}

function sameSeeds(first: ReadResult, second: ReadResult): boolean {
  return first.seeds.length === second.seeds.length && first.seeds.every((seed, at) => seed === second.seeds[at])
}

type PerSeed = ReadResult['contenders'][number]['perSeed']

function compareFigure(
  contender: string,
  figure: ComparedKey,
  a: PerSeed,
  b: PerSeed,
  paired: boolean
): ComparedFigure {
  const [first, second] = [a.map(COMPARED[figure].of), b.map(COMPARED[figure].of)]
  return { contender, figure, first: mean(first), second: mean(second), ...differenceOf(first, second, paired) }
}

function notesOf([a, b]: readonly [string, string], first: ReadResult, second: ReadResult): string[] {
  const only = (here: ReadResult, there: ReadResult, name: string): string[] => {
    const missing = here.contenders.filter((each) => !there.contenders.some((other) => other.name === each.name))
    return missing.length === 0 ? [] : [`only in ${name}: ${missing.map((each) => each.name).join(', ')}`]
  }
  const scenarios =
    first.scenario === second.scenario ? [] : [`two scenarios: ${first.scenario} in ${a}, ${second.scenario} in ${b}`]
  const stopped = [...first.notes.map((note) => `${a}: ${note}`), ...second.notes.map((note) => `${b}: ${note}`)]
  return [...scenarios, ...only(first, second, a), ...only(second, first, b), ...stopped]
}
