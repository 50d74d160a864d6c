import { Dispatcher } from 'undici'

/** A dispatcher that owns no connections: the mesh does, and `mesh.close()` ends them. To close it ends nothing. */
export abstract class LentDispatcher extends Dispatcher {
  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | void {
    return settled(callback)
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  override destroy(...args: (Error | null | (() => void))[]): Promise<void> | void {
    return settled(args.find((arg) => typeof arg === 'function'))
  }
}

function settled(callback: (() => void) | undefined): Promise<void> | void {
  if (callback === undefined) return Promise.resolve()
  queueMicrotask(callback)
}
