import { describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.ts'
import { EngineModel, type ModelEngine } from './model-engine.ts'
import { testService, type TestService } from './test-service.ts'

function processes(): { readonly engines: readonly ModelEngine[]; readonly all: readonly TestService[]; readonly known: () => number | undefined } {
  const clock = manualClock()
  const model = new EngineModel({ clock })
  const engines = [0, 1, 2].map(() => model.connect())
  const all = engines.map((engine) => testService({ limit: { scope: 'global', rate: 100 } }, { clock, engine, endpoints: 1 }))
  return { engines, all, known: () => all[0]?.recorder.last('shares-changed')?.processes }
}

describe('an engine of a model', () => {
  it('leaves once, whether it is closed before the service or after it', async () => {
    const { engines, all, known } = processes()
    await engines[1]?.close()
    all[1]?.service.close()
    expect(known()).toBe(2)
    all[2]?.service.close()
    await engines[2]?.close()
    expect(known()).toBe(1)
  })

  it('that is closed is lost for good, and its limits fall back', async () => {
    const { engines: [engine], all: [service] } = processes()
    await engine?.close()
    engine?.reach()
    expect(engine?.inspect().state).toBe('lost')
    expect(service?.recorder.last('engine-changed')).toMatchObject({ state: 'lost', why: 'the engine is closed' })
  })
})
