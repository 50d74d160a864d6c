import { z } from 'zod'
import { sweepSchema } from './schema.ts'

/** What `sweep.schema.json` holds: the format of sweeps for editors and other tools. */
export function sweepJsonSchemaText(): string {
  const schema = { ...z.toJSONSchema(sweepSchema, { io: 'input', reused: 'ref' }), title: 'inmesh lab sweep' }
  return `${JSON.stringify(schema, null, 2)}\n`
}
