import { html, type Html } from './html.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

/** How a state of an endpoint or a server looks. */
const STATES: Readonly<Record<string, Tone>> = {
  in: 'good', serving: 'good',
  due: 'warn', probing: 'warn', ramp: 'warn', 'kept-off': 'warn', draining: 'warn',
  ejected: 'bad', unreachable: 'bad', closed: 'bad',
}

/** How bad news of each type looks; what is not named is neither. */
const EVENTS: Readonly<Record<string, Tone>> = {
  ejected: 'bad', unreachable: 'bad', 'compiled-out': 'bad', 'discovery-failed': 'bad', panic: 'bad',
  'ejection-suppressed': 'warn', 'kept-off': 'warn', breaker: 'warn', storm: 'warn', 'budget-empty': 'warn', 'engine-changed': 'warn', 'interceptor-failed': 'warn',
  'discovery-noted': 'warn', overloaded: 'warn', draining: 'warn', probe: 'warn', refused: 'warn', 'request-refused': 'warn', 'request-overran': 'warn',
  returned: 'good', reachable: 'good', recovered: 'good',
}

export function badge(text: string, tone: Tone): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

export function stateBadge(state: string): Html {
  return badge(state, STATES[state] ?? 'plain')
}

export function eventBadge(type: string): Html {
  return badge(type, EVENTS[type] ?? 'plain')
}
