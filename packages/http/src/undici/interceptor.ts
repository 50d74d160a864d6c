import { assertCallOptions, assertLayers, Kept, nodeClock, nodeRandom, Observers, plainEdge, Standalone, type AnyLayer, type Checked } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { HttpCall } from '../http-call.ts'
import { sendOver } from '../send.ts'
import type { SendEnv } from '../send-env.ts'
import { originOf } from '../origin.ts'
import { announce, assertReader, assertTellable, reject } from './announce.ts'
import type { GovernedOptions } from './service-dispatcher.ts'

/**
 * Policies as an undici interceptor, for a dispatcher that you already have: `new Agent().compose(undiciInterceptor(retry()))`.
 * The first policy listed is outermost, as everywhere here; undici's own `compose` is the other way round, its last
 * interceptor is outermost. There is no balancing here, so an extra try goes where the dispatcher beneath sends it. Below `fetch` every body can be
 * read once only, so there a request with a body is sent again only while nobody has read from it; `mesh.fetch` does better.
 */
export function undiciInterceptor<const L extends readonly AnyLayer[]>(...layers: L & Checked<'call', L>): Dispatcher.DispatcherComposeInterceptor {
  assertLayers('undiciInterceptor', layers)
  const observers = new Observers()
  const clock = nodeClock()
  const kept = new Kept()
  const edge = plainEdge('undici', clock, observers)
  return (dispatch) => {
    const env: SendEnv = { clock, wallNow: Date.now, losers: 'auto', idle: undefined, classify: undefined, classifyEnd: undefined, faulty: () => {}, reports: undefined, host: undefined, servername: undefined, direct: { dispatch } }
    const chain = new Standalone({ service: 'undici', clock, random: nodeRandom, observers, kept }, layers, sendOver({ current: env }))
    return function governed(options: GovernedOptions, handler) {
      assertTellable(handler)
      let call: HttpCall
      try {
        assertReader(options, handler)
        assertCallOptions(options.mesh)
        // Latencies of different hosts have nothing in common; the path would be one operation for each item.
        const operation = `${options.method} ${originOf(options.origin) ?? ''}`.trimEnd()
        call = new HttpCall(edge, options, options.mesh, operation, nodeRandom.next(), handler)
      } catch (error) {
        reject(handler, error)
        return true
      }
      if (announce(call, null)) call.begin(chain.run, false)
      return true
    }
  }
}
