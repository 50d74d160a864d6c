import type { Code } from '@inmesh/policy'
import { failWith, hang, replyWith, type Answer, type FailOptions, type ReplyOptions } from './answer.ts'
import type { Sent } from './sent.ts'

/** Says what requests get from now on; each sentence replaces the one before. */
export interface Script {
  reply(status: number, options?: ReplyOptions): void
  fail(code: Code, options?: FailOptions): void
  /** No head ever comes. */
  hang(): void
  /** Decided afresh for each request. */
  answer(fn: (sent: Sent) => Answer): void
  /** The same for one request only; several queue up, and come before what is said for all. */
  readonly once: Omit<Script, 'once'>
}

type Decide = (sent: Sent) => Answer

export class ScriptBook implements Script {
  readonly once: Omit<Script, 'once'>
  private lasting: Decide | undefined = undefined
  private readonly queue: Decide[] = []

  constructor() {
    this.once = sentences((decide) => void this.queue.push(decide))
  }

  reply(status: number, options?: ReplyOptions): void {
    this.answer(() => replyWith(status, options))
  }

  fail(code: Code, options?: FailOptions): void {
    this.answer(() => failWith(code, options))
  }

  hang(): void {
    this.answer(hang)
  }

  answer(decide: Decide): void {
    this.lasting = decide
  }

  takeNext(): Decide | undefined {
    return this.queue.shift()
  }

  takeLasting(): Decide | undefined {
    return this.lasting
  }
}

function sentences(say: (decide: Decide) => void): Omit<Script, 'once'> {
  return {
    reply: (status, options) => say(() => replyWith(status, options)),
    fail: (code, options) => say(() => failWith(code, options)),
    hang: () => say(hang),
    answer: say,
  }
}
