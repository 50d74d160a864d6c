import type { Instant } from '@inmesh/policy'
import type { Fault } from '../../scenario/faults.ts'
import { DRAW } from '../../workload/draws.ts'
import type { Engine } from '../engine.ts'
import type { FailureLaw } from '../instance/failing.ts'
import type { Instance } from '../instance/instance.ts'
import { warming } from '../instance/speed.ts'
import type { Factor } from '../instance/speed.ts'
import type { FaultEnv } from './env.ts'
import { Pauses } from './pauses.ts'

/** Puts a fault into effect and answers what takes it back. */
export function beginFault(fault: Fault, env: FaultEnv): () => void {
  const { fleet, engine } = env
  const now = engine.agenda.now()
  const each = (begin: (instance: Instance) => () => void): (() => void) => {
    const ends = fault.targets.map((name) => begin(fleet.instance(name)))
    return () => ends.forEach((end) => end())
  }
  switch (fault.kind) {
    case 'slow':
      return each((instance) => scaled(instance, () => fault.factor))
    case 'coldStart':
      return each((instance) => scaled(instance, warming(fault.factor, now, fault.for)))
    case 'antagonist':
      return each((instance) => scaled(instance, antagonist(fault, instance, engine, now)))
    case 'fail':
      return each((instance) => failing(instance, fault))
    case 'hang':
      return each((instance) => {
        instance.stop()
        return () => instance.go()
      })
    case 'pause':
      return each((instance) => new Pauses(fault, instance, env).begin())
    case 'kill':
      return each((instance) => {
        instance.kill()
        return () => instance.restart()
      })
    case 'capacity':
      return each((instance) => {
        const { slots } = instance
        instance.resize(fault.slots)
        return () => instance.resize(slots)
      })
    case 'partition': {
      const keys = [...fault.clients, ...fault.callers]
      return each((instance) => {
        for (const key of keys) instance.cutOff.set(key, fault.mode)
        return () => keys.forEach((key) => instance.cutOff.delete(key))
      })
    }
    case 'add':
      return added(fault, env)
    case 'remove':
      return removed(fault, env)
    // Every clock that policies are handed is monotonic: what a wall clock does is nothing to them, which is the point.
    case 'clockStep':
      return () => {}
  }
}

function scaled(instance: Instance, factor: Factor): () => void {
  instance.speed.add(factor)
  return () => instance.speed.remove(factor)
}

function failing(instance: Instance, { share, code, latency }: FailureLaw): () => void {
  const law = { share, code, latency }
  instance.failing.add(law)
  return () => instance.failing.remove(law)
}

/** Speeds drawn evenly by replica and stretch of time; a service time is its inverse. */
function antagonist(
  { amount, every }: { readonly amount: number; readonly every: number },
  { place }: Instance,
  { draws }: Engine,
  from: Instant
): Factor {
  return (now) => 1 / (1 - amount + 2 * amount * draws.of(Math.floor((now - from) / every), place, DRAW.speed))
}

type Of<K extends Fault['kind']> = Extract<Fault, { readonly kind: K }>

function added(fault: Of<'add'>, { fleet, registry, engine }: FaultEnv): () => void {
  const service = fleet.service(fault.service)
  const known = fault.targets.filter((name) => fleet.has(name))
  const joined =
    known.length > 0
      ? known.map((name) => fleet.instance(name))
      : fleet.join(fault.service, { names: fault.targets, zone: fault.zone, weight: fault.weight })
  for (const instance of joined) instance.restart()
  const tell = (members: Instance[]): void =>
    later(engine, fault.toldAfter, () => {
      service.members = members
      registry.tell(service.name)
    })
  tell([...service.members, ...joined])
  return () => {
    const gone = new Set(joined)
    tell(service.members.filter((instance) => !gone.has(instance)))
    for (const instance of joined) instance.kill()
  }
}

/** Clients are told after a while; the process ends after a grace. Both are undone at the end of the fault. */
function removed(fault: Of<'remove'>, { fleet, registry, engine }: FaultEnv): () => void {
  const leaving = new Set(fault.targets.map((name) => fleet.instance(name)))
  const services = [...fleet.services.values()].filter(({ instances }) =>
    instances.some((instance) => leaving.has(instance))
  )
  const told = (change: (members: Instance[], all: readonly Instance[]) => Instance[]): void =>
    later(engine, fault.toldAfter, () => {
      for (const service of services) {
        service.members = change(service.members, service.instances)
        registry.tell(service.name)
      }
    })
  let ended = false
  told((members) => members.filter((instance) => !leaving.has(instance)))
  later(engine, fault.grace, () => {
    if (!ended) for (const instance of leaving) instance.kill()
  })
  return () => {
    ended = true
    for (const instance of leaving) if (!instance.up) instance.restart()
    told((members, all) => all.filter((instance) => leaving.has(instance) || members.includes(instance)))
  }
}

function later(engine: Engine, delay: number, act: () => void): void {
  if (delay === 0) act()
  else engine.agenda.schedule(engine.agenda.now() + delay, false, act, undefined)
}
