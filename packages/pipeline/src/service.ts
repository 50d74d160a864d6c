import { Cluster, type ClusterEvent, type Millis, type Operations, type Random } from '@inmesh/policy'
import type { Clock } from './clock.ts'
import { compile, type Step, type Terminal } from './compile.ts'
import type { CallContext, Target } from './context.ts'
import type { EdgeEnv } from './edge.ts'
import type { Engine } from './engine.ts'
import { closed } from './errors.ts'
import type { MeshEvent } from './events.ts'
import { refusal, SettledExchange } from './exchange.ts'
import { Faults } from './faults.ts'
import type { Next } from './interceptor.ts'
import { Kept } from './kept.ts'
import type { Observers } from './observers.ts'
import type { LayerEnv } from './layer.ts'
import { enforcement, strictest, type Mode } from './mode.ts'
import { preset } from './preset.ts'
import type { ServicePolicy } from './service-policy.ts'
import { WaitingRoom } from './waiting-room.ts'

/** One way through a service, for one kind of client. */
export interface Chain<R> {
  readonly terminal: Terminal<R>
  run: Next<CallContext, R>
}

export interface ServiceOptions<R> {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly policy: ServicePolicy
  /** The kill switch above the policy's own mode. */
  readonly ceiling?: Mode
  /** Asked at each compilation. Default: none. */
  readonly engine?: () => Engine | undefined
  readonly terminal: Terminal<R>
}

/**
 * One callee: the state that outlives every policy (endpoints, estimates, budgets, limits) and the chain compiled from
 * the policy in force. `run` is read afresh for each call, so a call that has begun ends under the policy it began with.
 */
export class Service<R> implements LayerEnv {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly faults: Faults
  readonly cluster: Cluster<Target>
  policy: ServicePolicy
  edge: EdgeEnv
  /** The chain of the service's own protocol; read afresh for each call. */
  readonly main: Chain<R>
  steps: readonly Step[] = []
  /** Why nobody knows an endpoint, where discovery has said so: the cause of the refusals that come of it. */
  lost: unknown = undefined
  private readonly engineOf: () => Engine | undefined
  private ceiling: Mode
  private closed = false
  private waiting: WaitingRoom | undefined = undefined
  private readonly chains: Chain<unknown>[] = []
  private readonly kept = new Kept()

  constructor(options: ServiceOptions<R>) {
    const { name, clock, random, observers, policy } = options
    this.service = name
    this.clock = clock
    this.random = random
    this.observers = observers
    this.policy = policy
    this.ceiling = options.ceiling ?? 'on'
    this.engineOf = options.engine ?? (() => undefined)
    this.cluster = new Cluster<Target>({ random, now: clock.now(), ...clusterOptions(policy), notify: (event) => this.tell(event) })
    this.faults = new Faults(name, clock, observers, () => this.compile())
    this.edge = this.edgeEnv()
    this.main = this.chain(options.terminal)
  }

  get run(): Next<CallContext, R> {
    return this.main.run
  }

  /** The same policies and the same state before another client; recompiled with all others when the policy changes. */
  chain<S>(terminal: Terminal<S>): Chain<S> {
    const chain: Chain<S> = { terminal, run: nowhere }
    chain.run = this.compiled(chain)
    this.chains.push(chain as Chain<unknown>)
    return chain
  }

  /** Calls that have begun end as they would; new ones are refused. */
  close(): void {
    this.closed = true
    this.compile()
    this.release()
  }

  /** Calls wait until `release`, or for `most`: where they can go is still being found out. */
  hold(most: Millis): void {
    this.waiting ??= new WaitingRoom(this.clock, most, () => this.release())
    this.compile()
  }

  /** What waits goes on, in the order in which it came. */
  release(): void {
    const { waiting } = this
    if (waiting === undefined) return
    this.waiting = undefined
    this.compile()
    waiting.empty()
  }

  get engine(): Engine | undefined {
    return this.engineOf()
  }

  get operations(): Operations {
    return this.cluster.operations
  }

  keep<T>(name: string, make: () => T): T {
    return this.kept.get(name, make)
  }

  /** The state of a step that stands in the chain now; a policy that was taken out has left its state behind. */
  stateOf<T>(step: string): T | undefined {
    return this.steps.some(({ name }) => name === step) ? this.kept.find<T>(step) : undefined
  }

  /** A new policy over the same state; calls in flight end under the old one. */
  configure(policy: ServicePolicy, ceiling: Mode = this.ceiling): void {
    this.policy = policy
    this.ceiling = ceiling
    this.faults.forgive()
    this.cluster.configure(clusterOptions(policy))
    this.edge = this.edgeEnv()
    this.compile()
    if (!this.observers.active) return
    const chain = this.steps.map((step) => step.name)
    this.observers.emit({ type: 'policy-changed', service: this.service, at: this.clock.now(), chain })
  }

  get mode(): Mode {
    return strictest(this.ceiling, this.policy.mode)
  }

  /** The chain as compiled, outermost first, each step with its scope and its reason. */
  describe(): readonly Step[] {
    return this.steps
  }

  private compile(): void {
    for (const chain of this.chains) chain.run = this.compiled(chain)
    this.kept.retire(this.closed ? new Set() : new Set(this.steps.map(({ name }) => name)))
  }

  private compiled<S>(chain: Chain<S>): Next<CallContext, S> {
    if (this.closed) return (call, done) => done(new SettledExchange(refusal('UNAVAILABLE', closed(this.service)), call.now))
    const { steps, run } = compile(preset(this.policy, this.ceiling), this, chain.terminal)
    this.steps = steps
    const { waiting } = this
    return waiting === undefined ? run : (call, done) => waiting.enter(call, () => chain.run(call, done))
  }

  private edgeEnv(): EdgeEnv {
    const { service, clock, observers, policy } = this
    const timeout = policy.timeout === false ? undefined : policy.timeout
    return {
      service,
      clock,
      observers,
      timeout: timeout?.total ?? Infinity,
      timeoutShare: enforcement(strictest(this.mode, timeout?.mode)),
      criticality: policy.criticality ?? 'CRITICAL',
    }
  }

  private tell(event: ClusterEvent<Target>): void {
    if (!this.observers.active) return
    const where = 'endpoint' in event ? { endpoint: event.endpoint.key } : {}
    this.observers.emit({ ...event, ...where, service: this.service, at: this.clock.now() } as MeshEvent)
  }
}

const nowhere: Next<CallContext, never> = () => {
  throw new Error('a chain is compiled before it is run')
}

function clusterOptions(policy: ServicePolicy): Pick<ConstructorParameters<typeof Cluster>[0], 'balance' | 'reweight' | 'eject' | 'guard'> {
  const { balance, reweight, eject, guard } = policy
  return {
    ...(balance === undefined ? {} : { balance }),
    ...(reweight === undefined ? {} : { reweight }),
    ...(eject === undefined ? {} : { eject }),
    ...(guard === undefined || guard === false ? {} : { guard }),
  }
}
