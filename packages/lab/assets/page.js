/* global lab */
{
  const { data } = lab

  function drawRun() {
    if (data.wide) lab.overlayPlot()
    else data.contenders.forEach(lab.latencyPlot)
    lab.successPlot()
    const shared = data.wide ? [] : Object.keys(data.contenders[0].series.share)
    shared.forEach((endpoint, row) => lab.sharePlot(endpoint, row, row === shared.length - 1))
    lab.distributionPlot()
    lab.heatPlots()
  }

  function drawAll() {
    for (const plot of lab.plots) plot.destroy()
    lab.plots = []
    if (data.kind === 'sweep') lab.sweepPlots()
    else drawRun()
  }

  let width = 0
  new ResizeObserver(() => {
    if (width === document.body.clientWidth) return
    width = document.body.clientWidth
    drawAll()
  }).observe(document.body)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
}
