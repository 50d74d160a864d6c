import type { Grant, Instant, Millis, ReserveAsk } from '@inmesh/policy'
import { seededRandom, type Random } from '../random.ts'
import { Agenda } from '../virtual/agenda.ts'
import { nextAfter, type Stretch } from '../workload/rates.ts'
import { ModelEngine } from './engine.ts'
import type { Fault, FleetModel, FleetRun, ProcessModel } from './model.ts'
import { Network } from './network.ts'
import { ModelProcess, type Surroundings } from './process.ts'

/** After how long the others hear that somebody has come or gone. */
const NEWS: Millis = 500

/** A fleet in virtual time: the same model and seed give the same run. */
export function runFleet(model: FleetModel): FleetRun {
  return new Fleet(model).run()
}

/** A process and the ways to it. */
interface Member {
  readonly index: number
  readonly model: ProcessModel
  readonly stretches: readonly Stretch[]
  readonly random: Random
  process: ModelProcess | undefined
  /** Everything of its own waits until then. */
  pausedUntil: Instant
  cutUntil: Instant
  /** Messages keep their order: when the latest arrives there, and back here. */
  thereAt: Instant
  backAt: Instant
  offered: number
}

class Fleet {
  readonly #model: FleetModel
  readonly #agenda = new Agenda({ tick: 0.1 })
  readonly #engine = new ModelEngine()
  readonly #network: Network
  readonly #members: readonly Member[]
  readonly #at: Instant[] = []
  readonly #by: number[] = []
  #asked = 0
  #present = 0

  constructor(model: FleetModel) {
    this.#model = model
    this.#network = new Network(model.network ?? {}, seededRandom(model.seed))
    this.#members = model.processes.map((each, index) => ({
      index, model: each, stretches: stretchesOf(each), random: seededRandom(model.seed * 7_919 + index + 1), process: undefined,
      pausedUntil: -Infinity, cutUntil: -Infinity, thereAt: -Infinity, backAt: -Infinity, offered: 0,
    }))
    this.#present = this.#members.filter(({ model: { joins = 0 } }) => joins === 0).length
  }

  run(): FleetRun {
    for (const member of this.#members) this.#enter(member)
    for (const fault of this.#model.faults ?? []) this.#later(fault.at, () => this.#strike(fault))
    this.#agenda.run(this.#model.duration)
    const processes = this.#members.flatMap(({ process }) => process ?? [])
    const told = processes.flatMap(({ limiter }) => limiter.inspect(this.#model.duration).shared ?? [])
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    return {
      at: this.#at,
      by: this.#by,
      offered: this.#members.map(({ offered }) => offered),
      hold: sum(processes.map(({ hold }) => hold)),
      asked: this.#asked,
      refused: sum(told.map(({ refused }) => refused)),
      failed: sum(processes.map(({ failed }) => failed)),
      byThemselves: sum(told.map(({ alone }) => alone)),
      lost: this.#engine.lost,
      unused: sum(told.map(({ unused }) => unused)),
    }
  }

  #later(at: Instant, then: (now: Instant) => void): void {
    this.#agenda.schedule(at, false, () => then(this.#agenda.now()), undefined)
  }

  #enter(member: Member): void {
    const { joins = 0, leaves } = member.model
    this.#later(joins, (now) => {
      if (joins > 0) this.#count(1, now)
      member.process = new ModelProcess(this.#surroundings(member), this.#present)
      this.#arrive(member, now)
    })
    if (leaves !== undefined) this.#later(leaves, (now) => this.#count(-1, now))
  }

  #count(change: number, now: Instant): void {
    this.#present += change
    this.#later(now + NEWS, () => {
      for (const { process } of this.#members) process?.resize(this.#present)
    })
  }

  #arrive(member: Member, after: Instant): void {
    const at = nextAfter(member.stretches, after, -Math.log(1 - member.random.next()))
    if (!(at < (member.model.leaves ?? this.#model.duration))) return
    this.#later(at, () => {
      this.#awake(member, (now) => {
        member.offered++
        if (member.process?.call(now) !== true) return
        this.#at.push(now)
        this.#by.push(member.index)
      })
      this.#arrive(member, at)
    })
  }

  #surroundings(member: Member): Surroundings {
    const { rate, burst } = this.#model
    const { criticality, floor } = member.model
    const byCriticality = criticality === undefined ? false : floor === undefined ? true : { floor }
    return {
      rate, burst, criticality: criticality ?? 'CRITICAL', byCriticality, clock: this.#agenda,
      // Not that of its calls: those are the same whatever the process does.
      random: seededRandom(this.#model.seed * 104_729 + member.index + 1),
      send: (ask, done) => this.#send(member, ask, done),
      after: (delay, then) => this.#later(this.#agenda.now() + delay, () => this.#awake(member, then)),
    }
  }

  /** A process that stands still does what has come when it goes on, all of it at once. */
  #awake(member: Member, then: (now: Instant) => void): void {
    const now = this.#agenda.now()
    if (now >= member.pausedUntil) then(now)
    else this.#later(member.pausedUntil, () => this.#awake(member, then))
  }

  #send(member: Member, ask: ReserveAsk | 'hello', done: (answer: Grant | 'hello' | undefined) => void): void {
    const now = this.#agenda.now()
    let open = true
    const answer = (given: Grant | 'hello' | undefined): void => this.#awake(member, () => {
      if (!open) return
      open = false
      done(given)
    })
    if (ask !== 'hello') this.#asked++
    this.#later(now + (this.#model.timeout ?? 80), () => answer(undefined))
    if (now < member.cutUntil || this.#network.losesAsk()) return
    member.thereAt = Math.max(member.thereAt, now + this.#network.delay())
    this.#later(member.thereAt, () => this.#reach(member, ask, answer))
  }

  #reach(member: Member, ask: ReserveAsk | 'hello', answer: (given: Grant | 'hello') => void): void {
    const now = this.#agenda.now()
    if (now < this.#engine.frozenUntil) return this.#later(this.#engine.frozenUntil, () => this.#reach(member, ask, answer))
    if (now < this.#engine.goneUntil || now < member.cutUntil) return
    const given = ask === 'hello' ? ask : this.#engine.reserve(ask, now)
    if (this.#network.losesAnswer()) return
    member.backAt = Math.max(member.backAt, now + this.#network.delay())
    this.#later(member.backAt, (at) => at >= member.cutUntil && answer(given))
  }

  #strike(fault: Fault): void {
    switch (fault.kind) {
      case 'forget':
        return this.#engine.forget()
      case 'freeze':
        return void (this.#engine.frozenUntil = fault.at + fault.for)
      case 'kill':
        this.#engine.forget()
        return void (this.#engine.goneUntil = fault.at + fault.for)
      case 'clock':
        return void (this.#engine.ahead += fault.by)
      case 'pause':
        return void (this.#members[fault.process]!.pausedUntil = fault.at + fault.for)
      case 'cut':
        for (const index of fault.processes) this.#members[index]!.cutUntil = fault.at + fault.for
    }
  }
}

function stretchesOf({ demand }: ProcessModel): Stretch[] {
  return demand.map(([from, rate], at) => ({ from, to: demand[at + 1]?.[0] ?? Infinity, rateFrom: rate / 1_000, rateTo: rate / 1_000 }))
}
