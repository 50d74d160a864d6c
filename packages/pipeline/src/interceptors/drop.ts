import { drop as shouldDrop, type Criticality } from '@inmesh/policy'
import { dropped } from '../errors.ts'
import { refusal, SettledExchange } from '../exchange.ts'
import type { Interceptor } from '../interceptor.ts'
import type { CallContext, Call } from '../context.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'
import { tellRefused } from './tell-refused.ts'

export interface DropOptions {
  /** Share of calls to refuse, 0 to 1: one number for all, or one for each criticality. 1 takes the downstream out. */
  readonly ratios: number | Partial<Record<Criticality, number>>
  readonly mode?: Mode
}

/** Refuses a live share of calls before they cost anything, least critical first when the ratios say so. */
export function drop(options: DropOptions): Layer<'call', 'call'> {
  return {
    name: 'drop',
    from: 'call',
    to: 'call',
    why: 'refused work costs nothing below it',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, options: DropOptions): Interceptor<Call, Call> | undefined {
  const share = enforcement(options.mode)
  if (share === absent) return undefined
  const ratios = options.ratios
  const { service, observers, faults, random } = env
  return {
    name: 'drop',
    call: (call, next, done) => {
      let refused = false
      try {
        refused = shouldDrop(ratios, call.criticality, random.next())
      } catch (error) {
        faults.record('drop', error)
      }
      if (!refused) return next(call, done)
      const { operation, criticality } = call
      const context = call as CallContext
      const at = context.now
      if (call.dice >= share) {
        if (observers.active) observers.emit({ type: 'mode-differed', service, at, operation, policy: 'drop', would: 'refuse' }, context)
        return next(call, done)
      }
      const ratio = typeof ratios === 'number' ? ratios : (ratios[criticality] ?? 0)
      const error = dropped({ service, operation, ratio, criticality })
      tellRefused(env, context, criticality, error, at)
      done(new SettledExchange(refusal('UNAVAILABLE', error), at))
    },
  }
}
