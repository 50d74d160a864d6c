import { Attempts, Cluster } from '@inmesh/policy'
import type { AttemptsOptions } from '@inmesh/policy'
import type { Clock } from '@inmesh/pipeline'
import type { CallSink, ClientEnv, MakeClient, Upstream, VirtualCall, VirtualClient } from '../contract.ts'
import { PolicyCall } from './policy-call.ts'
import type { PolicyTerms } from './policy-terms.ts'
import { policies } from './policy.ts'
import type { VirtualPolicy } from './policy.ts'

/**
 * The policies alone: the shipping cluster and attempts, without the pipeline around them. Decides what `inmeshClient`
 * decides, at a third of the cost, for runs of many millions of calls. It knows balancing, reweighting, ejection,
 * guards, attempts and timeouts; what stands at the pipeline's other steps (limits, drop, modes, …) it leaves out.
 */
export function policyClient(policy: Readonly<Record<string, unknown>>): MakeClient {
  const policyIn = policies(policy)
  return (env) => new PolicyClient(env, policyIn(env.zone))
}

export class PolicyClient implements VirtualClient, PolicyTerms {
  readonly clock: Clock
  readonly cluster: Cluster<Upstream>
  readonly attempts: Attempts
  readonly total: number
  readonly perTry: number

  constructor(env: ClientEnv, policy: VirtualPolicy) {
    const { clock, random, upstreams } = env
    const now = clock.now()
    const { balance, reweight, eject, guard, timeout } = policy
    const limits = timeout === false ? undefined : timeout
    this.clock = clock
    this.total = limits?.total ?? Infinity
    this.perTry = limits?.perTry ?? Infinity
    this.cluster = new Cluster<Upstream>({
      random,
      now,
      ...given({ balance, reweight, eject, guard: guard === false ? undefined : guard })
    })
    this.attempts = new Attempts(attemptsOf(policy), random, now)
    this.members(upstreams)
  }

  members(upstreams: readonly Upstream[]): void {
    const specs = upstreams.map((target) => ({
      key: target.name,
      weight: target.weight ?? 1,
      zone: target.zone,
      target
    }))
    this.cluster.pool.update(specs, this.clock.now())
  }

  call(call: VirtualCall, sink: CallSink): void {
    new PolicyCall(this, call, sink).start()
  }
}

function attemptsOf({ retry, backup, rescue, budget }: VirtualPolicy): AttemptsOptions {
  return given({ retry, backup, rescue, budget })
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}
