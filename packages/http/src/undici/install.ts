import type { Dispatcher } from 'undici'
import { setSlot, slots, slotValue, type Slot } from './global-slots.ts'
import { InstalledDispatcher } from './installed-dispatcher.ts'
import type { Routes } from './mesh-dispatcher.ts'

/** Takes the mesh out again. Idempotent. */
export type Uninstall = (() => void) & Disposable

/**
 * Puts a mesh in the place of the global dispatcher, for every copy of undici in the process and for the built-in `fetch`,
 * over whatever is there. `gone` is told once, when it is taken out.
 */
export function install(routes: Routes, gone: (uninstall: Uninstall) => void): Uninstall {
  const layers = slots.map((slot) => put(slot, routes))
  let over = false
  const off = (): void => {
    if (over) return
    over = true
    takeOut(layers)
    gone(uninstall)
  }
  const uninstall = Object.assign(off, { [Symbol.dispose]: off })
  return uninstall
}

/** What was put into a slot. */
interface Layer {
  readonly slot: Slot
  readonly own: InstalledDispatcher
}

function put(slot: Slot, routes: Routes): Layer {
  const under = slotValue(slot)
  if (under === undefined) throw new TypeError(`no dispatcher is there to be installed over (${slot}): is another copy of undici being loaded?`)
  const own = new InstalledDispatcher(routes, slot, under)
  setSlot(slot, own)
  return { slot, own }
}

/**
 * A slot that still holds ours gets back what was there before. One that somebody has written since keeps what he wrote;
 * ours, which he may have kept beneath his own, only passes on from then on.
 */
function takeOut(layers: readonly Layer[]): void {
  for (const { own } of layers) own.over = true
  const held = layers.map(({ slot }) => isOurs(slotValue(slot), layers))
  // undici 8's setter, handed one of ours back, wraps it for the older slot: both slots were written by one hand.
  const rewritten = held.includes(true) && layers.every(({ slot }, i) => held[i] === true || isWrapper(slotValue(slot)))
  layers.forEach(({ slot, own }, i) => {
    if (held[i] === true || rewritten) setSlot(slot, beneath(own))
  })
}

function isOurs(value: Dispatcher | undefined, layers: readonly Layer[]): boolean {
  return layers.some(({ own }) => own === value)
}

/** By name: every copy of undici has its own. */
function isWrapper(value: Dispatcher | undefined): boolean {
  return value?.constructor.name === 'Dispatcher1Wrapper'
}

/** Past those that were taken out while ours stood on them, so that the end is as the beginning in whatever order they go. */
function beneath(own: InstalledDispatcher): Dispatcher {
  let { before } = own
  while (before instanceof InstalledDispatcher && before.over) ({ before } = before)
  return before
}
