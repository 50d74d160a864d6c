// The process that sends one contender's load: open loop, so a slow answer never delays the next call.
import type { Observer } from '@inmesh/pipeline'
import { createClient } from '../contenders/create.ts'
import type { Client } from '../contenders/client.ts'
import { isOnceOnly, openLoad, realDrain } from '../scenario/load.ts'
import type { RequestClass } from '../scenario/load.ts'
import { pathOf, planCalls } from '../workload/arrivals.ts'
import type { Plan } from '../workload/arrivals.ts'
import { systemNow } from './clock.ts'
import { CALL_HEADER, ONCE_HEADER } from './messages.ts'
import type { FromGenerator, GeneratorStart, ToGenerator } from './messages.ts'
import { beginAt, recordDecisions } from './record-decisions.ts'
import { exportMetrics } from './metrics.ts'
import { createRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'
import { codeNamed } from './rpc-status.ts'
import { countTries } from './tries.ts'

const TICK_EVERY = 500
let replicas: readonly number[] = []
let epoch = 0
let begin: (() => void) | undefined

const now = (): number => systemNow() - epoch

function tell(message: FromGenerator): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}

async function run(start: GeneratorStart): Promise<void> {
  const plan = planCalls(openLoad(start.load), start.seed)
  const recorder = createRecorder(plan)
  const { record } = start
  const log = record && recordDecisions(record, start.endpoints)
  const told = (): Observer[] => (log === undefined || record === undefined ? [] : [log.observer(record.by)])
  const metrics = start.metrics === undefined || start.contender.kind !== 'inmesh' ? undefined : await exportMetrics(start.metrics)
  const client = await createClient(start.contender, start.endpoints, () => [...told(), ...(metrics?.observers ?? [])])
  const tries = countTries(start.endpoints, now)
  const go = new Promise<void>((resolve) => void (begin = resolve))
  await tell({ kind: 'ready' })
  await go
  if (log !== undefined) beginAt(log, epoch)
  const ticking = setInterval(() => void tell({ kind: 'tick', tick: recorder.tick(now()) }), TICK_EVERY)
  await sendAll(plan, (call) => void send(client, start, plan, recorder, call))
  await drained(recorder, start.load.duration + realDrain(start.load))
  recorder.closeAt(now())
  clearInterval(ticking)
  const { latency, outcome, lateness, failures } = recorder
  await tell({
    kind: 'result',
    result: { ...plan, latency, outcome, lateness, failures, tries: tries.result() },
    ...(log !== undefined && { decisions: log.result() })
  })
  tries.stop()
  await client.close()
  await metrics?.close()
}

/** Sends every call as soon as it is due. Node's timers tick in whole milliseconds: how late it was is recorded. */
function sendAll({ dueAt }: Plan, send: (call: number) => void): Promise<void> {
  return new Promise((resolve) => {
    let next = 0
    const sendDue = (): void => {
      for (let due = dueAt[next]; due !== undefined && due <= now(); due = dueAt[next]) send(next++)
      const due = dueAt[next]
      if (due === undefined) return resolve()
      setTimeout(sendDue, Math.max(0, due - now()))
    }
    sendDue()
  })
}

async function send(
  client: Client,
  { load, seed }: GeneratorStart,
  plan: Plan,
  recorder: Recorder,
  call: number
): Promise<void> {
  const requestClass = load.classes[plan.classOf[call] ?? 0] as RequestClass
  recorder.sent(call, now())
  try {
    const { statusCode, body } = await client.request({
      class: requestClass,
      criticality: requestClass.criticality,
      path: pathOf(requestClass.path, seed, call),
      headers: { [CALL_HEADER]: String(call), ...(isOnceOnly(requestClass) ? { [ONCE_HEADER]: '1' } : {}) },
      body: requestClass.bodyBytes > 0 ? 'x'.repeat(requestClass.bodyBytes) : null
    })
    await body.arrayBuffer()
    recorder.ended(call, now(), statusCode >= 200 && statusCode < 300 ? undefined : `status ${statusCode}`)
  } catch (error) {
    recorder.ended(call, now(), describe(error))
  }
}

/** One word or two per kind of failure: they are counted by it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('statusCode' in error && typeof error.statusCode === 'number') return `status ${error.statusCode}`
  // A DOMException has a number as well, and no metadata.
  if ('metadata' in error && 'code' in error && typeof error.code === 'number') return codeNamed(error.code)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

function drained(recorder: Recorder, until: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (recorder.pending() === 0 || now() >= until) resolve()
      else setTimeout(look, 20)
    }
    look()
  })
}

process.on('message', (message: ToGenerator) => {
  if (message.kind === 'pids') replicas = message.pids
  if (message.kind === 'go') {
    epoch = message.epoch
    begin?.()
  }
  if (message.kind === 'start') {
    run(message).then(
      () => process.exit(0),
      async (error: unknown) => {
        await tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
        process.exit(1)
      }
    )
  }
})
process.on('SIGINT', () => {})
process.on('disconnect', () => {
  // A parent that is gone without a word cannot end a replica it had stopped, and a stopped process does not notice.
  for (const pid of replicas) endProcess(pid)
  process.exit()
})

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
