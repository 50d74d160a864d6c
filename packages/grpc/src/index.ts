import '@inmesh/pipeline/node-version'

// The server half.
export { grpcServer, type GrpcServer } from './server/grpc-server.ts'
export type { GrpcDeadlineOptions, GrpcServerOptions } from './server/options.ts'
export type { Closable, GrpcDrainOptions } from './server/drain.ts'
export { GrpcHealth, healthService, type HealthCheckRequest, type HealthCheckResponse, type ServingStatus } from './server/health.ts'
export {
  currentCall, detached, extract, inject, type Caller, type CurrentCall, type CutRequest, type DrainReport, type LimitRule,
  type RequestFacts, type ServerSnapshot,
} from '@inmesh/server'
