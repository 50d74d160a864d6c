/* global lab */
// Where tries went: a row per replica, its own faults shaded.
{
  const { data } = lab

  lab.sharePlot = (endpoint, row, last) => {
    const shares = data.contenders.map(
      ({ series }) => series.share[endpoint]?.map((share) => share && 100 * share) ?? []
    )
    const fair = shares[0].map(() => 100 / data.endpoints.length)
    const line = ({ name }, arm, step) => `${lab.escape(name)}: ${(shares[arm][step] ?? 0).toFixed(1)} % of tries`
    const top = Math.max(3 * fair[0], ...shares.flat().map((share) => share ?? 0))
    lab.drawOverTime(
      `share-${row}`,
      last ? 92 : 70,
      {
        faults: data.faults.filter(({ targets }) => targets.includes(endpoint)),
        scales: { y: { range: [0, Math.min(100, data.endpoints.length <= 5 ? Math.max(45, top) : top)] } },
        axes: [
          lab.timeAxis(last),
          lab.valueAxis(
            46,
            (_, ticks) => ticks.map((tick) => `${tick} %`),
            data.endpoints.length <= 5 ? () => [0, 20, 40] : undefined
          )
        ],
        series: [{}, lab.line(lab.color('--soft'), 1, { dash: [2, 4] }), ...data.contenders.map(lab.armLine)],
        hover: lab.tip((step) =>
          [
            `${endpoint}, ${Number(((step * data.every) / 1000).toFixed(2))} s`,
            ...data.contenders.map((each, arm) => line(each, arm, step))
          ].join('<br>')
        )
      },
      [fair, ...shares]
    )
  }
}
