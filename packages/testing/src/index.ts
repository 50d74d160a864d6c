// For users: a service on virtual time, and its parts one by one.
export { testService, type TestService, type TestServiceOptions } from './test-service.ts'
export type { TestCall, TestCallOptions } from './test-call.ts'
export { manualClock, type ManualClock } from './manual-clock.ts'
export { EngineModel, ModelEngine, type EngineModelOptions } from './model-engine.ts'
export { seededRandom } from './seeded-random.ts'
export { recorder, type EventOf, type Recorder } from './recorder.ts'
export { scriptedBackend, type ScriptedBackend, type ScriptedBackendOptions } from './backend/scripted-backend.ts'
export { failWith, hang, replyWith, type Answer, type Body, type FailOptions, type ReplyOptions, type TestReply } from './backend/answer.ts'
export type { Script } from './backend/script.ts'
export type { Sent, SentStep } from './backend/sent.ts'
export { contractChecks, type ContractChecks } from './contract-checks.ts'

// For whoever writes an adapter: the behaviours that all of them share.
export { behaviours, conformance, type ConformanceReport, type ConformanceSuite } from './conformance/conformance.ts'
export type { Behaviour } from './conformance/behaviour.ts'
export type { BodyKind, ConformanceAdapter, ConformanceCall, Does, Feature, Received, Replica, Reply, Rig, RigOptions, UpgradeRig } from './conformance/adapter.ts'
