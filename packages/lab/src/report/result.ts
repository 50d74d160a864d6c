import { cpus } from 'node:os'
import type { Decisions } from '../decisions/decisions.ts'
import { faultStories } from '../decisions/fault-stories.ts'
import type { FaultStory } from '../decisions/fault-stories.ts'
import type { Outcome, Run } from '../run.ts'
import { describeLoad } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Curves } from '../stats/curves.ts'
import type { Figures } from '../stats/figures.ts'
import { COMPARED_KEYS, meansOf } from '../stats/means.ts'
import type { ComparedKey, Means } from '../stats/means.ts'
import { latencies } from '../stats/quantiles.ts'
import { shareOfWay, shareOfWayUp } from '../stats/share-of-way.ts'
import type { Series } from '../stats/series.ts'
import type { Verdict } from '../stats/verdicts.ts'
import { worstFigures, worstVerdicts } from '../stats/worst.ts'
import { peers } from '../virtual/peers/index.ts'
import type { World } from '../worlds.ts'

type Assert = Omit<Verdict, 'load'>

/** What processes decided, and what of it was about the scenario's faults, in their order. */
export interface ToldDecisions extends Decisions {
  readonly byFault: readonly FaultStory[]
}

/** A contender's figures; with several seeds the worst of each, every seed's own in `perSeed`. */
export interface ContenderResult extends Omit<Figures, 'seed'> {
  /** What kind of client it is: "inmesh", or the name of a peer. */
  readonly peer: string
  readonly asserts: readonly Assert[]
  /** Means over the seeds, each with its interval of 95 %; of one seed without width. */
  readonly means: Means
  /** How far from round robin (0) to the oracle (1) each mean has come; where both ran and are apart. */
  readonly toOracle?: Readonly<Partial<Record<ComparedKey, number>>>
  /** Step by step, of the first seed. */
  readonly series: Series
  /** Latency at rising shares of all calls, of the first seed: [share, ms]. */
  readonly cdf: Curves['cdf']
  /** What its processes decided, of the first seed; absent where none of them tells it. */
  readonly decisions?: ToldDecisions
  readonly perSeed: readonly (Figures & { readonly asserts: readonly Assert[] })[]
}

/** Of a peer of the virtual world: whether to trust it. */
export interface PeerNote {
  readonly source: string
  readonly differs: readonly string[]
  /** The published figure that it reproduces within 10 %; null: unverified. */
  readonly verified: string | null
}

/** What a run leaves as JSON. */
export interface Result {
  readonly scenario: string
  readonly title: string
  readonly world: World
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly seeds: readonly number[]
  readonly load: { readonly rate: number | null; readonly durationMs: number; readonly text: string }
  /** Who was left out and why; which bounds were hit. */
  readonly notes: readonly string[]
  /** Before the first fault, all contenders together. */
  readonly healthy: { readonly latencyMs: { readonly p50: number; readonly p99: number } }
  readonly ok: boolean
  readonly contenders: readonly ContenderResult[]
  readonly peers: Readonly<Record<string, PeerNote>>
}

export function createResult(scenario: Scenario, { world, runs, notes }: Outcome): Result {
  const { name, title, load } = scenario
  const names = [...new Set(runs.map(({ figures }) => figures.name))]
  const contenders = names.map((each) => contenderResult(scenario, each, runs))
  return {
    scenario: name,
    title,
    world,
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    seeds: [...new Set(runs.map(({ figures }) => figures.seed))],
    load: {
      rate: load.arrivals === 'closed' ? null : load.rate,
      durationMs: load.duration,
      text: describeLoad(load)
    },
    notes: [...notes, ...stops(runs)],
    healthy: { latencyMs: pooledHealthy(runs) },
    ok: runs.every(({ verdicts }) => verdicts.every(({ ok }) => ok)),
    contenders: withOracle(contenders),
    peers: peerNotes(contenders)
  }
}

function contenderResult(scenario: Scenario, name: string, all: readonly Run[]): ContenderResult {
  const runs = all.filter(({ figures }) => figures.name === name)
  const [first, ...rest] = runs
  if (first === undefined) throw new Error('a contender without runs')
  const { seed: _, ...figures } = worstFigures([first.figures, ...rest.map((run) => run.figures)])
  return {
    ...figures,
    peer: scenario.contenders.find((each) => each.name === name)?.peer ?? name,
    asserts: worstVerdicts([first.verdicts, ...rest.map(({ verdicts }) => verdicts)]).map(toAssert),
    means: meansOf(runs.map((run) => run.figures)),
    series: first.curves.series,
    cdf: first.curves.cdf,
    ...(first.decisions !== undefined && { decisions: told(scenario, first.decisions, first.curves.series) }),
    perSeed: runs.map((run) => ({ ...run.figures, asserts: run.verdicts.map(toAssert) }))
  }
}

function told({ faults, load: { duration } }: Scenario, decisions: Decisions, { share }: Series): ToldDecisions {
  return { ...decisions, byFault: faultStories(faults, { decisions, share, duration }) }
}

function toAssert({ text, ok, got }: Verdict): Assert {
  return { text, ok, got }
}

function withOracle(contenders: readonly ContenderResult[]): ContenderResult[] {
  const worst = contenders.find(({ peer }) => peer === 'round-robin')?.means
  const best = contenders.find(({ peer }) => peer === 'oracle')?.means
  if (worst === undefined || best === undefined) return [...contenders]
  return contenders.map((each) => ({ ...each, toOracle: shares(each.means, worst, best) }))
}

function shares(own: Means, worst: Means, best: Means): NonNullable<ContenderResult['toOracle']> {
  const entries = COMPARED_KEYS.flatMap((key) => {
    const share = shareOf(key, own[key].mean, worst[key].mean, best[key].mean)
    return share === undefined ? [] : [[key, share] as const]
  })
  return Object.fromEntries(entries)
}

function shareOf(key: ComparedKey, own: number, worst: number, best: number): number | undefined {
  if (key === 'success') return shareOfWayUp(own, worst, best)
  // Of what is served more is better: the same way, walked backwards.
  return key === 'served' ? shareOfWay(-own, -worst, -best) : shareOfWay(own, worst, best)
}

function peerNotes(contenders: readonly ContenderResult[]): Result['peers'] {
  const used = [...new Set(contenders.map(({ peer }) => peer))]
  return Object.fromEntries(
    used.flatMap((name) => {
      const entry = peers[name]
      if (entry === undefined) return []
      return [[name, { source: entry.source, differs: entry.differs, verified: entry.verified ?? null }] as const]
    })
  )
}

/** Which runs did not end by themselves: their figures are of what there was until then. */
function stops(runs: readonly Run[]): string[] {
  return runs.flatMap(({ figures: { name, seed, stopped } }) =>
    stopped === undefined ? [] : [`${name}, seed ${seed}: ${stopped}`]
  )
}

function pooledHealthy(runs: readonly Run[]): { p50: number; p99: number } {
  const samples = new Float64Array(runs.reduce((sum, { healthy }) => sum + healthy.length, 0))
  let at = 0
  for (const { healthy } of runs) {
    samples.set(healthy, at)
    at += healthy.length
  }
  const { p50, p99 } = latencies(samples)
  return { p50, p99 }
}

/** Times to the microsecond and shares to a millionth: more digits would be noise that nobody measured. */
export function toJson(result: object): string {
  const round = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(6)) : value
  return `${JSON.stringify(result, round, 2)}\n`
}
