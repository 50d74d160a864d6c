import '@inmesh/pipeline/node-version'

// The client half. For users.
export { grpc, type GrpcMesh, type GrpcOptions, type MeshOfServices } from './client/grpc.ts'
export { grpcInterceptor } from './client/interceptor.ts'
export { callOptions, type GovernedCallOptions } from './client/call-options.ts'
export type { ClassifyStatus, EndedStatus } from './client/classify.ts'
export type { DefinedMethod, DefinedService, RepeatByMethod } from './client/method.ts'
