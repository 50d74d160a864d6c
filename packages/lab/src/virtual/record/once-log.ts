import type { VirtualCall } from '../contract.ts'

/** How often the work of each call that must not be done twice was begun. */
export class OnceLog {
  private readonly begunOnce = new Set<string>()
  private readonly begunAgain = new Map<string, number>()

  begun({ index, root = index, requestClass }: VirtualCall): void {
    // Two calls of different services may share a number.
    const key = `${requestClass.service} ${index}`
    if (this.begunOnce.has(key)) this.begunAgain.set(key, root)
    else this.begunOnce.add(key)
  }

  /** Calls whose work was begun more than once, of the roots that count. */
  repeated(counts: (root: number) => boolean): number {
    return [...this.begunAgain.values()].filter(counts).length
  }
}
