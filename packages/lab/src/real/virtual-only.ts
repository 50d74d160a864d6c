import type { Fault, FaultKind } from '../scenario/faults.ts'
import { formatGot } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import type { RequestClass } from '../scenario/request-class.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Service } from '../scenario/service.ts'

/** What a scenario may say and real processes on one machine do not do: one sentence each. */
export function newFieldMistakes({ services, clients, load, faults, contenders }: Scenario): Mistake[] {
  return [
    ...Object.entries(services).flatMap(([name, each]) => serviceMistakes(each, `services.${name}`)),
    ...refuse(
      clients.processes > 1,
      'clients.processes',
      clients.processes,
      '1: the real world has one client process'
    ),
    ...refuse(clients.zones.length > 0, 'clients.zones', clients.zones, 'none: one machine has no zones'),
    ...refuse(load.arrivals === 'closed', 'load.arrivals', load.arrivals, 'an open loop: real clients do not wait'),
    ...load.classes.flatMap((each, at) => classMistakes(each, `load.classes[${at}]`)),
    ...faults.flatMap((each, at) => faultMistakes(each, `faults[${at}]`)),
    ...contenders.flatMap(({ callers }, at) =>
      Object.entries(callers).flatMap(([name, { kind, peer }]) =>
        refuse(kind === 'peer', `contenders[${at}].callers.${name}.peer`, peer, '"inmesh": real replicas know no others')
      )
    )
  ]
}

function refuse(wrong: boolean, path: string, got: unknown, accepted: string): Mistake[] {
  return wrong ? [{ path, got: formatGot(got), accepted: `${accepted} (the virtual world can)` }] : []
}

function serviceMistakes(service: Service, path: string): Mistake[] {
  const { replicas, perConcurrent, rejectCode, failures, cancelled, coldStart, network, calls, instances } = service
  const { slots, zones, holdsSlot, work, queue } = service
  const inner = calls.flatMap(({ calls: each }, step) =>
    each.map((call, at) => ({ ...call, path: `${path}.calls[${step}].calls[${at}]` }))
  )
  const differ = instances.some(
    (each) => each.timeFactor !== 1 || each.slots !== slots || each.weight !== 1 || each.zone !== undefined
  )
  return [
    ...refuse(replicas === 0, `${path}.replicas`, 0, 'at least 1: real clients are not made over an empty fleet'),
    ...refuse(
      perConcurrent > 0,
      `${path}.perConcurrent`,
      perConcurrent,
      '0: real replicas do not slow down with company'
    ),
    ...refuse(rejectCode !== 503, `${path}.rejectCode`, rejectCode, '503: what a full real replica answers'),
    ...refuse(
      failures?.latency !== undefined,
      `${path}.failures.latency`,
      'a distribution',
      'none: real replicas fail at once'
    ),
    ...refuse(
      work === 'cpu' && queue !== undefined,
      `${path}.queue`,
      queue,
      'none: who computes does not see how many wait'
    ),
    ...refuse(
      cancelled !== 'runs-on',
      `${path}.cancelled`,
      cancelled,
      '"runs-on": real replicas do not look whether the client is still there'
    ),
    ...refuse(coldStart !== undefined, `${path}.coldStart`, coldStart, 'none: real replicas are warm at once'),
    ...refuse(
      network.delay !== undefined,
      `${path}.network.delay`,
      network.delay?.kind,
      'none: the real network is the loopback'
    ),
    ...refuse(
      network.crossZone !== undefined,
      `${path}.network.crossZone`,
      network.crossZone?.kind,
      'none: one machine has no zones'
    ),
    ...inner.flatMap(({ requestClass, to, path: at }) => [
      ...refuse(to !== 'any', `${at}.to`, to, '"any": the client of a real replica chooses'),
      ...classMistakes(requestClass, at)
    ]),
    ...refuse(holdsSlot, `${path}.holdsSlot`, true, 'false: Node works on others while it waits'),
    ...refuse(zones.length > 0, `${path}.zones`, zones, 'none: one machine has no zones'),
    ...refuse(
      differ && zones.length === 0,
      `${path}.overrides`,
      'replicas that differ',
      'none: real replicas are alike'
    )
  ]
}

function classMistakes({ affinity, timeFactor }: RequestClass, path: string): Mistake[] {
  return [
    ...refuse(affinity !== undefined, `${path}.affinity`, affinity, 'none: real clients are told no key'),
    ...refuse(timeFactor !== 1, `${path}.timeFactor`, timeFactor, '1: real replicas know no operations')
  ]
}

const REAL_KINDS: ReadonlySet<FaultKind> = new Set(['slow', 'fail', 'hang', 'kill'])

function faultMistakes(fault: Fault, path: string): Mistake[] {
  const slowFailure = fault.kind === 'fail' && fault.latency !== undefined
  return [
    ...refuse(
      !REAL_KINDS.has(fault.kind),
      `${path}.kind`,
      fault.kind,
      `${[...REAL_KINDS].join(', ')}: what real processes are made to suffer`
    ),
    ...refuse(slowFailure, `${path}.latency`, 'a distribution', 'none: real replicas fail at once')
  ]
}
