import type { TimerHandle } from '../clock.ts'
import type { MeshEvent } from '../events.ts'
import { loud } from '../loud.ts'
import { isThenable } from '../thenable.ts'
import { lengthText } from './length-text.ts'
import { LineFlow } from './line-flow.ts'
import { lineOf, type Line } from './line.ts'
import type { Logger } from './logger.ts'
import type { LogTerms } from './options.ts'

/** Kinds of lines by service. Services are named by users, but for origins that nobody configured: those beyond share one. */
const MOST_FLOWS = 1_000

/** One kind of line of one service, and what waits to be told of it. */
interface Kept {
  readonly flow: LineFlow
  timer: TimerHandle | undefined
}

/** Writes what changes state, and not more of it than may be. */
export class EventLog {
  private readonly logger: Logger
  private readonly terms: LogTerms
  private readonly flows = new Map<string, Kept>()
  private isFaulty = false

  constructor(logger: Logger, terms: LogTerms) {
    this.logger = logger
    this.terms = terms
  }

  /** Of what is told for each call it reads the type and goes. */
  hear(event: MeshEvent): void {
    const level = this.terms.levels.get(event.type)
    if (level === undefined) return
    try {
      const line = lineOf(event, level)
      if (line !== undefined) this.pass(line, this.kept(event.type, event.service))
    } catch (error) {
      this.tellFault(error)
    }
  }

  /** Tells what is held, whether it has calmed or not: nobody may be there later. */
  flush(): void {
    for (const kept of this.flows.values()) this.release(kept)
  }

  private pass(line: Line, kept: Kept): void {
    const { clock } = this.terms
    if (kept.flow.admits(line, clock.now())) this.write(line)
    else kept.timer ??= clock.schedule(kept.flow.dueAt, false, this.look, kept)
  }

  private readonly look = (kept: Kept): void => {
    const { clock } = this.terms
    const { dueAt } = kept.flow
    kept.timer = dueAt > clock.now() && dueAt < Infinity ? clock.schedule(dueAt, false, this.look, kept) : undefined
    if (kept.timer === undefined) this.release(kept)
  }

  private release(kept: Kept): void {
    kept.timer?.cancel()
    kept.timer = undefined
    const held = kept.flow.release(this.terms.clock.now())
    if (held === undefined) return
    const { count, within, last } = held
    try {
      if (count === 1) this.write(last)
      else this.write({ ...last, message: `${last.message} (the last of ${count} more like this within ${lengthText(within)})`, fields: { ...last.fields, held: count, withinMs: Math.round(within) } })
    } catch (error) {
      this.tellFault(error)
    }
  }

  private write({ level, fields, message }: Line): void {
    // By its name on the logger, since loggers read `this`; that it has `debug` was checked where it was asked for.
    const answer: unknown = this.logger[level]?.(fields, message)
    // One that sends its lines somewhere may be async, and would end the process when it cannot.
    if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.tellFault(error))
  }

  private kept(type: string, service: string): Kept {
    const name = `${type} ${service}`
    const known = this.flows.get(name)
    if (known !== undefined) return known
    if (this.flows.size >= MOST_FLOWS && service !== '') return this.kept(type, '')
    const made = { flow: new LineFlow(this.terms.perSecond, this.terms.burst), timer: undefined }
    this.flows.set(name, made)
    return made
  }

  private tellFault(error: unknown): void {
    if (!this.isFaulty) loud('logTo: the logger threw and a line is lost; that is not reported again', error)
    this.isFaulty = true
  }
}
