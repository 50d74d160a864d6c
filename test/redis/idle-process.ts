import { redis } from '@inmesh/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { join } from './limits.ts'

/** Joins a limit, lets go of its client's socket, and has nothing more to do. */
const [, , which, port] = process.argv
const ioredis = new Redis({ port: Number(port), lazyConnect: which !== 'ioredis' })
const nodeRedis = createClient({ socket: { port: Number(port) } })
if (which === 'redis') await nodeRedis.connect()
const engine = redis(which === 'redis' ? nodeRedis : ioredis, { heartbeat: 100 })
join(engine)
await engine.ready()
process.stdout.write(`${engine.inspect().state}\n`)
if (which === 'redis') nodeRedis.unref()
else ioredis.stream.unref()
