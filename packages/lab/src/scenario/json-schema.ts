import { z } from 'zod'
import { scenarioSchema } from './scenario.ts'

/** What `scenario.schema.json` holds: the scenario format for editors and other tools. */
export function scenarioJsonSchema(): object {
  return { ...z.toJSONSchema(scenarioSchema, { io: 'input', reused: 'ref' }), title: 'inmesh lab scenario' }
}

export function scenarioJsonSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`
}
