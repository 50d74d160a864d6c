import '@inmesh/pipeline/node-version'

// For users.
export { createMesh, type Change, type Mesh } from './mesh.ts'
export type { MeshSnapshot, ServiceSnapshot } from './inspect.ts'
export type { ServiceHandle } from './service-handle.ts'
export { withCall, type CallContextOptions } from './with-call.ts'
export * from './config/index.ts'
export { explain, InmeshError, interceptor, refuse, type CallOptions, type Duration, type Exchange, type Explanation, type MeshEvent, type Mode, type Observer, type Step, type WrapContext, type WrapOptions } from '@inmesh/pipeline'
export type { Classify, ClassifyEnd, FetchInit, GovernedFetch, GovernedOptions, HttpFallbackValue, Losers, ReplyHead } from '@inmesh/http'
