import { OUTCOME } from '../recording.ts'
import type { Recording } from '../recording.ts'
import type { Assertion } from '../scenario/asserts.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { triesShare } from './figures.ts'
import type { Figures } from './figures.ts'
import { latencies } from './quantiles.ts'

/**
 * What each assert asks of one run, as one number: two runs can be compared by it when their recordings, which may
 * hold millions of calls, are gone. Undefined: this run has no such figure.
 */
export function readAsserts(scenario: Scenario, recording: Recording, figures: Figures): (number | undefined)[] {
  return scenario.asserts.map((each) => read(each, scenario, recording, figures))
}

function read(each: Assertion, scenario: Scenario, recording: Recording, figures: Figures): number | undefined {
  switch (each.metric) {
    case 'success':
      return shareOf(callsIn(each, scenario, recording), succeeded(recording))
    case 'served':
      return servedRate(each, scenario, recording)
    case 'latency': {
      if (isWhole(each) && each.calls === 'all') return figures.latencyMs[each.quantile]
      const { latency } = recording.result
      const counts = each.calls === 'served' ? succeeded(recording) : (): boolean => true
      const those = callsIn(each, scenario, recording).filter(counts)
      // Nobody was served: as slow as it gets, and not as fast.
      if (each.calls === 'served' && those.length === 0) return Infinity
      return latencies(those.map((call) => latency[call] ?? 0))[each.quantile]
    }
    case 'shareOfOracle':
      return figures.latencyMs[each.quantile]
    case 'extraLoad':
      return isWhole(each) ? figures.extraLoad : extraLoadIn(each, scenario, recording)
    case 'tries':
      return triesAt(each.service, scenario, recording)
    case 'faultShare': {
      const fault = scenario.faults.find(({ name }) => name === each.fault)
      if (fault === undefined) return undefined
      return triesShare(recording, fault.targets, { from: fault.at + each.after, to: fault.at + fault.for })
    }
    case 'outOfTheWay':
      return figures.faults.find(({ name }) => name === each.fault)?.outOfTheWayMs ?? Infinity
    case 'repeatedWork':
      return figures.repeatedWork
    case 'cpu':
      return figures.cpu
  }
}

interface Part {
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly operation?: string | undefined
}

function isWhole({ from, until, operation }: Part): boolean {
  return from === undefined && until === undefined && operation === undefined
}

/** Indices of the measured calls that an assert is about. */
function callsIn({ from = 0, until = Infinity, operation }: Part, { load }: Scenario, { result }: Recording): number[] {
  const classes = load.classes.map((each) => operation === undefined || each.operation === operation)
  const calls: number[] = []
  for (let call = 0; call < result.dueAt.length; call++) {
    const due = result.dueAt[call] ?? -1
    if (due >= from && due < until && classes[result.classOf[call] ?? 0] === true) calls.push(call)
  }
  return calls
}

function succeeded({ result }: Recording): (call: number) => boolean {
  return (call) => result.outcome[call] === OUTCOME.success
}

function shareOf(calls: readonly number[], counts: (call: number) => boolean): number {
  return calls.length === 0 ? 0 : calls.filter(counts).length / calls.length
}

function servedRate(each: Extract<Assertion, { metric: 'served' }>, scenario: Scenario, recording: Recording): number {
  const { from = 0, until = scenario.load.duration, within = Infinity } = each
  const good = succeeded(recording)
  const { latency } = recording.result
  const served = callsIn(each, scenario, recording).filter((call) => good(call) && (latency[call] ?? 0) <= within)
  return (served.length / (until - from)) * 1_000
}

function triesAt(service: string, { faults }: Scenario, { endpoints, result }: Recording): number {
  const joined = new Set(faults.flatMap((each) => (each.kind === 'add' && each.service === service ? each.targets : [])))
  const isOwn = (name: string): boolean => joined.has(name) || name.slice(0, name.lastIndexOf('-')) === service
  const own = new Set(endpoints.flatMap((name, at) => (isOwn(name) ? [at] : [])))
  const reached = result.tries.endpoint.filter((endpoint) => own.has(endpoint)).length
  return result.dueAt.length === 0 ? 0 : reached / result.dueAt.length
}

function extraLoadIn(part: Part, scenario: Scenario, recording: Recording): number {
  const calls = new Set(callsIn(part, scenario, recording))
  const tries = recording.result.tries.call.filter((call) => calls.has(call)).length
  return calls.size === 0 ? 0 : tries / calls.size - 1
}
