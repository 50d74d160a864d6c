import { loud, type Clock, type EngineState, type Seat, type SharedLimit, type TimerHandle } from '@inmesh/pipeline'
import type { Fleet, Grant, Millis, Random, ReserveAsk, SlotsAsk, SlotsGrant } from '@inmesh/policy'
import type { LimitKeys } from './keys.ts'
import type { Command, Link } from './link.ts'
import { grantArgs, grantScript, readGrant } from './scripts/grant.ts'
import { beatArgs, leaveArgs, memberName, membersScript, readMembers, slowestBeat, type Members } from './scripts/members.ts'
import { readSlots, slotsArgs, slotsScript } from './scripts/slots.ts'

/** All processes together beat so often in a second for one limit, however many they are. */
const beatsPerSecond = 200

export interface SeatTerms {
  readonly link: Pick<Link, 'state' | 'ask' | 'send'>
  readonly clock: Clock
  readonly random: Random
  readonly keys: LimitKeys
  readonly limit: SharedLimit
  /** Of this process, and of no other limit of it that has the same `id`. */
  readonly member: string
  /** Of this process for this limit. */
  readonly weight: number
  /** Of this process for all limits. */
  readonly processWeight: number
  readonly heartbeat: Millis
  /** How much longer than it need be a state is kept. */
  readonly margin: Millis
  readonly tally: Tally
  readonly left: (seat: RedisSeat) => void
}

/** What the engine counts. */
export interface Tally {
  asked: number
  failed: number
}

/** One limit's way to Redis, and its heart. */
export class RedisSeat implements Seat {
  readonly limit: SharedLimit
  readonly keys: LimitKeys
  private readonly terms: SeatTerms
  private readonly name: string
  private interval: Millis
  private timer: TimerHandle | undefined = undefined
  private fleet: Fleet | undefined = undefined
  /** The beat before found fewer than there were. */
  private fewer = false
  private hasSlots = false
  private gone = false

  constructor(terms: SeatTerms) {
    this.terms = terms
    this.limit = terms.limit
    this.keys = terms.keys
    this.name = memberName(terms.member, terms.weight)
    this.interval = terms.heartbeat
  }

  reserve(ask: ReserveAsk, done: (grant: Grant | undefined) => void): void {
    const { margin } = this.terms
    this.ask(() => ({ script: grantScript, key: this.keys.state(ask.key), args: grantArgs(ask, margin), read: (reply) => readGrant(reply, ask) }), done)
  }

  slots(ask: SlotsAsk, done: (grant: SlotsGrant | undefined) => void): void {
    this.hasSlots = ask.want > 0 || ask.inUse > 0
    this.ask(() => this.slotsCommand(ask), done)
  }

  leave(): void {
    void this.goodbye()
  }

  /** As `leave`, and answers when it is done, or will not be. */
  async goodbye(): Promise<void> {
    if (this.gone) return
    this.gone = true
    this.timer?.cancel()
    const { link, left } = this.terms
    left(this)
    if (link.state !== 'up') return
    const commands: Command<unknown>[] = [{ script: membersScript, key: this.keys.members, args: leaveArgs(this.name), read: readMembers }]
    if (this.hasSlots) commands.push(this.slotsCommand({ max: 1, want: 0, inUse: 0, lease: 1, weight: 1 }))
    await Promise.allSettled(commands.map((command) => link.ask(command)))
  }

  /** What a hello sends for this limit. */
  greet(): Promise<void> {
    return this.terms.link.send(this.beatCommand()).then((members) => this.met(members))
  }

  /** Its first beat at once, where no hello has done it. */
  begin(): void {
    if (this.fleet === undefined) this.beat()
    else this.rest()
  }

  beat(): void {
    if (this.gone) return
    const { link } = this.terms
    // While it is lost, hellos beat.
    if (link.state !== 'up') return this.rest()
    link.ask(this.beatCommand()).then((members) => this.met(members), () => undefined).finally(() => this.rest())
  }

  tell(state: EngineState, why: string | undefined): void {
    guarded(this.limit, () => this.limit.state(state, why))
  }

  private rest(): void {
    if (this.gone) return
    const { clock, random } = this.terms
    this.timer?.cancel()
    // Hearts that began together drift apart.
    this.timer = clock.schedule(clock.now() + this.interval * (0.9 + 0.2 * random.next()), false, beat, this)
  }

  private met({ count, weight }: Members): void {
    const { heartbeat } = this.terms
    // Slower by half at most: the others were told how long this one lives by the interval before.
    this.interval = Math.min(Math.max(heartbeat, (1000 * count) / beatsPerSecond), 1.5 * this.interval, slowestBeat)
    const processes = Math.max(1, count)
    const share = weight > 0 ? Math.min(1, this.terms.weight / weight) : 1 / processes
    if (this.gone || this.fleet?.processes === processes && this.fleet.share === share) {
      this.fewer = false
      return
    }
    // Of a Redis that has lost its state the first to beat is the only one, until the others have: believed at once it would have all of the
    // rate for its share, also should Redis be lost again. Who has left is found missing by the next beat too.
    const before = this.fewer
    this.fewer = this.fleet !== undefined && processes < this.fleet.processes
    if (this.fewer && !before) return
    this.fewer = false
    const fleet = { processes, share }
    this.fleet = fleet
    guarded(this.limit, () => this.limit.fleet(fleet))
  }

  private beatCommand(): Command<Members> {
    return { script: membersScript, key: this.keys.members, args: beatArgs(this.name, 3 * this.interval), read: readMembers }
  }

  private slotsCommand(ask: SlotsAsk): Command<SlotsGrant> {
    const { member, processWeight } = this.terms
    return { script: slotsScript, key: this.keys.slots, args: slotsArgs(member, { ...ask, weight: ask.weight * processWeight }), read: readSlots }
  }

  private ask<T>(command: () => Command<T>, done: (answer: T | undefined) => void): void {
    const { link, tally } = this.terms
    const answered = (answer: T | undefined): void => guarded(this.limit, () => done(answer))
    if (link.state !== 'up') return queueMicrotask(() => answered(undefined))
    tally.asked++
    link.ask(command()).then(answered, () => {
      tally.failed++
      answered(undefined)
    })
  }
}

function beat(seat: RedisSeat): void {
  seat.beat()
}

/** What a limit does with an answer is its own affair: an error there must not end the process as a rejection that nobody handles. */
function guarded({ id }: SharedLimit, fn: () => void): void {
  try {
    fn()
  } catch (error) {
    loud(`redis: ${id} threw at what it was told`, error)
  }
}
