import { redis } from '@inmesh/redis'
import { Redis } from 'ioredis'
import { join } from './limits.ts'

/** Takes all slots of a limit and goes on renewing them, until it is killed. */
const [, , port, heartbeat, lease] = process.argv
const engine = redis(new Redis(Number(port)), { heartbeat: Number(heartbeat) })
const { slots } = join(engine)
await engine.ready()
for (;;) {
  const grant = await slots({ lease: Number(lease), inUse: 40 })
  process.stdout.write(`${grant?.slots}\n`)
  await new Promise((resolve) => void setTimeout(resolve, Number(lease) / 3))
}
