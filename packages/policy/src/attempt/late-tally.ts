/** The slices of the window that is counted over. */
export const SLICES = 8

/**
 * Armed and late tries per endpoint and slice, for the storm breaker. 32 bytes an endpoint: 16 bits hold a quarter second at 260 000 tries a
 * second.
 */
export class LateTally<E> {
  armedSum = 0
  lateSum = 0
  readonly #slots: Map<E, number> = new Map()
  #capacity = 16
  #armed: Uint16Array = new Uint16Array(SLICES * this.#capacity)
  #late: Uint16Array = new Uint16Array(SLICES * this.#capacity)
  readonly #armedTotals: Float64Array = new Float64Array(SLICES)
  readonly #lateTotals: Float64Array = new Float64Array(SLICES)

  armed(endpoint: E | undefined, slice: number): void {
    this.armedSum++
    this.#armedTotals[slice]!++
    if (endpoint !== undefined) {
      const slot = this.#slots.get(endpoint) ?? this.#add(endpoint)
      this.#armed[slice * this.#capacity + slot]!++
    }
  }

  late(endpoint: E | undefined, slice: number): void {
    this.lateSum++
    this.#lateTotals[slice]!++
    if (endpoint !== undefined) {
      const slot = this.#slots.get(endpoint) ?? this.#add(endpoint)
      this.#late[slice * this.#capacity + slot]!++
    }
  }

  clear(slice: number): void {
    this.armedSum -= this.#armedTotals[slice]!
    this.lateSum -= this.#lateTotals[slice]!
    this.#armedTotals[slice] = 0
    this.#lateTotals[slice] = 0
    const from = slice * this.#capacity
    this.#armed.fill(0, from, from + this.#capacity)
    this.#late.fill(0, from, from + this.#capacity)
  }

  without(share: number): { late: number; armed: number; endpoints: number } {
    const seen: { late: number; armed: number }[] = []
    let endpoints = 0
    for (const slot of this.#slots.values()) {
      const late = this.#sum(this.#late, slot)
      const armed = this.#sum(this.#armed, slot)
      if (late > 0 || armed > 0) endpoints++
      if (late > 0) seen.push({ late, armed: Math.max(armed, late) })
    }
    const out = seen.sort((a, b) => b.late / b.armed - a.late / a.armed || b.late - a.late).slice(0, Math.ceil(share * endpoints))
    const late = out.reduce((sum, e) => sum + e.late, 0)
    const armed = out.reduce((sum, e) => sum + e.armed, 0)
    return { late: this.lateSum - late, armed: Math.max(0, this.armedSum - armed), endpoints }
  }

  #sum(counts: Uint16Array, slot: number): number {
    let sum = 0
    for (let i = slot; i < counts.length; i += this.#capacity) sum += counts[i]!
    return sum
  }

  #add(endpoint: E): number {
    if (this.#slots.size === this.#capacity) this.#compact()
    const slot = this.#slots.size
    this.#slots.set(endpoint, slot)
    return slot
  }

  /** Endpoints come and go: whoever had no try in the window makes room before more room is made. */
  #compact(): void {
    const kept = [...this.#slots].filter(([, slot]) => this.#sum(this.#armed, slot) + this.#sum(this.#late, slot) > 0)
    const capacity = kept.length > this.#capacity / 2 ? this.#capacity * 2 : this.#capacity
    const armed = new Uint16Array(SLICES * capacity)
    const late = new Uint16Array(SLICES * capacity)
    this.#slots.clear()
    for (const [endpoint, from] of kept) {
      const to = this.#slots.size
      this.#slots.set(endpoint, to)
      for (let slice = 0; slice < SLICES; slice++) {
        armed[slice * capacity + to] = this.#armed[slice * this.#capacity + from]!
        late[slice * capacity + to] = this.#late[slice * this.#capacity + from]!
      }
    }
    this.#capacity = capacity
    this.#armed = armed
    this.#late = late
  }
}
