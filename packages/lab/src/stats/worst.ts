import type { FaultFigures, Figures, OperationFigures } from './figures.ts'
import type { Latencies } from './quantiles.ts'
import type { Verdict } from './verdicts.ts'

/** Of several seeds: the worst of each figure, which need not come from the same seed. */
export function worstFigures(all: readonly [Figures, ...Figures[]]): Figures {
  const [first] = all
  const worst = (figure: (each: Figures) => number): number => Math.max(...all.map(figure))
  return {
    ...first,
    calls: all.reduce((sum, { calls }) => sum + calls, 0),
    tries: all.reduce((sum, { tries }) => sum + tries, 0),
    success: Math.min(...all.map(({ success }) => success)),
    failures: addUp(all.map(({ failures }) => failures)),
    latencyMs: worstLatencies(all.map(({ latencyMs }) => latencyMs)),
    healthy: {
      calls: all.reduce((sum, { healthy }) => sum + healthy.calls, 0),
      latencyMs: worstLatencies(all.map(({ healthy }) => healthy.latencyMs))
    },
    served: Math.min(...all.map(({ served }) => served)),
    ...(first.withinShare !== undefined && {
      withinShare: Math.min(...all.map(({ withinShare = 1 }) => withinShare))
    }),
    meanMs: worst(({ meanMs }) => meanMs),
    operations: first.operations.map((each, at) => worstOperation(each, all, at)),
    extraLoad: worst(({ extraLoad }) => extraLoad),
    share: meanShare(all.map(({ share }) => share)),
    faults: first.faults.map((fault, at) => worstFault(fault, all, at)),
    repeatedWork: worst(({ repeatedWork }) => repeatedWork),
    ...(first.cpu !== undefined && { cpu: worst(({ cpu = 0 }) => cpu) }),
    latenessMs: worstLatencies(all.map(({ latenessMs }) => latenessMs))
  }
}

function worstOperation(first: OperationFigures, all: readonly Figures[], at: number): OperationFigures {
  const own = all.map(({ operations }) => operations[at] ?? first)
  return {
    operation: first.operation,
    calls: own.reduce((sum, { calls }) => sum + calls, 0),
    success: Math.min(...own.map(({ success }) => success)),
    latencyMs: worstLatencies(own.map(({ latencyMs }) => latencyMs))
  }
}

function worstLatencies(all: readonly Latencies[]): Latencies {
  const worst = (key: keyof Latencies): number => Math.max(...all.map((each) => each[key]))
  return { p50: worst('p50'), p90: worst('p90'), p99: worst('p99'), p999: worst('p999'), max: worst('max') }
}

function worstFault(fault: FaultFigures, all: readonly Figures[], at: number): FaultFigures {
  const times = all.map(({ faults }) => faults[at]?.outOfTheWayMs ?? null)
  return { ...fault, outOfTheWayMs: times.includes(null) ? null : Math.max(...times.map(Number)) }
}

/** A share has no worst; the mean says where tries went. */
function meanShare(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(all[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, share) => sum + (share[name] ?? 0), 0) / all.length])
  )
}

function addUp(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const [kind, count] of all.flatMap((each) => Object.entries(each))) sum[kind] = (sum[kind] ?? 0) + count
  return sum
}

/** The verdicts of several seeds on the same asserts: each failed if it failed once, its worst figure shown. */
export function worstVerdicts(all: readonly [readonly Verdict[], ...(readonly Verdict[])[]]): Verdict[] {
  return all[0].map((first, at) => all.reduce((worst, verdicts) => worse(worst, verdicts[at]), first))
}

function worse(a: Verdict, b: Verdict | undefined): Verdict {
  if (b === undefined) return a
  return (a.ok === b.ok ? b.load > a.load : !b.ok) ? b : a
}
