/** What became of the calls of a soak. */
export class Tally {
  begun = 0
  ended = 0
  replies = 0
  readonly failures = new Map<string, number>()

  fail(error: unknown): void {
    const { code, name } = error as { code?: unknown; name?: unknown }
    const key = String(typeof code === 'string' ? code : name)
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1)
  }
}
