import type { Dispatcher } from 'undici'

/**
 * Where the copies of undici in a process find the dispatcher that none of them was told. undici 6 and 7 read the older
 * slot, and so does the `fetch` built into Node 22 and 24; undici 8, and Node 26, read the newer. undici 7 and 8 write
 * both.
 */
export const slots = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'] as const

export type Slot = (typeof slots)[number]

type Holder = { [key: symbol]: Dispatcher | undefined }

export function slotValue(slot: Slot): Dispatcher | undefined {
  return (globalThis as Holder)[Symbol.for(slot)]
}

/** Not by undici's own setter, which writes both slots at once, the older through a wrapper. */
export function setSlot(slot: Slot, dispatcher: Dispatcher | undefined): void {
  const set = Reflect.set(globalThis, Symbol.for(slot), dispatcher)
  if (!set) throw new TypeError('the global dispatcher cannot be set: globalThis is frozen')
}
