import type { Failure, Instant, Millis } from '@inmesh/policy'
import type { Clairvoyance, Upstream, VirtualCall } from './contract.ts'
import { Route } from './route.ts'
import type { Instance } from './instance/instance.ts'
import { refused } from './outcomes.ts'

/** The truth about replicas as it is now; what faults are still to come is hidden even from an oracle. */
export class Truth implements Clairvoyance {
  /** Where it depends on how much is worked on at once: as it is now. */
  serviceTime(call: VirtualCall, upstream: Upstream, now: Instant): Millis {
    const instance = instanceOf(upstream)
    if (isLost(upstream)) return Infinity
    return instance.serviceTime(call, now, Math.min(instance.working + 1, instance.slots))
  }

  wait(upstream: Upstream, now: Instant): Millis {
    const instance = instanceOf(upstream)
    if (!instance.up || instance.stopped || instance.slots === 0 || isLost(upstream)) return Infinity
    return instance.outlook.wait(now)
  }

  failure(call: VirtualCall, upstream: Upstream, now: Instant): Failure | undefined {
    const instance = instanceOf(upstream)
    if (!instance.up) return refused()
    const drawn = instance.failing.of(call, now)?.outcome
    return drawn?.kind === 'failure' ? drawn : undefined
  }
}

function instanceOf(upstream: Upstream): Instance {
  if (!(upstream instanceof Route)) throw new Error('only upstreams of this world can be looked into')
  return upstream.instance
}

function isLost(upstream: Upstream): boolean {
  return upstream instanceof Route && upstream.instance.cutOff.has(upstream.caller.key)
}
