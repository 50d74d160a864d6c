import type { Fault } from '../scenario/faults.ts'
import { formatGot } from '../scenario/mistakes.ts'
import type { Mistake } from '../scenario/mistakes.ts'
import type { Protocol } from '../scenario/protocol.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { failureStatuses } from './rpc-status.ts'

/** What each client can speak, where it is not everything. */
const SPEAKS: Readonly<Partial<Record<string, Protocol>>> = { undici: 'http', 'grpc-js': 'grpc' }
const SPOKEN: Readonly<Record<Protocol, string>> = { http: 'HTTP: "inmesh" or "undici"', grpc: 'gRPC: "inmesh" or "grpc-js"' }

/** Clients and failures that the protocol of a service does not have. */
export function protocolMistakes({ services, load, contenders, faults }: Scenario): Mistake[] {
  const inner = Object.values(services).flatMap(({ calls }) => calls.flatMap((step) => step.calls))
  const called = new Set([...load.classes, ...inner.map(({ requestClass }) => requestClass)].map(({ service }) => service))
  return [
    ...contenders.flatMap(({ kind, peer }, at) => {
      const own = SPEAKS[kind]
      const other = [...called].find((name) => own !== undefined && services[name]?.protocol !== own)
      if (other === undefined) return []
      const accepted = `a client of ${other}, which speaks ${SPOKEN[services[other]?.protocol ?? 'http']}`
      return [{ path: `contenders[${at}].peer`, got: formatGot(peer), accepted }]
    }),
    ...Object.entries(services).flatMap(([name, { protocol, failures }]) =>
      protocol === 'grpc' && failures !== undefined ? codeMistakes(`services.${name}.failures.code`, failures.code) : []
    ),
    ...faults.flatMap((each, at) =>
      each.kind === 'fail' && hitsGrpc(each, services) ? codeMistakes(`faults[${at}].code`, each.code) : []
    )
  ]
}

function hitsGrpc({ targets }: Fault, services: Scenario['services']): boolean {
  return targets.some((name) => services[name.replace(/-\d+$/, '')]?.protocol === 'grpc')
}

function codeMistakes(path: string, code: number): Mistake[] {
  if (failureStatuses.includes(code)) return []
  return [{ path, got: String(code), accepted: `a status that gRPC has a code for: ${failureStatuses.join(', ')}` }]
}
