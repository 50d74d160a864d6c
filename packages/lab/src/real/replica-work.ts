import { draw } from '../random.ts'
import type { Service } from '../scenario/scenario.ts'
import { DRAW } from '../workload/draws.ts'
import { serviceTimeAt } from '../workload/service-time.ts'
import { burn } from './burn.ts'
import type { Callees } from './callees.ts'
import { CALL_HEADER, DRAW_HEADER, ONCE_HEADER } from './messages.ts'
import type { Behaviour } from './messages.ts'

const HEALTHY: Behaviour = { factor: 1, failCode: 503, failShare: 0 }
/** A call that failed for what was called for it. */
const FAILED_BELOW = 502

export interface WorkOptions {
  readonly service: Service
  readonly seed: number
  readonly number: number
  readonly onOnce: (call: number) => void
  /** What it calls, once it is known where that is. */
  readonly callees?: () => Callees | undefined
}

/** A replica, whatever it speaks. */
export interface Replica {
  /** Port 0: any free one. Answers with the port it has. */
  readonly listen: (port: number) => Promise<number>
  /** Requests that came, those included that were turned away. */
  readonly arrivals: () => number
  readonly behave: (behaviour: Behaviour) => void
}

interface Arrived {
  readonly root: number
  readonly key: number
  readonly once: boolean
}

/** Gives a call its answer, an HTTP status, with how many were in flight then, itself included. */
type Answer = (status: number, inFlight: number) => void

export interface ReplicaWork {
  /** A call that has come whole; `header` reads what it says of itself. */
  readonly arrive: (header: (name: string) => string | undefined, answer: Answer) => void
  readonly behave: Replica['behave']
}

/**
 * A service whose work is waiting on a timer, `slots` at once, the rest in a queue, first come, first served; or computing,
 * one at a time, where the queue is the event loop's.
 */
export function createWork({ service, seed, number, onOnce, callees }: WorkOptions): ReplicaWork {
  const drawer = service.drawnBy === 'call' ? 0 : number
  const calls = service.calls.length > 0
  const waiting: (() => void)[] = []
  let behaviour = HEALTHY
  let working = 0
  let inFlight = 0

  function arrive(header: (name: string) => string | undefined, answer: Answer): void {
    inFlight++
    const arrived = readArrived(header)
    const failure = failureOf(arrived)
    if (failure !== undefined) return reply(answer, failure)
    if (!calls) return enter(arrived, answer, () => reply(answer, 200))
    void serve(arrived, answer)
  }

  function failureOf({ key }: Arrived): number | undefined {
    const u = draw(seed, key, number, DRAW.failure)
    if (u < behaviour.failShare) return behaviour.failCode
    return service.failures !== undefined && u < service.failures.share ? service.failures.code : undefined
  }

  async function serve(arrived: Arrived, answer: Answer): Promise<void> {
    const below = callees?.()
    if (below === undefined || !(await below.make('before', arrived))) return reply(answer, FAILED_BELOW)
    enter(arrived, answer, () => {
      void below.make('after', arrived).then((whole) => reply(answer, whole ? 200 : FAILED_BELOW))
    })
  }

  /** It works as soon as there is a slot. */
  function enter(arrived: Arrived, answer: Answer, done: () => void): void {
    const start = (): void => work(arrived, done)
    if (working < service.slots) return start()
    if (waiting.length >= (service.queue ?? Infinity)) return reply(answer, 503)
    waiting.push(start)
  }

  function work({ key, root, once }: Arrived, done: () => void): void {
    if (once) onOnce(root)
    const millis = serviceTimeAt(service.serviceTime, draw(seed, key, drawer, DRAW.time)) * behaviour.factor
    if (service.work === 'cpu') {
      burn(millis)
      return done()
    }
    working++
    setTimeout(() => {
      done()
      working--
      waiting.shift()?.()
    }, millis)
  }

  function reply(answer: Answer, status: number): void {
    answer(status, inFlight--)
  }

  return { arrive, behave: (next) => void (behaviour = next) }
}

function readArrived(header: (name: string) => string | undefined): Arrived {
  const root = Number(header(CALL_HEADER) ?? 0)
  return { root, key: Number(header(DRAW_HEADER) ?? root), once: header(ONCE_HEADER) !== undefined }
}
