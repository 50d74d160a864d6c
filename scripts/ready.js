import { readFileSync } from 'node:fs'

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

console.log(`Ready, on Node ${process.versions.node}. Commands: ${Object.keys(scripts).map((name) => `npm run ${name}`).join(', ')}`)
