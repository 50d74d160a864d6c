import type { Clock, MeshHost } from '@inmesh/pipeline'
import type { Instant, Random } from '@inmesh/policy'
import type { NextTurn } from './admission/gate.ts'
import type { DelayListener, LoopDelay } from './admission/loop-delay.ts'

/** Anything that lends what servers need: a mesh of `createMesh`. */
export interface Meshed {
  readonly host: MeshHost
}

/** What hears of requests to measure load, and may add to their replies. */
export interface RequestMeter {
  began(now: Instant): void
  /** `failed`: a status of 500 or more, a handler that did not end in time, or one that a drain has cut off. */
  ended(now: Instant, failed: boolean): void
  /** A request was turned away because there are too many. */
  refused?(): void
  /**
   * Headers for a reply: name, value, name, value. Asked as its head is sent: what was in flight when the request came is
   * old by then, and worse than nothing to a client that balances by it. The handler's own win.
   */
  replyHeaders?(now: Instant): readonly string[]
  /** The same for trailers of gRPC, which take bytes: the value of `endpoint-load-metrics-bin`. */
  replyBytes?(now: Instant): Uint8Array | undefined
}

/** What comes from the machine, so that tests move it by hand. */
export interface ServerSeams {
  readonly clock?: Clock
  readonly random?: Random
  readonly turn?: NextTurn
  /** In the same turn, after what was begun in it. */
  readonly rest?: NextTurn
  readonly loopDelay?: (now: () => Instant, busy: () => boolean, tell: DelayListener) => LoopDelay
}
