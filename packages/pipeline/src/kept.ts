/** State under a name, made when first asked for: what estimates, budgets and limits live in while policies come and go. */
export class Kept {
  private readonly byName = new Map<string, unknown>()

  /** Whoever shares a name shares the type: each name belongs to one step. */
  get<T>(name: string, make: () => T): T {
    if (!this.byName.has(name)) this.byName.set(name, make())
    return this.byName.get(name) as T
  }

  /** What is not among `staying` and has something to give up gives it up, and is made anew when it is next asked for. */
  retire(staying: ReadonlySet<string>): void {
    for (const [name, value] of this.byName) {
      if (staying.has(name) || !isRetiring(value)) continue
      this.byName.delete(name)
      value.retire()
    }
  }

  /** For whoever only looks. */
  find<T>(name: string): T | undefined {
    return this.byName.get(name) as T | undefined
  }
}

/** State that holds something outside the process, such as a share of a limit. Calls that began with it may still use it. */
export interface Retiring {
  retire(): void
}

function isRetiring(value: unknown): value is Retiring {
  return typeof value === 'object' && value !== null && 'retire' in value && typeof value.retire === 'function'
}
