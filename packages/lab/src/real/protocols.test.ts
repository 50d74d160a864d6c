import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import { checkRealWorld } from './limits.ts'
import { protocolMistakes } from './protocols.ts'

const serviceTime = { kind: 'constant' as const, value: 1 }
const classes = [{ method: 'GET' as const, path: '/' }]

describe('the protocols of the real world', () => {
  it('take inmesh for both, undici for HTTP and grpc-js for gRPC', () => {
    const http = sampleScenario({ contenders: [{ peer: 'inmesh' }, { peer: 'undici' }] })
    const grpc = sampleScenario({
      services: { catalog: { protocol: 'grpc', replicas: 2, serviceTime } },
      contenders: [{ peer: 'inmesh' }, { peer: 'grpc-js' }]
    })
    expect([...protocolMistakes(http), ...protocolMistakes(grpc)]).toEqual([])
  })

  it('say which client cannot speak to a service, and which failure gRPC has no code for', () => {
    const scenario = sampleScenario({
      services: {
        edge: { replicas: 1, serviceTime, calls: [{ calls: [{ service: 'last' }] }] },
        last: { protocol: 'grpc', replicas: 1, serviceTime, failures: { share: 0.1, code: 507 } }
      },
      load: { arrivals: 'uniform', rate: 1, duration: '3s', classes },
      contenders: [{ peer: 'inmesh' }, { peer: 'undici' }, { peer: 'grpc-js' }],
      faults: [{ kind: 'fail', replica: 'last-1', at: '1s', for: '1s', code: 418 }]
    })
    const statuses = 'a status that gRPC has a code for: 400, 401, 403, 404, 409, 429, 499, 500, 501, 502, 503, 504'
    expect(protocolMistakes(scenario)).toEqual([
      { path: 'contenders[1].peer', got: '"undici"', accepted: 'a client of last, which speaks gRPC: "inmesh" or "grpc-js"' },
      { path: 'contenders[2].peer', got: '"grpc-js"', accepted: 'a client of edge, which speaks HTTP: "inmesh" or "undici"' },
      { path: 'services.last.failures.code', got: '507', accepted: statuses },
      { path: 'faults[0].code', got: '418', accepted: statuses }
    ])
    expect(() => checkRealWorld(scenario)).toThrow(/contenders\[1\]\.peer/)
  })

  it('are refused with what there is', () => {
    const services = { catalog: { protocol: 'thrift' as never, replicas: 1, serviceTime } }
    expect(() => sampleScenario({ services })).toThrow('services.catalog.protocol: got "thrift"; accepted: "http" | "grpc"')
  })
})
