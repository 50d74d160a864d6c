/** A process that stands still: what becomes due meanwhile is done, in its order, when the last reason is gone. */
export class Standstill {
  private reasons = 0
  private due: (() => void)[] = []

  get active(): boolean {
    return this.reasons > 0
  }

  stop(): void {
    this.reasons++
  }

  go(): void {
    this.reasons--
    // What is done may stop it again.
    while (this.reasons === 0 && this.due.length > 0) {
      const { due } = this
      this.due = []
      for (const act of due) act()
    }
  }

  /** Now, or when the process goes on. */
  whenRunning(act: () => void): void {
    if (this.active) this.due.push(act)
    else act()
  }

  /** The process has ended, and with it what it would have done. */
  forget(): void {
    this.due = []
  }
}
