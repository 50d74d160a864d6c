import type { Dispatcher } from 'undici'
import { BilingualReader } from './bilingual-reader.ts'
import type { Slot } from './global-slots.ts'
import { isLegacy } from './legacy-handler.ts'
import { MeshDispatcher, type Routes } from './mesh-dispatcher.ts'
import type { GovernedOptions } from './service-dispatcher.ts'

/**
 * A mesh in the place of the global dispatcher, over the one that was there. Taken out while others stand on it, it lets
 * everything through to what is beneath, as if it had never been.
 */
export class InstalledDispatcher extends MeshDispatcher {
  readonly before: Dispatcher
  over = false
  private readonly older: boolean

  constructor(routes: Routes, slot: Slot, before: Dispatcher) {
    super(routes, () => before)
    this.before = before
    this.older = slot === 'undici.globalDispatcher.1'
  }

  override dispatch(options: GovernedOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.over ? this.pass(options, handler) : super.dispatch(options, handler)
  }

  /** Whoever closes the global dispatcher means the one that has connections. */
  override close(): Promise<void>
  override close(callback: () => void): void
  override close(...args: [] | [() => void]): Promise<void> | void {
    return args[0] === undefined ? this.before.close() : this.before.close(args[0])
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  override destroy(...args: unknown[]): Promise<void> | void {
    const destroy = this.before.destroy as (...args: unknown[]) => Promise<void> | void
    return destroy.call(this.before, ...args)
  }

  /** In the reader's own protocol: whoever put the dispatcher beneath into this slot expects its callers'. */
  protected override pass(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.before.dispatch(options, this.older && !isLegacy(handler) ? new BilingualReader(handler) : handler)
  }
}
