import type { AnyScope, Clock, Done, Terminal } from '@inmesh/pipeline'
import { replyWith, type Answer, type TestReply } from './answer.ts'
import { ScriptBook, type Script } from './script.ts'
import { ScriptedTry, type TryHost } from './scripted-try.ts'
import type { Sent } from './sent.ts'

export interface ScriptedBackendOptions {
  /** What becomes of a try that another one beat: it is cut off, or runs to its end unheeded. Default `cancel`. */
  readonly losers?: 'cancel' | 'drain'
}

/**
 * The wire of a test: endpoints that do what the test says, when the manual clock says so. Everything sent is kept, and
 * a breach of the exchange contract (a head twice, a tail twice or before its head) throws.
 *
 * A request is answered by the first of: the endpoint's `once`, any endpoint's `once`, the endpoint's lasting answer,
 * any endpoint's lasting answer, and for lack of all a 200 after 1 ms.
 */
export class ScriptedBackend implements TryHost {
  readonly clock: Clock
  readonly losers: 'cancel' | 'drain'
  /** Every request, in the order of sending. */
  readonly sent: Sent[] = []
  /** Breaches of the contract so far. Thrown at once too, but policies contain throws, so `check()` throws them again. */
  readonly violations: string[] = []
  private readonly any = new ScriptBook()
  private readonly books = new Map<string, ScriptBook>()
  private openCount = 0

  constructor(clock: Clock, options: ScriptedBackendOptions = {}) {
    this.clock = clock
    this.losers = options.losers ?? 'cancel'
  }

  /** The script of one endpoint, or without a key of all that have none of their own. */
  on(endpoint?: string): Script {
    return endpoint === undefined ? this.any : this.book(endpoint)
  }

  /** The innermost step: what a `Service` or a compiled chain takes as its terminal. */
  readonly terminal: Terminal<TestReply> = (context: AnyScope, done: Done<TestReply>) => {
    const sent = new ScriptedTry(this, this.sent.length, context, done)
    this.sent.push(sent)
    this.openCount++
    sent.begin(this.scriptFor(sent))
  }

  /** Requests whose tail has not been. 0 when everything was released. */
  get open(): number {
    return this.openCount
  }

  /** The requests to one endpoint. */
  to(endpoint: string): Sent[] {
    return this.sent.filter((sent) => sent.endpoint === endpoint)
  }

  /** The latest request; an error when there was none. */
  get last(): Sent {
    const last = this.sent.at(-1)
    if (last === undefined) throw new Error('scriptedBackend: nothing was sent yet')
    return last
  }

  /** Throws the first breach of the contract, if there was one. */
  check(): void {
    const [first] = this.violations
    if (first !== undefined) throw new Error(`scriptedBackend: ${this.violations.length} breaches of the exchange contract, the first: ${first}`)
  }

  /** @internal */
  violated(what: string): never {
    this.violations.push(what)
    throw new Error(`scriptedBackend: ${what}`)
  }

  /** @internal */
  over(): void {
    this.openCount--
  }

  private scriptFor(sent: Sent): Answer {
    const book = this.books.get(sent.endpoint)
    const decide = book?.takeNext() ?? this.any.takeNext() ?? book?.takeLasting() ?? this.any.takeLasting()
    return decide?.(sent) ?? replyWith(200)
  }

  private book(endpoint: string): ScriptBook {
    const known = this.books.get(endpoint)
    if (known !== undefined) return known
    const made = new ScriptBook()
    this.books.set(endpoint, made)
    return made
  }
}

export function scriptedBackend(clock: Clock, options?: ScriptedBackendOptions): ScriptedBackend {
  return new ScriptedBackend(clock, options)
}
