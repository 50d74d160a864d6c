import { stand } from '../overhead/contender-side.ts'
import { unaryOf } from './contenders.ts'

const [name = '', ...origins] = process.argv.slice(2)
stand(unaryOf(name, origins))
