import type { Cause, Instant, Outcome } from '@inmesh/policy'
import type { Answer } from './answer.ts'

/** One request as a scripted backend saw it, and a hand on its answer. */
export interface Sent {
  /** Counts from 0 over all endpoints. */
  readonly index: number
  /** The endpoint's key; `-` where nothing balances. */
  readonly endpoint: string
  readonly operation: string
  readonly cause: Cause
  /** Of the try within its call, from 0. */
  readonly ordinal: number
  readonly sentAt: Instant
  /** What the call's deadline left at that moment; Infinity for none. */
  readonly remaining: number
  /** Headers that policies set for this try, and what follows the call. */
  readonly headers: Readonly<Record<string, string>>
  /** `sent` awaits its head, `head` its tail; `over` is the end. */
  readonly state: 'sent' | 'head' | 'over'
  /** What became of it, in the order in which it happened. */
  readonly log: readonly SentStep[]
  readonly head: Outcome | undefined
  readonly headAt: Instant | undefined
  readonly tail: Outcome | undefined
  readonly tailAt: Instant | undefined

  /** Answers now, whatever the script says. A second head is an error of the test. */
  answer(answer: Answer): void
  /** Reads the body of a reply that was left unread: its tail comes now. */
  read(): void
  /** Ends the body now. A second tail, or one before the head, is an error of the test. */
  end(tail?: Outcome): void
}

/** `drained`: given up, and read to its end all the same instead of being cut off. */
export type SentStep = 'head' | 'tail' | 'cancelled' | 'discarded' | 'parked' | 'drained'
