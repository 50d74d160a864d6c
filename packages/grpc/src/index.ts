import '@inmesh/pipeline/node-version'

// The client half. For users.
export { grpc, type GrpcMesh, type MeshOfServices } from './client/grpc.ts'
export type { GrpcOptions } from './client/grpc-options.ts'
export { grpcInterceptor } from './client/interceptor.ts'
export { callOptions, type GovernedCallOptions } from './client/call-options.ts'
export type { ClassifyStatus, EndedStatus } from './client/classify.ts'
export type { DefinedMethod, DefinedService, RepeatByMethod } from './client/method.ts'
// The server half.
export { grpcServer, type GrpcServer } from './server/grpc-server.ts'
export type { GrpcDeadlineOptions, GrpcServerOptions } from './server/options.ts'
export type { Closable, GrpcDrainOptions } from './server/drain.ts'
export { GrpcHealth, healthService, type HealthCheckRequest, type HealthCheckResponse, type ServingStatus } from './server/health.ts'
export {
  currentCall, detached, extract, inject, type Caller, type CurrentCall, type CutRequest, type DrainReport, type LimitRule,
  type RequestFacts, type ServerSnapshot,
} from '@inmesh/server'
