import { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import { PeakEwma } from './balance/peak-ewma.ts'
import { LeastLoaded } from './balance/two-choices.ts'
import { FailureAccrual } from './eject/failure-accrual.ts'
import { BackupRequests } from './hedge/backup-requests.ts'
import { COMMON_DIFFERENCES, common, definePeer } from './peer.ts'
import type { PeerEntry } from './peer.ts'
import { BudgetedRetries } from './retry/budgeted-retries.ts'
import { TokenBudget } from './retry/token-budget.ts'

const failureAccrual = z.strictObject({
  consecutiveFailures: z.number().int().min(1).default(5),
  requiredSuccessRate: z.number().min(0).max(1).default(0.8),
  window: duration.default(30_000),
  minRequests: z.number().int().min(1).default(5),
  markDeadMin: duration.default(5_000),
  markDeadMax: duration.default(300_000)
})

const schema = z.strictObject({
  ...common,
  balance: z.enum(['peak-ewma', 'least-loaded']).default('peak-ewma').describe("What picks; Finagle's default is least loaded."),
  decayTime: duration.default(10_000).describe('Of the peak EWMA.'),
  maxExtraLoad: z.number().min(0).lt(1).default(0.01).describe('Backups per call at most; 0: none. Sets the delay too.'),
  sendInterrupts: z.boolean().default(true).describe('Whether the one that lost is cancelled.'),
  minSendBackupAfter: duration.default(1).describe('No backup sooner than this.'),
  maxRetries: z.number().int().min(0).default(2),
  retryRatio: z.number().min(0).max(1_000).default(0.2).describe('Retries per call that the budget lets through.'),
  minRetriesPerSec: z.number().min(0).default(10).describe('Retries a second besides.'),
  failureAccrual: failureAccrual.prefault({}).nullable().describe('null: without.')
})

const BUDGET_TTL = 10_000

/** Finagle's `methodBuilder.idempotent(maxExtraLoad)`: backups inside, retries around them, one retry budget over both, and failure accrual as every client has it. */
export const finagleBackup: PeerEntry = definePeer({
  schema,
  source: 'Finagle, BackupRequestFilter, WindowedPercentileHistogram, RetryBudget, MethodBuilderRetry, FailureAccrualFactory (twitter/finagle)',
  differs: [
    ...COMMON_DIFFERENCES,
    'failure accrual: its two rules share one sequence of dead times, and a dead endpoint is never drawn, where there it may be as one of two',
    'an application failure is retried like a connection failure; requeues have no limit of their own',
    'maxExtraLoad has no published default; its own example is 1 %'
  ],
  verified: 'its own statements: extra load ≤ maxExtraLoad with the delay at that percentile; 20 % + 10/s retries, 100 in reserve',
  parts: (options, env) => {
    const now = env.clock.now()
    const budget = new TokenBudget(options.retryRatio, options.minRetriesPerSec, BUDGET_TTL, now)
    const { balance, decayTime, timeout, maxRetries, maxExtraLoad, failureAccrual: accrual } = options
    return {
      balancer: balance === 'peak-ewma' ? new PeakEwma(env.random, decayTime) : new LeastLoaded(env.random),
      outliers: accrual === null ? undefined : new FailureAccrual(env.random, accrual, now),
      retries: new BudgetedRetries(budget, maxRetries),
      hedging: maxExtraLoad > 0 ? new BackupRequests(options, budget, now) : undefined,
      timeout
    }
  }
})
