import { HttpService, ServiceDispatcher, type HttpPolicy } from '@inmesh/http'
import { nodeClock, nodeRandom, Observers, type Observer } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { InstantWire } from './instant-wire.ts'
import { MemoryTarget } from './memory-target.ts'

/** Something to send through that needs no socket. `answer` lets the wire reply to all that was sent. */
export interface MemoryContender {
  readonly name: string
  readonly steps: string
  readonly send: (handler: Dispatcher.DispatchHandler) => void
  readonly answer: () => void
  /** Before and after each block of requests, for what must not be heard by others. */
  readonly begin?: () => void
  readonly end?: () => void
}

const options: Dispatcher.DispatchOptions = { path: '/items/42', method: 'GET' }

/** In turn over three wires. */
export function bareMemory(): MemoryContender {
  const wires = [new InstantWire(), new InstantWire(), new InstantWire()]
  let turn = 0
  return {
    name: 'undici', steps: '',
    send: (handler) => {
      turn = (turn + 1) % wires.length
      wires[turn]?.dispatch(options, handler)
    },
    answer: () => { for (const wire of wires) wire.answerAll() },
  }
}

export function governedMemory(name: string, policy: HttpPolicy, observer?: Observer): MemoryContender {
  const clock = nodeClock()
  const observers = new Observers()
  if (observer !== undefined) observers.add(observer)
  const service = new HttpService({ name: 'catalog', clock, random: nodeRandom, observers, policy })
  const wires = [new InstantWire(), new InstantWire(), new InstantWire()]
  const list = wires.map((wire, i) => ({ key: `catalog-${i}`, target: new MemoryTarget(`catalog-${i}`, wire) }))
  service.core.cluster.pool.update(list, clock.now())
  const dispatcher = new ServiceDispatcher(service)
  return {
    name,
    steps: service.core.describe().map((step) => step.name).join(' > '),
    send: (handler) => void dispatcher.dispatch(options, handler),
    answer: () => { for (const wire of wires) wire.answerAll() },
  }
}

/** Reads a reply to its end and counts it. */
export class CountingHandler implements Dispatcher.DispatchHandler {
  replies = 0
  bytes = 0
  failures = 0

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status === 200) this.replies++
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length
  }

  onResponseEnd(): void {}

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.failures++
    console.error(error)
  }
}

const inFlight = 16

/** Sends `calls` requests, 16 in flight at a time. */
export function sendAll({ send, answer, name, begin, end }: MemoryContender, calls: number): void {
  const handler = new CountingHandler()
  begin?.()
  for (let sent = 0; sent < calls; sent += inFlight) {
    for (let i = 0; i < inFlight; i++) send(handler)
    answer()
  }
  end?.()
  if (handler.replies < calls || handler.failures > 0) throw new Error(`${name}: ${handler.replies} of ${calls} replies, ${handler.failures} failures`)
}
