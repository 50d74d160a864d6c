import { Attempts, type AttemptsEvent, type AttemptsOptions } from '@inmesh/policy'
import type { Attempt, Call, CallContext } from '../context.ts'
import type { Interceptor } from '../interceptor.ts'
import type { AttemptsPart, Layer, LayerEnv } from '../layer.ts'
import { enforcement, type Mode } from '../mode.ts'
import { AttemptRun, type AttemptTerms } from './attempt-run.ts'

export interface AttemptsLayerOptions extends AttemptsOptions {
  /** How far retries and rescues, and how far backups, may go. Default `on`. */
  readonly modes?: { readonly retry?: Mode; readonly backup?: Mode; readonly rescue?: Mode }
}

class Part implements AttemptsPart {
  readonly options: AttemptsLayerOptions

  constructor(options: AttemptsLayerOptions) {
    this.options = options
  }

  merge(parts: readonly AttemptsPart[]): Layer<'call', 'attempt'> {
    // Each part switches the others off unless they are listed too; the budget is one.
    const options = (parts as readonly Part[]).map((part) => part.options)
    const modes: AttemptsLayerOptions['modes'] = Object.assign({}, ...options.map((own) => own.modes))
    return attempts({ retry: false, backup: false, rescue: false, ...Object.assign({}, ...options), modes })
  }
}

/** A layer that merges with its neighbours of the same kind into one decision with one budget. */
export type AttemptsPartLayer = Layer<'call', 'attempt'> & { readonly part: AttemptsPart }

export function attemptsPart(name: string, options: AttemptsLayerOptions): AttemptsPartLayer {
  const part = new Part(options)
  return { ...part.merge([part]), name, part }
}

/**
 * Retry, backup and rescue as one decision, one budget, one set of endpoints used. Two nested wrappers would multiply,
 * hold two budgets, and not know each other's endpoints.
 */
export function attempts(options: AttemptsLayerOptions): Layer<'call', 'attempt'> {
  return {
    name: 'attempts',
    from: 'call',
    to: 'attempt',
    why: 'one plan for retry, backup and rescue: one maximum, one budget, one set of endpoints used',
    build: (env) => build(env, options),
  }
}

/** Every layer below needs tries, so this one is never absent: with everything off it makes the one try. */
function build(env: LayerEnv, options: AttemptsLayerOptions): Interceptor<Call, Attempt> {
  const { modes } = options
  const { clock, observers, random, service } = env
  const notify = (event: AttemptsEvent): void => {
    if (observers.active) observers.emit({ ...event, service, at: clock.now() })
  }
  const state = env.keep('attempts', () => new Attempts({ ...options, notify }, random, clock.now()))
  state.configure(options)
  const terms: AttemptTerms = {
    env,
    state,
    out: env.faults.isOut('attempts'),
    retry: enforcement(modes?.retry),
    backup: enforcement(modes?.backup),
    rescue: enforcement(modes?.rescue),
  }
  return { name: 'attempts', call: (call, next, done) => new AttemptRun(terms, call as CallContext, next, done).start() }
}
