import { otel } from '@inmesh/otel'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { createMesh } from 'inmesh'

// A program that is traced as its environment says: `node traced-process.ts <endpoint>`. It leaves while a call is under way.

const sdk = new NodeSDK()
sdk.start()
const mesh = createMesh({ services: { catalog: { endpoints: [process.argv[2]!] } }, observers: [otel()] })
await (await mesh.service('catalog').fetch('/')).text()
mesh.service('catalog').fetch('/hangs').catch(() => {})
await sdk.shutdown()
process.exit(0)
