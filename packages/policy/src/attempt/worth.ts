import type { Random } from '../types.ts'

/** What a backup that ended counts for in the average. */
const STEP = 0.1
/** Before anything is known all late calls may send one. */
const AT_FIRST = 0.5
/** Nobody learns from backups that are never sent. */
const LEAST = 0.1
/** From here on all late calls send one: what wins every second time is worth it. Below it the square, so that it falls soon. */
const ENOUGH = 0.5

/**
 * Which share of late calls should send a backup, by how many of those that were sent have won. Late calls are of two
 * kinds. Those whose endpoint is slow, hung or full are answered sooner elsewhere. Those that are much work are as much work
 * everywhere, and their copies, 2 % of all tries, are some 8 % of all work. Which kind it mostly is shows by who wins.
 */
export class BackupWorth {
  #won = AT_FIRST

  get share(): number {
    return Math.max(LEAST, Math.min(1, (this.#won / ENOUGH) ** 2))
  }

  /** Whether this late call is one of those. */
  takes(random: Random): boolean {
    const { share } = this
    return share === 1 || random.next() < share
  }

  /** A call that had sent one was answered: by the backup, or by what it was to replace. */
  answered(byBackup: boolean): void {
    this.#won += STEP * ((byBackup ? 1 : 0) - this.#won)
  }
}
