import type { Millis, Random } from '@inmesh/policy'
import { normalQuantile } from '../workload/service-time.ts'
import { Agenda } from '../virtual/agenda.ts'

/** How long to wait after the nth failure, from 1, having waited that long before. */
export type Wait = (failure: number, before: Millis, random: Random) => Millis

export interface Contention {
  readonly completion: Millis
  readonly writes: number
}

const NET = { mean: 10, deviation: 2 }

/**
 * Clients that each write one row once, optimistically: read its version, write it back if it has not changed meanwhile,
 * else wait and begin again. On the agenda of the virtual world, with a network and no server time, as the simulator of
 * the original has it.
 */
export function contend(clients: number, wait: Wait, random: Random): Contention {
  const row = new Row(new Agenda(), random)
  for (let client = 0; client < clients; client++) new Writer(row, wait).begin(0)
  row.agenda.run()
  return { completion: row.agenda.now(), writes: row.writes }
}

class Row {
  version = 0
  writes = 0
  readonly agenda: Agenda
  readonly random: Random

  constructor(agenda: Agenda, random: Random) {
    this.agenda = agenda
    this.random = random
  }

  write(expected: number): boolean {
    this.writes++
    if (expected !== this.version) return false
    this.version++
    return true
  }

  /** Does something after a message's way, and so long before it sets out. */
  after<T>(delay: Millis, what: (arg: T) => void, arg: T): void {
    const way = Math.abs(NET.mean + NET.deviation * normalQuantile(Math.max(1e-12, this.random.next())))
    this.agenda.schedule(this.agenda.now() + delay + way, true, what, arg)
  }
}

class Writer {
  private readonly row: Row
  private readonly wait: Wait
  private failures = 0
  private waited: Millis = 0

  constructor(row: Row, wait: Wait) {
    this.row = row
    this.wait = wait
  }

  begin(delay: Millis): void {
    const { row } = this
    row.after(delay, () => row.after(0, (version) => this.write(version), row.version), undefined)
  }

  private write(version: number): void {
    const { row } = this
    row.after(0, () => row.after(0, (won) => this.answered(won), row.write(version)), undefined)
  }

  private answered(won: boolean): void {
    if (won) return
    this.waited = this.wait(++this.failures, this.waited, this.row.random)
    this.begin(this.waited)
  }
}
