/** What a reader has to know before the figures. */
export const INTRODUCTION: string = `Written by a program from the JSON in [\`packages/lab/results\`](../packages/lab/results), which runs in virtual time have left.
Times are in ms. Who wins here wins against *these* troubles: try yours with [the lab](guide/lab.md).

\`\`\`sh
npm run lab -- gray --quick                    # ten endpoints at 70 %, in a minute
npm run lab -- gray --cell hung-70-n5          # some of the cells
npm run lab -- results sweeps                  # what is kept here, run again
\`\`\``

export const METHOD: string = `- Fleet: 4 slots a replica, service times lognormal with a median of 40 ms and a p99 of 160 ms. A call is as much work wherever it goes, so that nobody, the oracle included, can be lucky: what differs is where it waits.
- *One in ten* is one of a fleet of up to ten, and ten of a hundred.
- The trouble lasts as long as is measured: what it costs to notice it is in every figure. Calls are counted from when they were due, and a call that failed counts as its whole timeout of 2 s, however soon it failed.
- Same arrivals and same work for every contender under a seed. *Ahead* is by Student's test over the seeds' differences, and by 2 % at least.
- Load is a share of what the healthy fleet can do. Where what is left cannot carry it, the cell is marked !, and left out of what is asked for.
- A hundred clients send together what one sends; each knows only its own calls.
- The oracle knows every service time and every queue, those of other clients included, and sends each call where it ends first. It looks at no later call, so it is no proven bound: under overload it fills every queue alike.
- inmesh runs as the policies alone, without the pipeline around them, which decides the same in a third of the time. The controls and the sweeps run with it.
- [One scenario file for each trouble](../packages/lab/scenarios/gray); \`src/gray\` has the definition of all.`

export const FINDINGS: string = `## In short

- **One client:** a p99 near the oracle's whatever is wrong, and ahead of every peer in nearly every cell, with one exception: antagonists that change a replica's speed every second. Who follows such speeds has to know them.
- **All are looked at.** Up to sixteen endpoints are all compared for each pick; two choices among ten see two of them ([decision 0032](decisions/0032-all-of-few-and-backups-by-worth.md)). No herds come of it, also where half of a fleet is twice as fast and a hundred clients would all like that half (see the controls).
- **Backups cost more than they count,** where a call is as much work everywhere: the late calls are the large ones, and the copy of a large call is a large call. So they go by what they win: some 0.3 % of tries there, and all that \`maxExtraLoad\` allows where replicas are late.
- **Two and three endpoints** need everybody: one of three that fails half of its calls still does half of its work, and at 70 % the other two could not take its calls. It stays in, at a price ([decision 0030](decisions/0030-small-fleets-need-everybody.md)); that saves the calls. The oracle, who knows which calls will fail, has a shorter tail.
- **A hundred clients that know only their own calls** are far from the oracle, which knows all queues; so is every peer, on a healthy fleet too. What is missing is knowledge that only servers have: their load in the reply, or probes (Prequal). Most of what is lost beyond that is lost to noticing: each client has to meet the slow replica itself.
- **At 90 %** most troubles leave less than the load needs. Queues then grow until calls time out, and who spreads calls blindly serves more of them than who keeps every queue equally long: those that reach a slot in time are fewer. That is not a balancer's to solve but a limit's (\`concurrency\`, \`drop\`).`

export const CONSTANTS: string = `Ten replicas at 70 %, three seeds of 14,000 calls each, everything else at its default. Constants and not options, so not swept: the storm breaker's thresholds (8 late, 4 ε, 2 ε, 30 % left out), what is remembered of an endpoint's slowness at most (10 medians), how far up a slower answer goes (a fifth), up to how many endpoints all are compared (16), the redraws of a pair that is dearer than half of the pool (2), what an ended backup counts for in the worth of backups (a tenth). What was tried of the last five is in [decision 0032](decisions/0032-all-of-few-and-backups-by-worth.md).`

export const WORLDS: string = `What the real world has beside: a loopback and its system calls, timers that tick in whole milliseconds (half of one in the generator, up to one in each replica), and processes that share two cores. They are about what the medians differ by; at the tail the same milliseconds come once more with each further try. *Out of the way* is judged in windows of 2 s by twice the healthy p99, of a few hundred calls each: one call more or less beyond it moves it by a second. A run on a machine that is half busy with something else is not kept: real tails show that first.`
