/**
 * How far a policy may go: `off` it is not there; `observe` it decides, tells what it would have done, and changes
 * nothing; `on` it acts; `{ enforce: 0.1 }` it acts for that share of calls and observes the rest.
 */
export type Mode = 'off' | 'observe' | 'on' | { readonly enforce: number }

/** The share of calls for which a mode acts; -1 for a policy that is not there at all. */
export type Enforcement = number

export const absent: Enforcement = -1

/** A policy that says nothing of its mode is `on`. */
export function enforcement(mode: Mode = 'on'): Enforcement {
  if (mode === 'off') return absent
  if (mode === 'observe') return 0
  if (mode === 'on') return 1
  return mode.enforce
}

/** A policy goes no further than its service, and a service no further than the kill switch. */
export function strictest(...modes: readonly (Mode | undefined)[]): Mode {
  let least: Mode = 'on'
  for (const mode of modes) {
    if (mode !== undefined && enforcement(mode) < enforcement(least)) least = mode
  }
  return least
}
