import type { Random } from '@inmesh/policy'
import type { Dispatcher } from 'undici'
import type { Tally } from './tally.ts'

type Controller = Dispatcher.DispatchController

/** Nobody waits for longer: a policy that only observes does not end a call whose endpoint hangs. */
const patience = 150

/** A caller: most read to the end, some stop and go on, some lose interest before the head or in the middle of the body. */
export class UnrulyReader implements Dispatcher.DispatchHandler {
  private readonly tally: Tally
  private readonly random: Random
  private readonly ended: () => void
  private readonly givingUp: NodeJS.Timeout
  private controller: Controller | undefined = undefined
  private over = false

  constructor(tally: Tally, random: Random, ended: () => void) {
    this.tally = tally
    this.random = random
    this.ended = ended
    this.givingUp = setTimeout(() => this.controller?.abort(new Error('waited for too long')), patience)
    tally.begun++
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    const chance = this.random.next()
    if (chance < 0.01) controller.abort(new Error('never mind'))
    else if (chance < 0.05) setImmediate(() => controller.abort(new Error('no longer needed')))
    else if (chance < 0.06) setTimeout(() => controller.abort(new Error('too slow')), 10)
  }

  onResponseStart(controller: Controller, status: number): void {
    if (status < 200) return
    this.tally.replies++
    const chance = this.random.next()
    if (chance < 0.03) controller.abort(new Error('the head was enough'))
    else if (chance < 0.06) this.rest(controller)
  }

  onResponseData(controller: Controller): void {
    if (this.random.next() < 0.02) this.rest(controller)
  }

  onResponseEnd(): void {
    this.end()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.tally.fail(error)
    this.end()
  }

  private rest(controller: Controller): void {
    controller.pause()
    setTimeout(() => controller.resume(), 1)
  }

  private end(): void {
    if (this.over) throw new Error('a reader was told twice that its reply is over')
    this.over = true
    clearTimeout(this.givingUp)
    this.tally.ended++
    this.ended()
  }
}
