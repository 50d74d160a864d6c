import type { Instant } from '../types.ts'
import type { SlotsAsk, SlotsGrant } from './grant.ts'

/** What the book knows of a process. */
interface Member {
  /** What nobody else gets: what it was granted, and what it cannot give back yet. */
  held: number
  want: number
  weight: number
  until: Instant
}

/** What is whole may come out a trace below that. */
const TRACE = 1e-9

/** Of shares that are not whole each is rounded up for so many leases, then others are: each change costs a slot that is out of use for a moment. */
const LEASES_A_TURN = 4

/**
 * Who holds which slots of one limit: what an engine decides for each ask, in the form that a script on a server has too.
 * Each process is decided on when it asks, and nothing is taken from anybody between its asks:
 *
 * - What is held is never more than `max` together, so what a process holds above its share is not granted to others
 *   before it has said that it has given it back.
 * - Where all wants fit, each gets what it wants. Else the slots are shared max-min fairly by weight (Bertsekas and
 *   Gallager, "Data Networks", section 6.5): what light ones do not want goes to the others, and where there are as many
 *   slots as processes nobody's share is below one.
 * - Shares are seldom whole. As many are rounded up as there are slots left, in turn; and of more processes than slots each
 *   has one in turn, for a lease.
 *
 * A process that is killed is forgotten at the end of its lease.
 */
export class SlotBook {
  readonly #members = new Map<string, Member>()

  /** `now` is the engine's own clock; one that steps back only lengthens leases. */
  ask(process: string, { max, want, inUse, lease, weight }: SlotsAsk, now: Instant): SlotsGrant {
    for (const [id, { until }] of this.#members) if (until <= now) this.#members.delete(id)
    const had = this.#members.get(process)?.held ?? 0
    const member: Member = { held: had, want, weight, until: now + lease }
    this.#members.set(process, member)
    const room = Math.max(0, max - (this.taken - had))
    const slots = Math.min(room, this.#share(process, max, Math.floor(now / lease)))
    // More than there is room for only where `max` was lowered: the calls run all the same.
    member.held = Math.max(slots, Math.min(inUse, Math.max(room, had)))
    if (member.held === 0 && want === 0) this.#members.delete(process)
    return { slots, taken: this.taken, processes: this.#members.size }
  }

  leave(process: string): void {
    this.#members.delete(process)
  }

  /** As a server that has lost its state. */
  clear(): void {
    this.#members.clear()
  }

  get taken(): number {
    let taken = 0
    for (const { held } of this.#members.values()) taken += held
    return taken
  }

  /** A whole number, and of all processes `max` together, or what they want, if that is less. */
  #share(process: string, max: number, turn: number): number {
    const { want } = this.#members.get(process)!
    const wanting = [...this.#members].filter((entry) => entry[1].want > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const wants = wanting.reduce((sum, [, other]) => sum + other.want, 0)
    if (want === 0 || wants <= max) return want
    if (wanting.length > max) return inTurn(wanting.findIndex(([id]) => id === process), wanting.length, max, turn) ? 1 : 0
    const level = levelOf(wanting.map(([, other]) => other), max)
    const shares = wanting.map(([id, other]) => ({ id, share: Math.min(other.want, Math.max(1, level * other.weight)) }))
    const broken = shares.filter(({ share }) => share - Math.floor(share + TRACE) > TRACE)
    const left = max - shares.reduce((sum, { share }) => sum + Math.floor(share + TRACE), 0)
    const mine = shares.find(({ id }) => id === process)!.share
    const place = broken.findIndex(({ id }) => id === process)
    return Math.floor(mine + TRACE) + (place >= 0 && inTurn(place, broken.length, left, Math.floor(turn / LEASES_A_TURN)) ? 1 : 0)
  }
}

/** Whether it is among the `few` of `many` whose turn it is; the next turn is that of those behind them. */
function inTurn(place: number, many: number, few: number, turn: number): boolean {
  const from = (turn * few) % many
  return (place - from + many) % many < few
}

/**
 * Slots for each unit of weight, so that the shares are `max` together, each at least one and at most what is wanted. In each
 * pass either those whom the level gives less than one are settled, or those whom it gives more than they want, whichever
 * is the larger error: the other kind may be right at the next level.
 */
function levelOf(members: readonly Member[], max: number): number {
  let open = members
  for (let rest = max; ; ) {
    const level = rest / open.reduce((sum, { weight }) => sum + weight, 0)
    let below = 0
    let above = 0
    for (const { weight, want } of open) {
      below += Math.max(0, 1 - level * weight)
      above += Math.max(0, level * weight - want)
    }
    if (below <= TRACE && above <= TRACE) return level
    const still = open.filter(({ weight, want }) => (below > above ? level * weight >= 1 : level * weight <= want))
    for (const member of open) if (!still.includes(member)) rest -= below > above ? 1 : member.want
    open = still
  }
}
