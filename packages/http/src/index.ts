// For users.
export { undiciInterceptor } from './undici/interceptor.ts'
export type { GovernedOptions } from './undici/service-dispatcher.ts'
export type { Classify, ReplyHead } from './classify.ts'
export type { HttpFallbackValue } from './value-reply.ts'
export type { ConnectionOptions, TlsOptions } from './http-target.ts'
export type { Losers } from './losers.ts'
export type { ClassifyEnd } from './send-env.ts'

// For the face and the lab: not needed to use inmesh.
export { classifyReply } from './classify.ts'
export { governedFetch, type FetchEdge, type FetchInit, type GovernedFetch } from './fetch/fetch.ts'
export { HttpTarget } from './http-target.ts'
export { reportTo } from './report.ts'
export { HttpService, type HttpPolicy, type HttpServiceOptions } from './service.ts'
export { originOf } from './origin.ts'
export { install, type Uninstall } from './undici/install.ts'
export { MeshDispatcher, type Routes } from './undici/mesh-dispatcher.ts'
export { dispatchTo, ServiceDispatcher } from './undici/service-dispatcher.ts'
