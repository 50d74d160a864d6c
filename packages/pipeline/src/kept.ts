/** State under a name, made when first asked for: what estimates, budgets and limits live in while policies come and go. */
export class Kept {
  private readonly byName = new Map<string, unknown>()

  /** Whoever shares a name shares the type: each name belongs to one step. */
  get<T>(name: string, make: () => T): T {
    if (!this.byName.has(name)) this.byName.set(name, make())
    return this.byName.get(name) as T
  }

  /** For whoever only looks. */
  find<T>(name: string): T | undefined {
    return this.byName.get(name) as T | undefined
  }
}
