/* global lab */
// The distribution of latencies, its tail stretched: the horizontal scale counts nines, as HdrHistogram's plots do.
{
  const { data } = lab
  const NINES = ['0 %', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %', '99.9999 %', '99.99999 %']

  /** Latency at each share that any contender has, by straight lines between those that it has itself. */
  function at(cdf, share) {
    const index = cdf.findIndex(([each]) => each >= share)
    return index === -1 ? null : cdf[index][1]
  }

  lab.distributionPlot = () => {
    const longest = data.contenders.reduce((most, { cdf }) => (cdf.length > most.length ? cdf : most), [])
    // The last point is the slowest call of all: a share of 1 is infinitely far to the right.
    const shares = longest.slice(0, -1).map(([share]) => share)
    if (shares.length < 2) return
    const last = (shares.length - 1) / 10
    const values = data.contenders.map(({ cdf }) =>
      shares.map((share) => (share > (cdf.at(-2)?.[0] ?? 0) ? null : at(cdf, share)))
    )
    const all = values.flat().filter((ms) => ms !== null && ms > 0)
    const range = [Math.min(...all) * 0.85, Math.max(...all) * 1.25]
    const line = ({ name }, arm, index) =>
      `${lab.escape(name)}: ${values[arm][index] == null ? '–' : lab.shown(values[arm][index])}`
    lab.draw(
      'distribution',
      lab.isNarrow() ? 260 : 340,
      {
        scales: {
          x: { time: false, range: [0, last] },
          y: { distr: 3, log: 10, range }
        },
        axes: [
          lab.axis({
            size: 30,
            splits: () => NINES.flatMap((_, nines) => (nines < last - 0.15 ? [nines] : [])),
            values: (_, ticks) => ticks.map((tick) => NINES[tick])
          }),
          lab.latencyAxis(range)
        ],
        series: [{}, ...data.contenders.map(lab.armLine)],
        hover: lab.tip((index) =>
          [
            `${Number((100 * shares[index]).toPrecision(6))} % of calls within`,
            ...data.contenders.map((each, arm) => line(each, arm, index))
          ].join('<br>')
        )
      },
      [shares.map((_, index) => index / 10), ...values]
    )
  }
}
