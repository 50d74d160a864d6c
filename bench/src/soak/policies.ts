import type { HttpPolicy } from '@inmesh/http'
import { interceptor } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'

const total = 40

/** A policy such as an operator or a control loop might set next. Each ends a call sooner or later: some endpoints hang for ever. */
export function somePolicy(random: Random, tenants: number): HttpPolicy {
  const number = (from: number, to: number): number => Math.floor(from + random.next() * (to - from))
  const policies: readonly HttpPolicy[] = [
    { timeout: { total } },
    { timeout: { total, perTry: number(5, 20) }, losers: 'abort' },
    { timeout: { total }, losers: 'drain', backup: { after: number(1, 5), maxExtraLoad: 0.3 } },
    { timeout: { total, idle: 20 }, limit: { rate: number(20_000, 200_000), key: () => `tenant-${number(0, tenants)}`, maxKeys: 1000, maxWait: 5 } },
    { timeout: { total }, drop: { ratios: random.next() * 0.1 }, fallback: { reply: () => ({ degraded: true }) } },
    { timeout: { total }, fallback: { reply: async () => 'later' }, retry: { maxExtraTries: number(0, 4) }, budget: { ratio: 0.5 } },
    { timeout: { total }, mode: 'observe' },
    { timeout: { total }, mode: { enforce: 0.5 }, balance: { by: 'round-robin' } },
    { timeout: { total }, classifyEnd: { maxBytes: 100, classify: ({ body }) => (body.length > 150 ? 'LONG' : undefined) }, reweight: { codes: { LONG: { severity: 0.2 } } } },
    { timeout: { total }, interceptors: [interceptor('audit', async (_call, next) => next())] },
    { timeout: { total }, eject: false, rescue: false, backup: false, retry: false },
  ]
  return policies[number(0, policies.length)] as HttpPolicy
}
