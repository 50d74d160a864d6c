import type { Machine } from './machine.ts'

/** A machine of which a test says what it did. */
export interface FakeMachine extends Machine {
  /** So much processor time, and so much of the loop's, in ms. */
  work(cpu: number, active: number, idle: number): void
  bytes: number
  /** How often it was looked at. */
  looks: number
}

export function fakeMachine({ cores = 4, memory = 1_000 } = {}): FakeMachine {
  // Counters of a process that has run for a while.
  const was = { cpu: 5_000, active: 700, idle: 90_000 }
  return {
    cores,
    memory,
    bytes: 250,
    looks: 0,
    work(cpu, active, idle) {
      was.cpu += cpu
      was.active += active
      was.idle += idle
    },
    cpu() {
      this.looks++
      return was.cpu
    },
    loop: () => ({ idle: was.idle, active: was.active }),
    rss() {
      return this.bytes
    },
  }
}
