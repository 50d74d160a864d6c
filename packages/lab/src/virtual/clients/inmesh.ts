import { Observers, Service } from '@inmesh/pipeline'
import type { CallOptions } from '@inmesh/pipeline'
import type { CallSink, ClientEnv, MakeClient, Upstream, VirtualCall, VirtualClient } from '../contract.ts'
import type { RequestClass } from '../../scenario/load.ts'
import { InmeshCall } from './inmesh-call.ts'
import type { VirtualReply } from './inmesh-call.ts'
import { terminal } from './inmesh-try.ts'
import { policies } from './policy.ts'
import type { VirtualPolicy } from './policy.ts'
import { targetOf } from './target.ts'

/** The shipping pipeline and policies: `createMesh` without its sockets. One for each process and service. */
export function inmeshClient(policy: Readonly<Record<string, unknown>>): MakeClient {
  const policyIn = policies(policy)
  return (env) => new InmeshClient(env, policyIn(env.zone))
}

export class InmeshClient implements VirtualClient {
  readonly service: Service<VirtualReply>
  private readonly env: ClientEnv
  private readonly options = new Map<RequestClass, CallOptions>()
  private latest: { readonly requestClass: RequestClass; readonly options: CallOptions } | undefined = undefined

  constructor(env: ClientEnv, policy: VirtualPolicy) {
    const { clock, random, service: name, upstreams, observe } = env
    const observers = new Observers()
    if (observe !== undefined) observers.add(observe())
    this.env = env
    this.service = new Service<VirtualReply>({
      name,
      clock,
      random,
      observers,
      policy,
      terminal: terminal(clock, policy.losers ?? 'auto', () => this.service.cluster)
    })
    this.members(upstreams)
  }

  members(upstreams: readonly Upstream[]): void {
    const specs = upstreams.map((upstream) => {
      const { name: key, weight = 1, zone } = upstream
      return { key, weight, zone, target: targetOf(upstream) }
    })
    this.service.cluster.pool.update(specs, this.env.clock.now())
  }

  call(call: VirtualCall, sink: CallSink): void {
    const { service } = this
    new InmeshCall(service.edge, call, this.optionsOf(call), service.random.next(), sink).begin(service.run, false)
  }

  /** What a call site says beside the request. The same object for every call of a class that brings nothing of its own. */
  private optionsOf({ requestClass, deadline, affinity }: VirtualCall): CallOptions {
    if (this.latest?.requestClass !== requestClass)
      this.latest = { requestClass, options: this.optionsOfClass(requestClass) }
    const { options } = this.latest
    if (deadline === Infinity && affinity === undefined) return options
    const timeout = deadline === Infinity ? {} : { timeout: Math.max(0, deadline - this.env.clock.now()) }
    return { ...options, ...timeout, ...(affinity === undefined ? {} : { affinity }) }
  }

  private optionsOfClass(requestClass: RequestClass): CallOptions {
    const known = this.options.get(requestClass)
    if (known !== undefined) return known
    const { operation, repeat, criticality } = requestClass
    const options = { repeat, criticality, ...(operation === undefined ? {} : { operation }) }
    this.options.set(requestClass, options)
    return options
  }
}
