import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { register } from 'node:module'

// For `node --import`: before the program is loaded, so that what it imports can be patched.

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
const sdk = new NodeSDK({ instrumentations: [new GrpcInstrumentation(), new HttpInstrumentation({ disableIncomingRequestInstrumentation: true }), new UndiciInstrumentation()] })
sdk.start()
process.once('beforeExit', () => void sdk.shutdown())
