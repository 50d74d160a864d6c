import { decode, encode, RECURSION_DESIRED, type Answer, type Packet } from 'dns-packet'
import { createSocket, type Socket } from 'node:dgram'
import { onTestFinished } from 'vitest'

/** What a name stands for, as zone files write it. */
export interface Records {
  A?: readonly string[]
  AAAA?: readonly string[]
  SRV?: readonly { readonly target: string; readonly port: number; readonly priority?: number; readonly weight?: number }[]
  /** In seconds. Default 60. */
  ttl?: number
}

export interface DnsServer {
  /** For `servers`. */
  readonly address: string
  /** May be changed while it runs; a name that is not there does not exist. */
  readonly zone: Record<string, Records>
  /** What was asked, as `A catalog.test`. */
  readonly asked: string[]
  /** Answers nothing at all. */
  mute: boolean
  /** Answers that it has failed (SERVFAIL). */
  broken: boolean
}

const noSuchName = 3
const serverFailure = 2

/** A DNS server on loopback and a free port, closed when the test is over. */
export async function dnsServer(zone: Record<string, Records> = {}): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const state = { zone, asked: [] as string[], mute: false, broken: false }
  socket.on('message', (message, { port, address }) => {
    const reply = state.mute ? undefined : answered(decode(message), state)
    if (reply !== undefined) socket.send(encode(reply), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void socket.close())
  return Object.assign(state, { address: addressOf(socket) })
}

function addressOf(socket: Socket): string {
  const { address, port } = socket.address()
  return `${address}:${port}`
}

function answered(query: Packet, { zone, asked, broken }: { zone: Record<string, Records>; asked: string[]; broken: boolean }): Packet {
  const [question] = query.questions ?? []
  const { name = '', type = 'A' } = question ?? {}
  asked.push(`${type} ${name}`)
  const records = zone[name]
  const code = broken ? serverFailure : records === undefined ? noSuchName : 0
  const answers = broken || records === undefined ? [] : answersOf(name, type, records)
  return { type: 'response', id: query.id ?? 0, flags: RECURSION_DESIRED | code, questions: query.questions ?? [], answers }
}

function answersOf(name: string, type: string, { A = [], AAAA = [], SRV = [], ttl = 60 }: Records): Answer[] {
  if (type === 'A') return A.map((data): Answer => ({ type, name, ttl, data }))
  if (type === 'AAAA') return AAAA.map((data): Answer => ({ type, name, ttl, data }))
  return type === 'SRV' ? SRV.map((data): Answer => ({ type, name, ttl, data: { ...data } })) : []
}
